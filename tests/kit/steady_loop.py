"""An event loop whose clock stands still while other programs have the processor.

A test beside a dozen others gets the processor late and for short times. By this clock a time
limit still ends only where nothing happens, as on a machine that has nothing else to do.
"""

from __future__ import annotations

import selectors
import time
from selectors import SelectorKey

from poptui.threads import EventLoop

LONGEST_STEP_S = 0.02
"""How much of a wait is counted at once: what a pause of the machine can take from a limit."""


class _CountedWaits(selectors.DefaultSelector):
    """Waits in short steps, none of which counts longer than it was meant to be."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        while True:
            step = LONGEST_STEP_S if timeout is None else min(timeout, LONGEST_STEP_S)
            begun = time.monotonic()
            found = super().select(step)
            if step > 0:
                self.waited_s += min(step, time.monotonic() - begun)
            if timeout is not None:
                timeout -= step
            if found or (timeout is not None and timeout <= 0):
                return found


class SteadyLoop(EventLoop):
    """The program's own loop; its time is what it waited and the processor time it took."""

    def __init__(self) -> None:
        self._waits = _CountedWaits()
        super().__init__(self._waits)

    def time(self) -> float:
        """The loop's time in seconds."""
        return time.thread_time() + self._waits.waited_s
