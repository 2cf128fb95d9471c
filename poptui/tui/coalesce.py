"""Changes of the mailbox, handed to the screen in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from poptui.mailbox.changes import Change

INTERVAL = 0.1
"""Seconds between two batches: ten redraws a second look live and spare a slow line."""


class Coalescer:
    """Gathers changes: one alone is delivered at once, a stream of them ten times a second."""

    def __init__(self, deliver: Callable[[list[Change]], object]) -> None:
        self._deliver = deliver
        self._waiting: list[Change] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def add(self, change: Change) -> None:
        """Take a change, to be delivered with what else comes until the next batch is due."""
        self._waiting.append(change)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._due), self.flush)

    def flush(self) -> None:
        """Deliver now what waits: what the user just did is not to be waited for."""
        self._due = asyncio.get_running_loop().time() + INTERVAL
        self._unschedule()
        batch, self._waiting = self._waiting, []
        if batch:
            self._deliver(batch)

    def stop(self) -> None:
        """Deliver nothing more."""
        self._unschedule()
        self._waiting.clear()

    def _unschedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
