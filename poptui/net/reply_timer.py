"""Time-outs of a session: overdue replies, downloads that trickle, and when to send NOOP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PROGRESS_BYTES = 1024
"""An unfinished reply doesn't time out if at least this many bytes arrive per time-out."""

MIN_TIMER_S = 0.01
"""The shortest time for which the timer is set."""

GRACE_TIMEOUT_COUNT = 20
"""Downloads may lag behind the minimum rate by this many time-outs, all of a session together."""


class DownloadPace:
    """Detects a server that sends so slowly, for so long, that a download would never end.

    Each piece of a reply that trickles restarts the time-out, so the time-out alone would let it go
    on for weeks. Lag behind the minimum rate therefore adds up over the session, and faster
    downloads reduce it. A slow server that keeps the minimum rate may take as long as it needs.
    """

    def __init__(self, bytes_per_s: int, grace_s: float, now: float) -> None:
        """``bytes_per_s``: the minimum rate, 0 for none; ``grace_s``: the allowed lag."""
        self._bytes_per_s, self._grace_s, self._last_seen = bytes_per_s, grace_s, now
        self._lag_s = 0.0

    def idle_until(self, now: float) -> None:
        """Record that there was nothing to download until ``now``."""
        self._last_seen = now

    def is_too_slow(self, received_bytes: int, now: float) -> bool:
        """Record a part of a download; return whether the server lags too far behind."""
        waited_s, self._last_seen = now - self._last_seen, now
        if not self._bytes_per_s:
            return False
        self._lag_s = max(0.0, self._lag_s + waited_s - received_bytes / self._bytes_per_s)
        return self._lag_s > self._grace_s


class ReplyTimer:
    """Calls ``on_timeout`` if a reply is pending for ``timeout_s`` without progress.

    With ``keep_alive`` it calls ``on_idle`` after a time in which nothing was sent.
    """

    def __init__(
        self,
        timeout_s: float,
        is_pending: Callable[[], bool],
        on_timeout: Callable[[], None],
        on_idle: Callable[[], None],
    ) -> None:
        self._timeout_s, self._is_pending = timeout_s, is_pending
        self._on_timeout, self._on_idle = on_timeout, on_idle
        self._loop = asyncio.get_running_loop()
        self._received_bytes = 0
        self._keepalive_s = 0.0
        self._last_sent = self._loop.time()
        self._last_progress = self._last_sent
        self._stopped = False
        self._timer = self._loop.call_at(self._deadline, self._check)

    def keep_alive(self, interval_s: float) -> None:
        """Call ``on_idle`` after ``interval_s`` without a command; 0 for never."""
        self._keepalive_s = interval_s
        self._schedule()

    def set_timeout(self, timeout_s: float) -> None:
        """Change the time-out of the pending replies."""
        if timeout_s != self._timeout_s:
            self._timeout_s = timeout_s
            self._schedule()

    def note_received(self, received_bytes: int) -> None:
        """Record received bytes; PROGRESS_BYTES of them restart the time-out."""
        self._received_bytes += received_bytes
        if self._received_bytes >= PROGRESS_BYTES:
            self.note_reply()

    def note_reply(self) -> None:
        """Record a complete reply, which restarts the time-out."""
        self._received_bytes = 0
        self._last_progress = self._loop.time()

    def note_sent(self, *, was_idle: bool) -> None:
        """Record that commands were sent; ``was_idle`` if no reply was pending before."""
        self._last_sent = self._loop.time()
        if was_idle:
            self.note_reply()
            self._schedule()

    @property
    def idle_s(self) -> float:
        """Seconds since the last command or reply."""
        return self._loop.time() - max(self._last_sent, self._last_progress)

    def stop(self) -> None:
        """Make no more calls."""
        self._stopped = True
        self._timer.cancel()

    @property
    def _deadline(self) -> float:
        return self._last_progress + self._timeout_s

    def _check(self) -> None:
        now = self._loop.time()
        if self._is_pending() and now >= self._deadline:
            self._on_timeout()
            return
        is_idle = self._keepalive_s and not self._is_pending()
        if is_idle and now - self._last_sent >= self._keepalive_s:
            self._on_idle()
        self._schedule()

    def _schedule(self) -> None:
        self._timer.cancel()
        if self._stopped or not (self._is_pending() or self._keepalive_s):
            return
        now = self._loop.time()
        due = self._deadline if self._is_pending() else self._last_sent + self._keepalive_s
        if self._keepalive_s:
            # The timer isn't told when the last pending reply arrives, so look in between.
            due = min(due, now + self._keepalive_s)
        self._timer = self._loop.call_at(max(due, now + MIN_TIMER_S), self._check)
