"""STAT, LIST and UIDL replies, read as generously as servers write them (RFC 1939)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from poptui.pop3.commands import MESSAGES

UID_OCTETS = 1000
"""The longest unique-id that is taken. RFC 1939 allows 70; servers that write longer ones, with
spaces or outside ASCII still mean one message by each, and we only compare them."""

_STAT = re.compile(r"\s*(\d{1,10})\s+(\d{1,20})(?!\d)")
_NUMBER = re.compile(rb"(?:\+OK[ \t]+)?(\d{1,10})(?:[ \t]+|\Z)", re.IGNORECASE)
_SIZE = re.compile(rb"\d{1,20}(?!\d)")


def parse_stat(text: str) -> tuple[int, int] | None:
    """``(messages, octets)`` of a STAT reply's text, None where it tells nothing of the kind."""
    match = _STAT.match(text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def parse_list(body: bytes) -> dict[int, int]:
    """Message number to octets; lines that are no scan listing are passed over."""
    sizes = ((number, _SIZE.match(rest)) for number, rest in _rows(body))
    return {number: int(size.group()) for number, size in sizes if size}


def parse_uidl(body: bytes) -> dict[int, str | None]:
    """Message number to unique-id (latin-1, so that no two byte strings become one).

    None stands for a UID that is blank or beyond all bounds: it does not name a message.
    """
    return {number: _uid(rest) for number, rest in _rows(body)}


def _rows(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that start with a message number that a command can name, and what follows it."""
    for line in body.splitlines():
        line = line.strip(b" \t")
        match = _NUMBER.match(line)
        if match and 1 <= int(match.group(1)) <= MESSAGES:
            yield int(match.group(1)), line[match.end() :]


def _uid(octets: bytes) -> str | None:
    if not octets or len(octets) > UID_OCTETS:
        return None
    return octets.decode("latin-1")
