"""Parse the MIME header of one part (RFC 2045, 2183, 2231): find its end, and its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from mmap import mmap
from urllib.parse import unquote_to_bytes

from poptui.mail.encodings.charsets import decode_octets, without_surrogates
from poptui.mail.encodings.encoded_words import decode_text
from poptui.mail.headers.decode import MAX_BLOCK_BYTES, header_values
from poptui.patterns import lazy_pattern

_MAX_PARAMETERS = 200
_TOKEN = lazy_pattern(r"\s*([^\s;()\"=]*)")
_BETWEEN = lazy_pattern(r"[;\s]*")
_PARAMETER = lazy_pattern(r"([^\s=;\"]{1,80})\s*=\s*(?:\"((?:[^\"\\]|\\.)*+)\"?|([^;]*))", re.S)
_NO_PARAMETER = lazy_pattern(r"[^\s;]+")
_SECTION = lazy_pattern(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_ESCAPE = lazy_pattern(r"\\([\"\\])")


@dataclass(frozen=True, slots=True)
class HeaderValue:
    """A value such as ``text/plain; charset=utf-8``; its first word in lower case."""

    value: str = ""
    parameters: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Return a parameter, ``""`` if it is absent."""
        return self.parameters.get(name, "")


def parse_header_value(octets: bytes) -> HeaderValue:
    """Parse an unfolded header value, which the caller has capped, in linear time."""
    text = octets.decode("latin-1")
    first = _TOKEN.match(text)
    value = first[1].lower() if first else ""
    return HeaderValue(value, _parameters(text[text.find(";") :] if ";" in text else ""))


def _parameters(text: str) -> dict[str, str]:
    """Parse parameters: the first of repeated ones counts; the form of RFC 2231 is preferred."""
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
            index = int(name[2] or 0)
            sections.setdefault(name[1], {}).setdefault(index, (content, name[3] is not None))
    return plain | {name: _joined(pieces) for name, pieces in sections.items()}


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Yield the parameters. Never looks at a position twice: a search would take quadratic time
    for an endless ``; ; ;``, which attackers send."""
    position = 0
    while (between := _BETWEEN.match(text, position)) and (position := between.end()) < len(text):
        if (match := _PARAMETER.match(text, position)) is not None:
            yield match
            position = match.end()
        else:
            other = _NO_PARAMETER.match(text, position)
            position = other.end() if other else position + 1


def _text(content: str) -> str:
    """Decode encoded words, which are common here although RFC 2047 section 5 forbids them."""
    return without_surrogates(decode_text(content.encode("latin-1"))).strip()


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """Join the continuations of RFC 2231 section 3; the first one names the charset."""
    charset, octets = "", b""
    for number, (index, (content, extended)) in enumerate(sorted(pieces.items())):
        if extended and number == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        if index != number:
            break
        raw = content.encode("latin-1")
        octets += unquote_to_bytes(raw) if extended else raw
    if not charset and b"=?" in octets:
        return without_surrogates(decode_text(octets)).strip()
    return without_surrogates(decode_octets(octets, charset)).strip()


_NAMES = frozenset(
    {
        b"content-type",
        b"content-transfer-encoding",
        b"content-disposition",
        b"content-id",
        b"content-location",
        b"subject",
    }
)
_FIELD = lazy_pattern(rb"[!-9;-~]{1,200}[ \t]*:|[ \t]|>?From ")
"""A header line, a continuation, or the ``From`` line that mbox files put before the header."""
_SURE_FIELD = lazy_pattern(
    rb"(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)+|from|to|cc|subject|date|received|sender)[ \t]*:",
    re.IGNORECASE,
)
"""A header line that hardly occurs in a text."""
_MAX_NAMING = 16 * 1024
"""Maximum bytes of a header that are searched for its boundary."""
_TYPE = lazy_pattern(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
_NOTHING = HeaderValue()
_WORD = lazy_pattern(rb"[\s;(]")


@dataclass(frozen=True, slots=True)
class PartHead:
    """The values in the MIME header of a part."""

    kind: str = "text/plain"
    """The content type in lower case; ``text/plain`` if it is missing or malformed."""
    type: HeaderValue = _NOTHING
    disposition: HeaderValue = _NOTHING
    encoding: str = ""
    content_id: str = ""
    location: str = ""
    subject: str = ""
    typed: bool = False
    """Whether a valid content type is declared."""

    @property
    def boundary(self) -> str:
        return self.type.get("boundary")

    @property
    def charset(self) -> str:
        """The declared charset as it is written."""
        return self.type.get("charset")

    @property
    def file_name(self) -> str:
        """The file name of RFC 2183 section 2.3, as the sender wrote it."""
        return self.disposition.get("filename") or self.type.get("name")


def read_part_head(
    octets: bytes | mmap,
    start: int,
    end: int,
    delimits: Callable[[bytes], bool],
    *,
    digest: bool = False,
) -> tuple[PartHead, int, bool]:
    """Return the header at ``start``, where the body begins, and whether lines are malformed.

    ``delimits`` tells whether a line ends the part. In a ``digest``, a part without a content type
    is a message.
    """
    head_end, body, malformed = _extent(octets, start, end, delimits)
    values = header_values(octets[start : min(head_end, start + MAX_BLOCK_BYTES)], _NAMES)
    return _head(values, digest), body, malformed


def _extent(
    octets: bytes | mmap, start: int, end: int, delimits: Callable[[bytes], bool]
) -> tuple[int, int, bool]:
    """Find where the header ends and the body begins; whether lines of the header are malformed.

    The body begins after the first empty line. If there is none, or it comes late, it begins at the
    first line that isn't a header line and isn't followed by further fields.
    """
    odd, blank, malformed, position = -1, False, False, start
    while position < end:
        after = octets.find(b"\n", position, end) + 1 or end
        line = octets[position : min(after, position + 300)]
        if not line.rstrip(b"\r\n"):
            if odd >= 0:
                break
            return position, after, malformed
        if line.startswith(b"--") and delimits(line):
            break
        if not _FIELD.match(line):
            odd = position if odd < 0 else odd
            if blank or _begins_parts(line, octets[start : min(position, start + _MAX_NAMING)]):
                break
        elif odd >= 0 and _SURE_FIELD.match(line):
            odd, malformed = -1, True
        blank, position = line.isspace(), after
    return (position, position, malformed) if odd < 0 else (odd, odd, malformed or odd > start)


def _begins_parts(line: bytes, header: bytes) -> bool:
    """Whether ``line`` is the first delimiter of the multipart that ``header`` announces."""
    return line.startswith(b"--") and b"boundary" in header.lower() and line[2:].rstrip() in header


def _head(values: dict[bytes, bytes], digest: bool) -> PartHead:
    content_type = parse_header_value(values.get(b"content-type", b""))
    typed = _TYPE.fullmatch(content_type.value) is not None
    otherwise = "message/rfc822" if digest and b"content-type" not in values else "text/plain"
    encoding = _WORD.split(values.get(b"content-transfer-encoding", b"").strip())[0]
    return PartHead(
        content_type.value if typed else otherwise,
        content_type,
        parse_header_value(values.get(b"content-disposition", b"")),
        encoding.decode("latin-1").lower().strip('"'),
        values.get(b"content-id", b"").decode("latin-1").strip(" <>"),
        values.get(b"content-location", b"").decode("latin-1"),
        decode_text(values.get(b"subject", b"")),
        typed,
    )
