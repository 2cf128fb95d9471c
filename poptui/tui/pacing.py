"""Keep the interface quick: long work in slices, and changes of the mailbox in batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from time import perf_counter
from typing import TypeVar

from poptui.mailbox.changes import Change, Marked

SLICE_S = 0.02
"""Maximum time that keys wait for work that the user requested."""

BATCH_INTERVAL_S = 0.1
"""Interval between batches of changes: ten a second look live, and are few bytes on a slow
connection."""
MARKS_DELAY_S = 0.3
"""The server's answers to marks are shown with the next key or after this delay, which takes fewer
bytes."""

T = TypeVar("T")


async def sliced(
    items: Iterable[T], *, seconds: float = SLICE_S, rest_s: float = 0.0
) -> AsyncIterator[T]:
    """Yield ``items``; after every ``seconds`` of work let other tasks run, for ``rest_s`` seconds.

    Cancelling takes effect there.
    """
    end = perf_counter() + seconds
    for item in items:
        yield item
        if perf_counter() > end:
            await asyncio.sleep(rest_s)
            end = perf_counter() + seconds


class Coalescer:
    """Delivers changes in batches: one alone at once, a stream of them ten times a second."""

    def __init__(self, deliver: Callable[[list[Change]], object]) -> None:
        self._deliver = deliver
        self._waiting: list[Change] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def add(self, change: Change) -> None:
        """Take a change, to be delivered with the next batch."""
        self._waiting.append(change)
        loop = asyncio.get_running_loop()
        due = max(loop.time(), self._due) + MARKS_DELAY_S * isinstance(change, Marked)
        if self._timer is not None and due < self._timer.when():
            self._cancel_timer()
        if self._timer is None:
            self._timer = loop.call_at(due, self.flush)

    def flush(self) -> None:
        """Deliver waiting changes now, because the user has just done something."""
        self._due = asyncio.get_running_loop().time() + BATCH_INTERVAL_S
        self._cancel_timer()
        batch, self._waiting = self._waiting, []
        if batch:
            self._deliver(batch)

    def stop(self) -> None:
        """Stop delivering."""
        self._cancel_timer()
        self._waiting.clear()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
