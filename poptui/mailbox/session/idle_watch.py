"""Release a session that nobody uses, and notice when the machine was suspended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from poptui.mailbox.session.clock import CHECK_EVERY_S, Clock
from poptui.mailbox.session.workers import SessionWorkers

MIN_WAIT_S = 0.01
"""Wait at least this long between two checks."""


class IdleWatch:
    """Checks now and then while a session lasts; sends nothing."""

    def __init__(
        self,
        clock: Clock,
        idle_release: float,
        on_idle: Callable[[], Coroutine[Any, Any, None]],
        on_check: Callable[[], Awaitable[None]],
    ) -> None:
        """``on_idle`` is called when nobody was there for ``idle_release`` seconds (0: never).

        ``on_check`` is called at every look, to see whether the machine slept meanwhile.
        """
        self._clock, self._idle_release = clock, idle_release
        self._on_idle, self._on_check = on_idle, on_check
        self._touched = clock.elapsed()
        self._looking: asyncio.Task[None] | None = None
        self._releasing: asyncio.Task[None] | None = None

    def touch(self) -> None:
        """Note that the session was used."""
        self._touched = self._clock.elapsed()

    def begin(self, workers: SessionWorkers) -> None:
        """Watch a new session."""
        self.touch()
        self._looking = asyncio.create_task(self._look(workers), name="watch the session")

    def stop(self) -> None:
        """Stop watching."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self, workers: SessionWorkers) -> None:
        while True:
            await self._clock.pause(self._until_next())
            await self._on_check()
            if self._idle() and not workers.client.busy:
                self._releasing = asyncio.create_task(self._on_idle(), name="on_idle")
                return

    def _until_next(self) -> float:
        if not self._idle_release:
            return CHECK_EVERY_S
        return max(MIN_WAIT_S, min(CHECK_EVERY_S, self._idle_release - self._unused()))

    def _idle(self) -> bool:
        return bool(self._idle_release) and self._unused() >= self._idle_release

    def _unused(self) -> float:
        return self._clock.elapsed() - self._touched
