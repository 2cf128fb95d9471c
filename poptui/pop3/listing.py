"""STAT, LIST and UIDL replies, read as generously as servers write them (RFC 1939).

A listing may have tens of thousands of lines, so one regular expression goes over all of it.
"""

from __future__ import annotations

import re

from poptui.pop3.commands import MESSAGES

UID_OCTETS = 1000
"""The longest unique-id that is taken. RFC 1939 allows 70; servers that write longer ones, with
spaces or outside ASCII still mean one message by each, and we only compare them."""

_STAT = re.compile(r"\s*(\d{1,10})\s+(\d{1,20})(?!\d)")
_ROW = rb"(?im)^[ \t]*+(?:\+OK[ \t]++)?(\d{1,10})"
_SCAN = re.compile(_ROW + rb"[ \t]++(?:(\d{1,15})(?!\d)|-?\d)")
"""A size that is negative or beyond 15 digits is no size, but the message is there."""
_UNIQUE = re.compile(_ROW + rb"(?:[ \t]++(.*)|$)")


def parse_stat(text: str) -> tuple[int, int] | None:
    """``(messages, octets)`` of a STAT reply's text, None where it tells nothing of the kind."""
    match = _STAT.match(text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def parse_list(body: bytes) -> dict[int, int]:
    """Message number to octets, 0 for a size that cannot be; other lines are passed over."""
    return {
        number: int(size or 0)
        for digits, size in _SCAN.findall(_lines(body))
        if 1 <= (number := int(digits)) <= MESSAGES
    }


def parse_uidl(body: bytes) -> dict[int, str | None]:
    """Message number to unique-id (latin-1, so that no two byte strings become one).

    None stands for a UID that is blank or beyond all bounds: it does not name a message.
    """
    return dict(parse_uidl_rows(body))


def parse_uidl_rows(body: bytes) -> list[tuple[int, str | None]]:
    """The same as rows: a server may list a number twice."""
    return [
        (number, _uid(rest.rstrip(b" \t")))
        for digits, rest in _UNIQUE.findall(_lines(body))
        if 1 <= (number := int(digits)) <= MESSAGES
    ]


def _lines(body: bytes) -> bytes:
    """The lines, each ended by a line feed alone."""
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _uid(octets: bytes) -> str | None:
    if not octets or len(octets) > UID_OCTETS:
        return None
    return octets.decode("latin-1")
