"""Watches over a session that stands: is anybody there, and did the machine sleep?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from poptui.mailbox.session.clock import STRIDE, Clock
from poptui.mailbox.session.workers import SessionWorkers

SOON = 0.01
"""Seconds between two looks at least."""


class IdleWatch:
    """Looks now and then while a session lasts, which costs no octet."""

    def __init__(
        self,
        clock: Clock,
        idle_release: float,
        release: Callable[[], Coroutine[Any, Any, None]],
        check: Callable[[], Awaitable[None]],
    ) -> None:
        """``release`` is called when nobody was there for ``idle_release`` seconds (0: never).

        ``check`` is called at every look, to see whether the machine slept meanwhile.
        """
        self._clock, self._idle_release = clock, idle_release
        self._release, self._check = release, check
        self._touched = clock.elapsed()
        self._looking: asyncio.Task[None] | None = None
        self._releasing: asyncio.Task[None] | None = None

    def touch(self) -> None:
        """Somebody is there."""
        self._touched = self._clock.elapsed()

    def begin(self, workers: SessionWorkers) -> None:
        """``workers`` has begun."""
        self.touch()
        self._looking = asyncio.create_task(self._look(workers), name="watch the session")

    def stop(self) -> None:
        """It is over."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self, workers: SessionWorkers) -> None:
        while True:
            await self._clock.pause(self._until_next())
            await self._check()
            if self._idle() and not workers.client.busy:
                self._releasing = asyncio.create_task(self._release(), name="release")
                return

    def _until_next(self) -> float:
        if not self._idle_release:
            return STRIDE
        return max(SOON, min(STRIDE, self._idle_release - self._unused()))

    def _idle(self) -> bool:
        return bool(self._idle_release) and self._unused() >= self._idle_release

    def _unused(self) -> float:
        return self._clock.elapsed() - self._touched
