"""Parse replies to STAT, LIST and UIDL (RFC 1939) leniently.

A listing may have tens of thousands of lines, so one regular expression parses all of it.
"""

from __future__ import annotations

from poptui.patterns import lazy_pattern
from poptui.pop3.commands import MAX_MESSAGE_NUMBER

MAX_UID_BYTES = 1000
"""RFC 1939 allows 70. Longer UIDs, and UIDs with spaces or characters outside ASCII, still name one
message each, and poptui only compares them."""

_STAT = lazy_pattern(r"\s*(\d{1,10})\s+(\d{1,20})(?!\d)")
_ROW = rb"(?im)^[ \t]*+(?:\+OK[ \t]++)?(\d{1,10})"
_LIST_ROW = lazy_pattern(_ROW + rb"[ \t]++(?:(\d{1,15})(?!\d)|-?\d)")
"""A negative size or one of more than 15 digits is ignored, but the message exists."""
_UIDL_ROW = lazy_pattern(_ROW + rb"(?:[ \t]++(.*)|$)")


def parse_stat(text: str) -> tuple[int, int] | None:
    """Return ``(messages, octets)`` from the text of a STAT reply; None if it has no such pair."""
    match = _STAT.match(text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def parse_list(body: bytes) -> dict[int, int]:
    """Map message numbers to sizes, 0 for an impossible size. Malformed lines are skipped."""
    return {
        number: int(size or 0)
        for digits, size in _LIST_ROW.findall(_lines(body))
        if 1 <= (number := int(digits)) <= MAX_MESSAGE_NUMBER
    }


def parse_uidl(body: bytes) -> dict[int, str | None]:
    """Map message numbers to UIDs, decoded as latin-1 so that different bytes stay different.

    A UID that is blank or too long is None: it cannot identify a message.
    """
    return dict(parse_uidl_rows(body))


def parse_uidl_rows(body: bytes) -> list[tuple[int, str | None]]:
    """Return the pairs of ``parse_uidl`` as a list: a server may list a number twice."""
    return [
        (number, _uid(rest.rstrip(b" \t")))
        for digits, rest in _UIDL_ROW.findall(_lines(body))
        if 1 <= (number := int(digits)) <= MAX_MESSAGE_NUMBER
    ]


def _lines(body: bytes) -> bytes:
    """Convert all line ends to LF."""
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _uid(raw: bytes) -> str | None:
    if not raw or len(raw) > MAX_UID_BYTES:
        return None
    return raw.decode("latin-1")
