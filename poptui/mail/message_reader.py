"""The parsing of one whole message, as it happens in the worker process."""

from __future__ import annotations

from email.message import Message

from poptui.mail import mailparse, mime
from poptui.mail.parts import PartWalk
from poptui.mail.raw_reading import raw_reading, read_head
from poptui.mail.reading import MAX_TEXT, Body, Reading, Remark, body_of

_BASE64 = "Some base64 is damaged; it was decoded as far as it goes."
_NO_START = "The message announces parts that never begin; what is there is shown as text."
_HEADER = "Some lines of the header are malformed."
_TROUBLES = {
    "CharsetDecodeDefect": "Some text does not fit the charset it declares.",
    "CloseBoundaryNotFoundDefect": "The message ends before its last part does.",
    "FirstHeaderLineIsContinuationDefect": _HEADER,
    "InvalidBase64CharactersDefect": _BASE64,
    "InvalidBase64LengthDefect": _BASE64,
    "InvalidBase64PaddingDefect": _BASE64,
    "InvalidMultipartContentTransferEncodingDefect": (
        "The parts are encoded as a whole, which no standard allows."
    ),
    "MalformedHeaderDefect": _HEADER,
    "MissingHeaderBodySeparatorDefect": _HEADER,
    "NoBoundaryInMultipartDefect": _NO_START,
    "StartBoundaryNotFoundDefect": _NO_START,
}


def read_message(raw: bytes) -> Reading:
    """The reading of ``raw``, parsed here and now however long it takes; never raises."""
    try:
        return read_tree(raw)
    except Exception:
        return raw_reading(raw, "The message could not be parsed, so this is its raw text.")


def read_tree(raw: bytes) -> Reading:
    """The reading of ``raw`` from the tree of its parts.

    Raises what the parsers raise on messages they were not made for, RecursionError on
    thousands of nested parts among it.
    """
    message = mime.parse(raw)
    gathered = PartWalk().gather(message)
    text = "\n\n".join(text.strip("\n") for text in gathered.texts)
    troubles = [*_troubles(message), *gathered.troubles]
    if len(text) > MAX_TEXT:
        troubles.append(f"The text is cut to its first {MAX_TEXT:,} characters.")
    body = Body(body_of(text[:MAX_TEXT]).lines, gathered.html, tuple(gathered.links))
    header, cc = read_head(raw)
    remarks = tuple(Remark(trouble) for trouble in dict.fromkeys(troubles))
    return Reading(header, cc, (body,), tuple(gathered.attachments), remarks)


def _troubles(message: Message) -> list[str]:
    """What is broken, in sentences. mail-parser decodes every part, which finds more defects."""
    found = mailparse.defects(message) | mime.defects(message)
    return sorted({_TROUBLES[name] for name in found if name in _TROUBLES})
