"""Release an idle session, and notice when the machine was suspended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from poptui.mailbox.session.workers import SessionWorkers

MAX_HARMLESS_SLEEP_S = 5.0
"""A connection survives a suspend of this length; no check is needed after it."""

CHECK_EVERY_S = 10.0
"""Interval of checks of the clock: timers stop while the machine is suspended."""

MIN_WAIT_S = 0.01
"""Wait at least this long between two checks."""

_WITH_SLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Unlike ``time.monotonic``, it counts while the machine is suspended, and it can't be set."""


class Clock:
    """The time since an arbitrary moment. Tests replace it."""

    def __init__(self) -> None:
        self._slept = self._sleep()

    def elapsed(self) -> float:
        """Seconds since an arbitrary moment, including suspended time."""
        return time.clock_gettime(_WITH_SLEEP)

    def awake(self) -> float:
        """Seconds since an arbitrary moment, without suspended time."""
        return time.monotonic()

    def after(self, seconds: float) -> datetime:
        """The local time ``seconds`` from now, for display only: the user may set the clock."""
        return datetime.now().astimezone() + timedelta(seconds=seconds)

    async def pause(self, seconds: float) -> None:
        """Wait; end as soon as the machine resumes if the time has passed meanwhile."""
        until = self.elapsed() + seconds
        while (left := until - self.elapsed()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, CHECK_EVERY_S))

    def woke(self) -> bool:
        """Whether the machine was suspended noticeably since the last call."""
        slept, self._slept = self._slept, self._sleep()
        return self._slept - slept > MAX_HARMLESS_SLEEP_S

    def _sleep(self) -> float:
        return self.elapsed() - self.awake()


class IdleWatch:
    """Checks now and then while a session lasts; sends nothing."""

    def __init__(
        self,
        clock: Clock,
        idle_release: float,
        on_idle: Callable[[], Coroutine[Any, Any, None]],
        on_check: Callable[[], Awaitable[None]],
    ) -> None:
        """``on_idle`` is called once the session is unused for ``idle_release`` seconds (0: never).

        ``on_check`` is called at every check, to see whether the machine was suspended.
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
        self._looking = asyncio.create_task(self._check_session(workers), name="watch the session")

    def stop(self) -> None:
        """Stop watching."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _check_session(self, workers: SessionWorkers) -> None:
        while True:
            await self._clock.pause(self._until_next())
            await self._on_check()
            if self._idle() and not workers.client.connection.busy:
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
