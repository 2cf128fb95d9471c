"""A clock that keeps counting while the machine is suspended."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

MAX_HARMLESS_SLEEP_S = 5.0
"""A connection survives a suspend of this length; no check is needed after it."""

CHECK_EVERY_S = 10.0
"""Look at the clock again this often: timers stop while the machine is suspended."""

_WITH_SLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Unlike ``time.monotonic`` it counts while the machine is suspended; it can't be set either."""


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
        """The local time in so many seconds, for display only: the user may set the clock."""
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
