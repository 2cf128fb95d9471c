"""Time as a session needs it: with the seconds in which the machine slept, and knowing of them."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

NAP = 5.0
"""Seconds of sleep that a connection surely outlives; nothing needs to be looked at after them."""

STRIDE = 10.0
"""Seconds after which a pause looks at the clock again: timers stand still while we sleep."""

_WITH_SLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Counts while the machine sleeps, which ``time.monotonic`` does not, and cannot be set."""


class Clock:
    """The time; its zero means nothing. Tests have clocks of their own."""

    def __init__(self) -> None:
        self._slept = self._sleep()

    def elapsed(self) -> float:
        """Seconds since some moment, those of the machine's sleep included."""
        return time.clock_gettime(_WITH_SLEEP)

    def awake(self) -> float:
        """Seconds since some moment, those of the machine's sleep left out."""
        return time.monotonic()

    def after(self, seconds: float) -> datetime:
        """The local time in so many seconds, for showing only: it may be set at any moment."""
        return datetime.now().astimezone() + timedelta(seconds=seconds)

    async def pause(self, seconds: float) -> None:
        """Wait so long; over as soon as the machine wakes, where the time has come in its sleep."""
        until = self.elapsed() + seconds
        while (left := until - self.elapsed()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, STRIDE))

    def woke(self) -> bool:
        """Whether the machine slept for more than a nap since this was last asked."""
        slept, self._slept = self._slept, self._sleep()
        return self._slept - slept > NAP

    def _sleep(self) -> float:
        return self.elapsed() - self.awake()
