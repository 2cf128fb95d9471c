"""Decode a block of header lines into the ``Header`` that the list shows.

For speed the block is truncated, unneeded fields are skipped, and well-formed values are decoded
here. Only malformed ones go to mail-parser.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice

from poptui.mail.encodings.encoded_words import charset_of, decode_text, unfolded
from poptui.mail.headers import mailparse
from poptui.mail.headers.dates import decode_date
from poptui.mail.headers.from_address import decode_mailbox
from poptui.mail.headers.header import NO_EXTRA, Address, Header, shared
from poptui.patterns import lazy_pattern

MAX_BLOCK_BYTES = 256 * 1024
"""Maximum size of a header block; the longest in real spam is 210 kB."""

SplitHeader = list[tuple[bytes, bytes]]
"""The fields in order: the name in lower case, and the value as received, still folded."""

_FIELD_START = lazy_pattern(rb"\n(?![ \t])")
_FIRST = b"!"
"""The first ASCII character that a field's name may begin with (RFC 5322 section 3.6.8)."""

_EMPTY_LINES = (b"\n", b"\r\n")


def split_header(block: bytes) -> SplitHeader:
    """Return the fields of ``block`` up to its first empty line; other lines are left out."""
    found = []
    for field in _FIELD_START.split(block[:MAX_BLOCK_BYTES]):
        name, colon, value = field.partition(b":")
        if name < _FIRST and _begins_empty(field):
            break
        if colon:
            found.append((name.rstrip().lower(), value))
    return found


def _begins_empty(field: bytes) -> bool:
    """Whether it is an empty line, perhaps with lines after it that look folded."""
    return field in (b"", b"\r") or field.startswith(_EMPTY_LINES)


NAME_CHARS, ADDRESS_CHARS, TEXT_CHARS, TO_CHARS = 250, 320, 600, 1000
"""Maximum lengths of a sender's name, an address (RFC 3696 erratum 1690), a subject, and the
recipients: more than any screen shows, so that huge fields can't fill the memory."""

_FIRST_PLAUSIBLE_YEAR = 1985
_AHEAD = timedelta(days=2)
"""A wrong clock or time zone may set a Date this far ahead of the newest Received."""
_MAX_HOPS = 5
"""Maximum number of Received fields that are searched for a date."""
_SHOWN = frozenset(
    {
        b"from",
        b"to",
        b"subject",
        b"date",
        b"list-id",
        b"message-id",
        b"content-type",
        b"content-disposition",
    }
)


def decode_header(block: bytes, extra: frozenset[str] = frozenset()) -> Header:
    """Decode ``block`` up to its first empty line. Never raises.

    ``extra``: lower-case names of further headers to keep.
    """
    return decode_fields(split_header(block), extra)


def decode_fields(fields: SplitHeader, extra: frozenset[str] = frozenset()) -> Header:
    """Decode a block that is already split; see ``decode_header``."""
    values = values_of(fields, _wanted(extra) if extra else _SHOWN)
    get = values.get
    content_type = get(b"content-type", b"")
    charset = charset_of(content_type) if content_type else ""
    date, claimed, by_server = _dated(get(b"date", b"").decode("latin-1"), fields)
    sender = decode_mailbox(get(b"from", b""), charset)
    return Header(
        from_=shared(Address(sender.name[:NAME_CHARS], sender.address[:ADDRESS_CHARS])),
        to=shared(decode_text(get(b"to", b""), charset)[:TO_CHARS]),
        subject=_subject(get(b"subject", b""), charset)[:TEXT_CHARS],
        date=date,
        list_id=shared(_list_id(decode_text(get(b"list-id", b""), charset))[:NAME_CHARS]),
        message_id=decode_text(get(b"message-id", b""), charset)[:TEXT_CHARS],
        attachments=_may_attach(content_type, get(b"content-disposition", b"")),
        extra=_extra(values, extra, charset) if extra else NO_EXTRA,
        dated_by_server=by_server,
        claimed_date=claimed,
    )


def _dated(value: str, fields: SplitHeader) -> tuple[datetime | None, datetime | None, bool]:
    """Return the date to sort by, the sender's date if that is wrong, and whether a server gave it.

    The sender's date is wrong if it is older than today's mail format, or more than ``_AHEAD``
    later than the newest Received.
    """
    claimed = decode_date(value)
    if claimed is not None and _FIRST_PLAUSIBLE_YEAR <= claimed.year <= _last_year():
        return claimed, None, False
    received = _newest_received(fields)
    if received is None:
        return claimed, None, False
    if (
        claimed is not None
        and claimed.year >= _FIRST_PLAUSIBLE_YEAR
        and claimed - received < _AHEAD
    ):
        return claimed, None, False
    return received, claimed, True


def _last_year() -> int:
    """Return a year whose dates can't lie in the future, so that they need no check."""
    return datetime.now(UTC).year - 1


def _newest_received(fields: SplitHeader) -> datetime | None:
    """Return the date of the topmost Received that has one (RFC 5321 section 4.4)."""
    hops = (value for name, value in fields if name == b"received")
    for value in islice(hops, _MAX_HOPS):
        date = unfolded(value.split(b"\n")).rpartition(b";")[2].strip()
        if (found := decode_date(date.decode("latin-1"))) is not None:
            return found
    return None


@cache
def _wanted(extra: frozenset[str]) -> frozenset[bytes]:
    return _SHOWN.union(name.encode() for name in extra)


def _extra(values: Mapping[bytes, bytes], names: frozenset[str], charset: str) -> dict[str, str]:
    return {
        name: decode_text(values.get(name.encode(), b""), charset)[:TEXT_CHARS] for name in names
    }


def header_values(block: bytes, names: frozenset[bytes]) -> dict[bytes, bytes]:
    """Return the unfolded values of the headers ``names`` (lower case); the first if repeated."""
    return values_of(split_header(block), names)


def values_of(fields: SplitHeader, names: frozenset[bytes]) -> dict[bytes, bytes]:
    """Return the values from a block that is already split; see ``header_values``."""
    found: dict[bytes, bytes] = {}
    for name, value in fields:
        if name in names and name not in found:
            found[name] = unfolded(value.split(b"\n"))
    return found


def _subject(value: bytes, charset: str) -> str:
    """Decode a subject; mail-parser also decodes some encoded words that break the rules."""
    text = decode_text(value, charset)
    if "=?" in text and "?=" in text:
        other = mailparse.parse_header(b"Subject: " + value).subject
        return other if other and "=?" not in other else text
    return text


def _list_id(text: str) -> str:
    """Return the identifier (RFC 2919), or the whole text if there is none."""
    before, _, rest = text.partition("<")
    return rest.partition(">")[0].strip() or before.strip()


def _may_attach(content_type: bytes, disposition: bytes) -> bool:
    """Whether the message may have attachments: it is multipart/mixed, or itself a file."""
    main, _, sub = content_type.partition(b";")[0].strip().lower().partition(b"/")
    if disposition[:10].lower() == b"attachment":
        return True
    if main == b"multipart":
        return sub == b"mixed"
    return main in (b"application", b"image", b"audio", b"video")
