"""STAT, LIST and UIDL replies, read as generously as servers write them (RFC 1939)."""

from __future__ import annotations

import re

UID_OCTETS = 1000
"""The longest unique-id that is taken. RFC 1939 allows 70; servers that write longer ones, with
spaces or outside ASCII still mean one message by each, and we only compare them."""

_STAT = re.compile(r"\s*(\d{1,10})\s+(\d{1,20})(?!\d)")
_PAIR = re.compile(rb"^(?:\+OK[ \t]+)?[ \t]*(\d{1,10})[ \t]+(\d{1,20})(?!\d)", re.IGNORECASE)
_UID = re.compile(rb"^(?:\+OK[ \t]+)?[ \t]*(\d{1,10})(?:[ \t]+(.*?))?[ \t]*$", re.IGNORECASE)


def parse_stat(text: str) -> tuple[int, int] | None:
    """``(messages, octets)`` of a STAT reply's text, None where it tells nothing of the kind."""
    match = _STAT.match(text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def parse_list(body: bytes) -> dict[int, int]:
    """Message number to octets; lines that are no scan listing are passed over."""
    matches = map(_PAIR.match, body.splitlines())
    return {int(match.group(1)): int(match.group(2)) for match in matches if match}


def parse_uidl(body: bytes) -> dict[int, str | None]:
    """Message number to unique-id (latin-1, so that no two byte strings become one).

    None stands for a UID that is blank or beyond all bounds: it does not name a message.
    """
    matches = map(_UID.match, body.splitlines())
    return {int(match.group(1)): _uid(match.group(2)) for match in matches if match}


def _uid(octets: bytes | None) -> str | None:
    if not octets or len(octets) > UID_OCTETS:
        return None
    return octets.decode("latin-1")
