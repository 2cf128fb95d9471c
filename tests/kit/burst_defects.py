"""Defects of servers that can't handle several commands in one packet, each with a name.

A packet is what one read brought. A packet of one command is always answered as it should be.
"""

from __future__ import annotations

from collections.abc import Callable

Answer = Callable[[bytes], bytes]
"""Returns the reply to a line."""
Replies = list[bytes]
BurstDefect = Callable[[list[bytes], Answer], Replies]


def _second_dropped(lines: list[bytes], answer: Answer) -> Replies:
    return [answer(line) for line in lines[:1] + lines[2:]]


def _first_only(lines: list[bytes], answer: Answer) -> Replies:
    return [answer(lines[0])]


def _clipped(lines: list[bytes], answer: Answer) -> Replies:
    """Has a buffer of 64 bytes; what doesn't fit is lost, even the rest of a line."""
    kept = b"\n".join(lines)[:64].split(b"\n")
    return [answer(line) for line in kept]


def _merged_line(lines: list[bytes], answer: Answer) -> Replies:
    """Loses the end of a status line if another reply follows it."""
    replies = [answer(line) for line in lines]
    return [reply.replace(b"\r\n", b"", 1) for reply in replies[:-1]] + replies[-1:]


def _swallowed(lines: list[bytes], answer: Answer) -> Replies:
    """Executes all commands but answers only the last one."""
    return [answer(line) for line in lines][-1:]


def _reversed(lines: list[bytes], answer: Answer) -> Replies:
    return [answer(line) for line in lines][::-1]


def _limited(most: int) -> BurstDefect:
    """Hangs up on a packet with more commands than ``most``."""
    return lambda lines, answer: [answer(line) for line in lines] if len(lines) <= most else []


BURST_DEFECTS: dict[str, BurstDefect] = {
    "flight-second-dropped": _second_dropped,
    "flight-first-only": _first_only,
    "flight-clipped": _clipped,
    "flight-merged-line": _merged_line,
    "flight-swallowed": _swallowed,
    "flight-reversed": _reversed,
    "flight-hangs-up": lambda lines, answer: [],
    "flight-limited-8": _limited(8),
    "flight-limited-20": _limited(20),
    "flight-limited-40": _limited(40),
}
