"""Pack a header and its verdict into bytes for the cache: one JSON array per message.

Signals are packed but not scores, because the user can change the weights.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from sys import intern
from zlib import crc32

from poptui.mail.headers.dates import zone_of
from poptui.mail.headers.header import NO_EXTRA, Address, Header, shared
from poptui.triage.spam.verdict import Signal, Verdict

PACKAGE = Path(__file__).parents[2]
MADE_BY = (
    "mail/headers",
    "mail/encodings",
    "mail/hosts.py",
    "triage/spam",
    "mailbox/decoding/codec.py",
)
"""The code and tables, below ``PACKAGE``, that decode a header and judge it."""

MAX_PACKING = 1_000_000
"""Versions are smaller than this, because of the cache's file format."""

_ENCODE = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_EPOCH = datetime(1970, 1, 1)


@cache
def packing_version(package: Path = PACKAGE) -> int:
    """Return the version of packed headers; if it changes, the cache is replaced.

    It is a checksum of the code and tables that decode and judge headers, so that cached verdicts
    are always made by the present ones. Reads some 40 small files, which takes a millisecond.
    """
    checksum = 0
    for name in MADE_BY:
        path = package / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                checksum = crc32(file.name.encode(), checksum)
                checksum = crc32(file.read_bytes(), checksum)
    return checksum % MAX_PACKING


def pack(header: Header, verdict: Verdict) -> bytes:
    """Return a header and its verdict as bytes."""
    return _ENCODE(
        [
            header.from_.name,
            header.from_.address,
            header.to,
            header.subject,
            _packed_date(header.date) if header.date else 0,
            header.list_id,
            header.message_id,
            header.attachments,
            dict(header.extra),
            header.dated_by_server,
            _packed_date(header.claimed_date) if header.claimed_date else 0,
            verdict.newsletter,
            verdict.signals,
        ]
    ).encode()


def unpack(packed: bytes) -> tuple[Header, Verdict] | None:
    """Return the header and verdict from ``packed``; None if that isn't valid."""
    try:
        fields = json.loads(packed)
        name, address, to, subject, date, list_id, message_id, attachments, extra, *rest = fields
        when = _date(*date) if date else None
        dated_by_server, claimed, newsletter, signals = rest
        claimed_date = _date(*claimed) if claimed else None
        found = tuple([shared(Signal(intern(name), *signal)) for name, *signal in signals])
        known = dict(extra) or NO_EXTRA
    except (ValueError, TypeError, OverflowError):
        return None
    sender = shared(Address(name, address))
    header = Header(
        sender,
        shared(to),
        subject,
        when,
        shared(list_id),
        message_id,
        attachments,
        known,
        bool(dated_by_server),
        claimed_date,
    )
    return header, shared(Verdict(found, newsletter))


def _packed_date(date: datetime) -> tuple[int, int]:
    """Return the local time in seconds, and the offset of its time zone."""
    offset = date.utcoffset() or timedelta()
    return int((date.replace(tzinfo=None) - _EPOCH).total_seconds()), int(offset.total_seconds())


def _date(clock: int, offset: int) -> datetime:
    return (_EPOCH + timedelta(seconds=clock)).replace(tzinfo=zone_of(offset))
