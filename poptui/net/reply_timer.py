"""How long to wait for a server that owes an answer, and when to show it a sign of life."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PROGRESS = 1024
"""Octets within the time-out that count as getting on, where no reply is completed."""

SOON = 0.01
"""Seconds that a timer is set ahead at least."""

GRACE_TIMEOUTS = 20
"""Time-outs by which all downloads of a session together may lag behind the minimum rate."""


class DownloadPace:
    """Tells when a server sends so slowly, for so long, that waiting for it would never end.

    A reply that trickles is a sign of life each time, so the time-out alone lets it go on for
    weeks. What was missing from the minimum rate adds up over the session; what comes faster makes
    up for it. So a slow line that keeps the rate may take as long as it needs.
    """

    def __init__(self, rate: int, grace_s: float, now: float) -> None:
        """``rate``: bytes a second, 0 for any."""
        self._rate, self._grace_s, self._seen = rate, grace_s, now
        self._behind_s = 0.0

    def idle_until(self, now: float) -> None:
        """Nothing was to be downloaded until now."""
        self._seen = now

    def too_slow(self, octets: int, now: float) -> bool:
        """Whether the server lags too far behind, now that so many bytes of a download came."""
        waited, self._seen = now - self._seen, now
        if not self._rate:
            return False
        self._behind_s = max(0.0, self._behind_s + waited - octets / self._rate)
        return self._behind_s > self._grace_s


class ReplyTimer:
    """Calls ``overdue`` when an answer is owed for ``timeout`` seconds and nothing gets on with it.

    With ``keep_alive`` it calls ``quiet`` after so many seconds in which we said nothing.
    """

    def __init__(
        self,
        timeout: float,
        owing: Callable[[], bool],
        overdue: Callable[[], None],
        quiet: Callable[[], None],
    ) -> None:
        self._timeout, self._owing, self._overdue, self._quiet = timeout, owing, overdue, quiet
        self._loop = asyncio.get_running_loop()
        self._octets = 0
        self._keepalive = 0.0
        self._spoke = self._loop.time()
        self._since = self._spoke
        self._stopped = False
        self._timer = self._loop.call_at(self._deadline, self._look)

    def keep_alive(self, seconds: float) -> None:
        """Have ``quiet`` called after so many silent seconds; 0 for never."""
        self._keepalive = seconds
        self._look_again()

    def hurry(self, timeout: float) -> None:
        """What is sent now has so many seconds."""
        if timeout != self._timeout:
            self._timeout = timeout
            self._look_again()

    def received(self, octets: int) -> None:
        """Something came: a sign of life only once it is enough."""
        self._octets += octets
        if self._octets >= PROGRESS:
            self.answered()

    def answered(self) -> None:
        """A reply is complete."""
        self._octets = 0
        self._since = self._loop.time()

    def spoke(self, *, first: bool) -> None:
        """We sent something; ``first`` where nothing was owed before it."""
        self._spoke = self._loop.time()
        if first:
            self.answered()
            self._look_again()

    def stop(self) -> None:
        """Call nobody any more."""
        self._stopped = True
        self._timer.cancel()

    @property
    def _deadline(self) -> float:
        return self._since + self._timeout

    def _look(self) -> None:
        now = self._loop.time()
        if self._owing() and now >= self._deadline:
            self._overdue()
            return
        if self._keepalive and not self._owing() and now - self._spoke >= self._keepalive:
            self._quiet()
        self._look_again()

    def _look_again(self) -> None:
        self._timer.cancel()
        if self._stopped or not (self._owing() or self._keepalive):
            return
        now = self._loop.time()
        due = self._deadline if self._owing() else self._spoke + self._keepalive
        if self._keepalive:
            due = min(due, now + self._keepalive)  # nobody tells when nothing is owed any more
        self._timer = self._loop.call_at(max(due, now + SOON), self._look)
