"""Tell whether the programs that a test started have work to do, according to Linux."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
BUSY = {b"R", b"D"}
"""States of a thread that runs, waits for the processor, or waits for a disk."""


def all_asleep() -> bool:
    """Return whether no thread of this process and its descendants wants the processor.

    The calling thread is not counted. Where there is no ``/proc``, everything seems asleep.
    """
    return not any(
        thread != threading.get_native_id() and _state(process, thread) in BUSY
        for process in _family(os.getpid())
        for thread in _threads(process)
    )


def _family(process: int) -> Iterator[int]:
    yield process
    for thread in _threads(process):
        for child in _read(process, thread, "children").split():
            yield from _family(int(child))


def _threads(process: int) -> list[int]:
    try:
        return [int(name) for name in os.listdir(PROC / str(process) / "task")]
    except OSError:
        return []


def _state(process: int, thread: int) -> bytes:
    """Return the state, the letter after the name; the name is in parentheses and may contain
    some."""
    return _read(process, thread, "stat").rpartition(b")")[2][1:2]


def _read(process: int, thread: int, name: str) -> bytes:
    """Return a file about a thread; empty if it has ended meanwhile."""
    try:
        return (PROC / str(process) / "task" / str(thread) / name).read_bytes()
    except OSError:
        return b""
