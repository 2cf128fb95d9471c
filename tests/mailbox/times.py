"""A clock that a test moves: pauses end, and the machine sleeps, when the test says so."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from poptui.mailbox.session.idle_watch import Clock

START = datetime(2026, 3, 1, 14, 0, 0, tzinfo=UTC)


class TestClock(Clock):
    """Time stands still until it is moved."""

    __test__ = False

    def __init__(self) -> None:
        self.passed = self.slept = 0.0
        self.pauses: list[float] = []
        """How long each pause so far was to be."""
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
        """So much time passes."""
        self.passed += seconds
        await self._tell()

    async def sleep(self, seconds: float) -> None:
        """The machine sleeps so long; timers of the loop know nothing of it."""
        self.slept += seconds
        await self._tell()

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()
