"""A clock that a test controls: it ends pauses, and suspends the machine."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from poptui.mailbox.session.idle_watch import Clock

START = datetime(2026, 3, 1, 14, 0, 0, tzinfo=UTC)


class TestClock(Clock):
    """A clock that stands still until it is advanced."""

    __test__ = False

    def __init__(self) -> None:
        self.passed = self.slept = 0.0
        self.pauses: list[float] = []
        """The requested length of each pause so far."""
        self._moved = asyncio.Condition()
        super().__init__()

    def elapsed(self) -> float:
        return self.passed + self.slept

    def awake(self) -> float:
        return self.passed

    def after(self, seconds: float) -> datetime:
        return START + timedelta(seconds=self.elapsed() + seconds)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        until = self.elapsed() + seconds
        async with self._moved:
            await self._moved.wait_for(lambda: self.elapsed() >= until)

    async def pass_by(self, seconds: float) -> None:
        """Advance the time."""
        self.passed += seconds
        await self._tell()

    async def sleep(self, seconds: float) -> None:
        """Suspend the machine; the event loop's timers don't notice."""
        self.slept += seconds
        await self._tell()

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()
