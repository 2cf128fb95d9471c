"""Named defects of servers that can't handle several commands in one packet.

A packet is the result of one read. A packet with one command is always answered correctly.
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
    """Has a buffer of 64 bytes; the rest is lost, even in the middle of a line."""
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
    "burst-second-dropped": _second_dropped,
    "burst-first-only": _first_only,
    "burst-clipped": _clipped,
    "burst-merged-line": _merged_line,
    "burst-swallowed": _swallowed,
    "burst-reversed": _reversed,
    "burst-hangs-up": lambda lines, answer: [],
    "burst-limited-8": _limited(8),
    "burst-limited-20": _limited(20),
    "burst-limited-40": _limited(40),
}
