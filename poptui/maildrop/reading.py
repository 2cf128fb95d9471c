"""A whole message as the viewer shows it: text, links, attachments, and what was broken.

A short plain message is read at once. Everything else is parsed in a process of its own, which
is killed when it takes too long: mail is written to hang parsers, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from poptui.maildrop.bodies import body_text, known_encoding, transfer_decoded
from poptui.maildrop.decode import MAX_BLOCK, decode_header, header_values
from poptui.maildrop.encoded_words import charset_of, decode_text
from poptui.maildrop.header import Header
from poptui.maildrop.link import Link

MAX_TEXT = 2_000_000
"""Characters of text that are shown."""
SECONDS = 5.0
"""How long a message may take to be parsed; ordinary ones take a fraction of one."""
OCTETS_PER_SECOND = 5_000_000
"""Longer messages may take longer, at this pace."""

_SHORT = 64 * 1024
_HEAD_END = re.compile(rb"(?:\A|\n)\r?\n")
_PLAIN = re.compile(rb"(?:text/plain\s*(?:;(?!.*\bname\b).*)?)?", re.IGNORECASE)
_EXTRA = frozenset({b"cc", b"content-type", b"content-transfer-encoding", b"content-disposition"})


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


async def read_letter(raw: bytes, seconds: float = SECONDS) -> Reading:
    """The reading of the message ``raw``; never raises.

    What cannot be parsed, or takes longer than ``seconds`` (and more for a large message),
    comes back as raw text with a sentence that says so.
    """
    if (reading := _read_at_once(raw)) is not None:
        return reading
    from poptui.maildrop.reading_worker import WorkerFailed, read_apart

    try:
        return await read_apart(raw, seconds + len(raw) / OCTETS_PER_SECOND)
    except TimeoutError:
        return raw_reading(raw, "The message took too long to parse, so this is its raw text.")
    except WorkerFailed:
        return raw_reading(raw, "The message could not be parsed, so this is its raw text.")


def read_message(raw: bytes) -> Reading:
    """The reading of ``raw``, parsed here and now however long it takes; never raises."""
    from poptui.maildrop.message_reader import read_tree

    try:
        return read_tree(raw)
    except Exception:
        return raw_reading(raw, "The message could not be parsed, so this is its raw text.")


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


def _read_at_once(raw: bytes) -> Reading | None:
    """A short message of a single plain text; None for any other."""
    if len(raw) > _SHORT:
        return None
    end = _HEAD_END.search(raw)
    values = header_values(raw, _EXTRA)
    content_type = values.get(b"content-type", b"")
    encoding = values.get(b"content-transfer-encoding", b"").decode("latin-1").lower()
    if not (_PLAIN.fullmatch(content_type) and known_encoding(encoding)):
        return None
    if b"content-disposition" in values:
        return None
    octets = transfer_decoded(raw[end.end() :] if end else b"", encoding)
    header, cc = read_head(raw)
    return Reading(header, cc, body_text(octets, charset_of(content_type)))
