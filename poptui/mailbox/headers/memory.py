"""Memory that was freed, given back to the system."""

from __future__ import annotations

from contextlib import suppress


def give_back() -> None:
    """Let the C library return the pages that it holds and nobody uses, where it can (glibc).

    Tens of thousands of blocks came and went between what stays, so it does not do so by itself.
    Takes milliseconds, in which other threads go on.
    """
    import ctypes

    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
