"""Describe a part as an attachment: its name, types, size and warnings."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator

from poptui.mail.encodings.encoded_words import decode_text
from poptui.mail.headers.decode import header_values
from poptui.mail.mime import magic
from poptui.mail.mime.attachment_warnings import warnings
from poptui.mail.mime.structure import Node, Octets
from poptui.mail.mime.transfer_decoding import CHUNK_BYTES, MAX_TEXT_BYTES, decoded, decoder_for
from poptui.mail.parsed_message import Part, PartLocation
from poptui.patterns import lazy_pattern

CALENDARS = frozenset({"text/calendar", "application/ics", "application/calendar"})
_CHARSET = lazy_pattern(r"[\w.:+-]{1,60}", re.ASCII)
_SUBJECT = frozenset({b"subject"})


def attachment_of(octets: Octets, node: Node, *, inline: bool = False, stored: bool = True) -> Part:
    """Describe ``node``. ``stored``: its content can be read again from the message."""
    head = node.head
    location = PartLocation(node.start, node.end, head.encoding)
    start, size = _measured(octets, location)
    name = head.file_name
    if head.kind in ("message/rfc822", "message/global") and not name:
        name = _subject(start)
    elif head.kind in CALENDARS and not name:
        name = "invitation.ics"
    actual = magic.type_of(start)
    return Part(
        name=name[:1000],
        declared=head.kind if head.typed or head.kind != "text/plain" else "",
        octets=size,
        actual=actual,
        warnings=warnings(name, head.kind if head.typed else "", actual),
        inline=inline,
        location=location if stored else PartLocation(0, 0),
        charset=head.charset[:60],
        pixels=magic.pixels(start),
    )


def _measured(octets: Octets, location: PartLocation) -> tuple[bytes, int]:
    """Return the first bytes of the content, and its size."""
    first, size = b"", 0
    for piece in decoded(_pieces(octets, location), location.encoding):
        first = first or piece[: 16 * magic.HEAD_BYTES]
        size += len(piece)
    return first, size


def _pieces(octets: Octets, location: PartLocation) -> Iterator[bytes]:
    for at in range(location.start, location.end, CHUNK_BYTES):
        yield octets[at : min(at + CHUNK_BYTES, location.end)]


def _subject(message: bytes) -> str:
    return decode_text(header_values(message, _SUBJECT).get(b"subject", b""))


def header_of_text(part: Part) -> bytes:
    """Make a header that turns a text part into a separate message."""
    kind = "text/html" if part.declared == "text/html" else "text/plain"
    charset = f"; charset={part.charset}" if _CHARSET.fullmatch(part.charset) else ""
    subject = b64encode(part.name.encode("utf-8", "replace")).decode("ascii")
    return (
        f"Subject: =?utf-8?b?{subject}?=\r\nContent-Type: {kind}{charset}\r\n"
        "Content-Transfer-Encoding: binary\r\n\r\n"
    ).encode("ascii")


_FILE = lazy_pattern(
    rb"^begin [0-7]{3,4} (\S[^\r\n]{0,250})\r?\n"
    rb"(?:[ -`][^\r\n]{0,90}\r?\n)+?[ `]?\r?\n?end[ \t]*(?:\r?\n|\Z)",
    re.MULTILINE,
)
_TEXT = lazy_pattern(
    r"^begin [0-7]{3,4} \S[^\n]{0,250}\n(?:[ -`][^\n]{0,90}\n)+?[ `]?\n?end[ \t]*(?:\n|\Z)",
    re.MULTILINE,
)


def without_files(octets: Octets, node: Node, text: str) -> tuple[str, list[Part]]:
    """Remove uuencoded files from the text of ``node``, and return them as attachments."""
    if "begin " not in text:
        return text, []
    encoded = octets[node.start : min(node.end, node.start + MAX_TEXT_BYTES)]
    files = [_uuencoded_part(node.start, match) for match in _FILE.finditer(encoded)]
    return (_TEXT.sub("", text) if files else text), files


def _uuencoded_part(offset: int, match: re.Match[bytes]) -> Part:
    decoder = decoder_for("x-uuencode")
    contents = decoder.feed(match[0]) + decoder.finish()
    name = match[1].decode("utf-8", "replace")
    kind = magic.type_of(contents[: magic.HEAD_BYTES])
    location = PartLocation(offset + match.start(), offset + match.end(), "x-uuencode")
    return Part(name, "", len(contents), kind, warnings(name, "", kind), location=location)
