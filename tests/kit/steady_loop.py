"""An event loop whose clock pauses while other programs use the processor.

A test that runs beside a dozen others gets the processor late and for short times. With this clock
a timeout expires only if nothing happens, as on an idle machine.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from selectors import SelectorKey

from poptui.threads import EventLoop

LONGEST_STEP_S = 0.02
"""Maximum time counted for one step of a wait, and so what a pause of the machine can add."""


IDLE_S = 0.02
"""A loop is idle if its next timer is at least this far away."""
LISTENING_S = 0.002
"""How long an idle loop listens for events from sockets and threads."""


class _CountedWaits(selectors.DefaultSelector):
    """Waits in short steps; none counts for longer than intended."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_s = 0.0
        self.until_idle: list[asyncio.Future[None]] = []

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if self.until_idle and (timeout is None or timeout > IDLE_S):
            if not (found := self._step(LISTENING_S)):
                for future in self.until_idle:
                    if not future.done():
                        future.set_result(None)
                self.until_idle.clear()
            return found
        while True:
            step = LONGEST_STEP_S if timeout is None else min(timeout, LONGEST_STEP_S)
            found = self._step(step)
            if timeout is not None:
                timeout -= step
            if found or (timeout is not None and timeout <= 0):
                return found

    def _step(self, seconds: float) -> list[tuple[SelectorKey, int]]:
        started = time.monotonic()
        found = super().select(seconds)
        if seconds > 0:
            self.waited_s += min(seconds, time.monotonic() - started)
        return found


class SteadyLoop(EventLoop):
    """The program's own event loop; its time is the time it waited plus its processor time."""

    def __init__(self) -> None:
        self._waits = _CountedWaits()
        super().__init__(self._waits)

    def time(self) -> float:
        """The loop's time in seconds."""
        return time.thread_time() + self._waits.waited_s

    async def idle(self) -> None:
        """Wait until there is nothing to do before the next event or a distant timer."""
        future = self.create_future()
        self._waits.until_idle.append(future)
        await future
