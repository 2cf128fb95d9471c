"""Reads a message without letting it hang us.

A short plain one is read at once. Everything else is parsed in a process of its own, which is
killed when it takes too long: mail is written to hang parsers, too.
"""

from __future__ import annotations

import re

from poptui.mail.bodies import body_text, known_encoding, transfer_decoded
from poptui.mail.decode import header_values
from poptui.mail.encoded_words import charset_of
from poptui.mail.raw_reading import raw_reading, read_head
from poptui.mail.reading import Reading, body_of

SECONDS = 5.0
"""How long a message may take to be parsed; ordinary ones take a fraction of one."""
OCTETS_PER_SECOND = 5_000_000
"""Longer messages may take longer, at this pace."""

_SHORT = 64 * 1024
_HEAD_END = re.compile(rb"(?:\A|\n)\r?\n")
_PLAIN = re.compile(rb"(?:text/plain\s*(?:;(?!.*\bname\b).*)?)?", re.IGNORECASE)
_SHAPE = frozenset({b"content-type", b"content-transfer-encoding", b"content-disposition"})


async def read_letter(raw: bytes, seconds: float = SECONDS) -> Reading:
    """The reading of the message ``raw``; never raises.

    What cannot be parsed, or takes longer than ``seconds`` (and more for a large message),
    comes back as raw text with a sentence that says so.
    """
    if (reading := _read_at_once(raw)) is not None:
        return reading
    from poptui.mail.reading_worker import WorkerFailed, read_apart

    try:
        return await read_apart(raw, seconds + len(raw) / OCTETS_PER_SECOND)
    except TimeoutError:
        return raw_reading(raw, "The message took too long to parse, so this is its raw text.")
    except WorkerFailed:
        return raw_reading(raw, "The message could not be parsed, so this is its raw text.")


def _read_at_once(raw: bytes) -> Reading | None:
    """A short message of a single plain text; None for any other."""
    if len(raw) > _SHORT:
        return None
    end = _HEAD_END.search(raw)
    values = header_values(raw, _SHAPE)
    content_type = values.get(b"content-type", b"")
    encoding = values.get(b"content-transfer-encoding", b"").decode("latin-1").lower()
    if not (_PLAIN.fullmatch(content_type) and known_encoding(encoding)):
        return None
    if b"content-disposition" in values:
        return None
    octets = transfer_decoded(raw[end.end() :] if end else b"", encoding)
    header, cc = read_head(raw)
    return Reading(header, cc, (body_of(body_text(octets, charset_of(content_type))),))
