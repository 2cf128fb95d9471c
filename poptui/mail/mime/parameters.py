"""A MIME header value with parameters: ``text/plain; charset=utf-8`` (RFC 2045, 2183, 2231)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote_to_bytes

from poptui.mail.charsets import decode_octets, whole
from poptui.mail.headers.encoded_words import decode_text

_MAX_PARAMETERS = 200
_TOKEN = re.compile(r"\s*([^\s;()\"=]*)")
_BETWEEN = re.compile(r"[;\s]*")
_PARAMETER = re.compile(r"([^\s=;\"]{1,80})\s*=\s*(?:\"((?:[^\"\\]|\\.)*+)\"?|([^;]*))", re.S)
_NO_PARAMETER = re.compile(r"[^\s;]+")
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_ESCAPE = re.compile(r"\\([\"\\])")


@dataclass(frozen=True, slots=True)
class Valued:
    """The value before the first semicolon in lower case, and the parameters by name."""

    value: str = ""
    parameters: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """One parameter, ``""`` where it is absent."""
        return self.parameters.get(name, "")


def parse_valued(octets: bytes) -> Valued:
    """An unfolded header value (capped by whoever unfolded it); takes linear time."""
    text = octets.decode("latin-1")
    first = _TOKEN.match(text)
    value = first[1].lower() if first else ""
    return Valued(value, _parameters(text[text.find(";") :] if ";" in text else ""))


def _parameters(text: str) -> dict[str, str]:
    """Later ones of the same name lose; the extended form of RFC 2231 wins over the plain one."""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in islice(_matches(text), _MAX_PARAMETERS):
        name = _SECTION.fullmatch(match[1].lower())
        if name is None:
            continue
        content = match[3].strip() if match[2] is None else _ESCAPE.sub(r"\1", match[2])
        if name[2] is None and name[3] is None:
            plain.setdefault(name[1], _text(content))
        else:
            place = int(name[2] or 0)
            sections.setdefault(name[1], {}).setdefault(place, (content, name[3] is not None))
    return plain | {name: _joined(pieces) for name, pieces in sections.items()}


def _matches(text: str) -> Iterator[re.Match[str]]:
    """The parameters one after another. Never looks at a place twice: ``; ; ;`` without end was
    sent to keep a pattern busy that began anew at each of them."""
    position = 0
    while (between := _BETWEEN.match(text, position)) and (position := between.end()) < len(text):
        if (match := _PARAMETER.match(text, position)) is not None:
            yield match
            position = match.end()
        else:
            other = _NO_PARAMETER.match(text, position)
            position = other.end() if other else position + 1


def _text(content: str) -> str:
    """Encoded words have no place in parameters (RFC 2047 section 5), yet many write them."""
    return whole(decode_text(content.encode("latin-1"))).strip()


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """The continuations of RFC 2231 section 3 in their order; the first one names the charset."""
    charset, octets = "", b""
    for number, (place, (content, extended)) in enumerate(sorted(pieces.items())):
        if extended and number == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        if place != number:
            break
        raw = content.encode("latin-1")
        octets += unquote_to_bytes(raw) if extended else raw
    if not charset and b"=?" in octets:
        return whole(decode_text(octets)).strip()
    return whole(decode_octets(octets, charset)).strip()
