"""A whole message as the viewer shows it: text, links, attachments, and what was broken."""

from __future__ import annotations

from dataclasses import dataclass

from poptui.mail.bodies import body_text
from poptui.mail.decode import MAX_BLOCK, decode_header, header_values
from poptui.mail.encoded_words import charset_of, decode_text
from poptui.mail.header import Header
from poptui.mail.link import Link

MAX_TEXT = 2_000_000
"""Characters of text that are shown."""

_EXTRA = frozenset({b"cc", b"content-type"})


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment, as a row of a list. Its name is foreign and says nothing of a path."""

    name: str
    """The file's name as the sender gave it, or an enclosed letter's subject; may be empty."""
    content_type: str
    octets: int
    """Its size when decoded; of an enclosed letter about its size."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One message, decoded, not yet cleaned for a terminal."""

    header: Header
    cc: str = ""
    text: str = ""
    html: bool = False
    """The text was made from HTML."""
    links: tuple[Link, ...] = ()
    """The links of HTML text, which names them by their place here: ``[1]`` is the first."""
    attachments: tuple[Part, ...] = ()
    troubles: tuple[str, ...] = ()
    """Full sentences on what was broken, cut or left out."""


def raw_reading(raw: bytes, trouble: str) -> Reading:
    """``raw`` as it came, decoded by a guess, with its header read and one sentence why."""
    header, cc = read_head(raw)
    cut = (f"Only its first {MAX_TEXT:,} octets are shown.",) if len(raw) > MAX_TEXT else ()
    return Reading(header, cc, body_text(raw[:MAX_TEXT], ""), troubles=(trouble, *cut))


def read_head(raw: bytes) -> tuple[Header, str]:
    """The header of a whole message, and its Cc."""
    block = raw[:MAX_BLOCK]
    values = header_values(block, _EXTRA)
    charset = charset_of(values.get(b"content-type", b""))
    return decode_header(block), decode_text(values.get(b"cc", b""), charset)


def limited(text: str) -> tuple[str, tuple[str, ...]]:
    """``text`` cut to ``MAX_TEXT`` characters, and a sentence on it if anything was cut."""
    if len(text) <= MAX_TEXT:
        return text, ()
    return text[:MAX_TEXT], (f"The text is cut to its first {MAX_TEXT:,} characters.",)
