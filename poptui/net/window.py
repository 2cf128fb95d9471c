"""Limit the commands in flight: enough to keep the line busy, and not many more.

Replies come in order, so an interactive command waits for all replies in flight. The window is
therefore the number of replies that the line delivers in a round trip plus ``MAX_ADDED_DELAY_S``.
The window itself limits the rate that can be measured, so at first it would grow slowly. It is
therefore doubled for as long as the measured rate keeps rising, and falls back once it doesn't.
The rate is measured in bytes: one reply may be a short header, the next one a listing of a
megabyte.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_ADDED_DELAY_S = 0.1
"""Maximum time an interactive command may wait for other replies, beyond a round trip."""

MIN_SAMPLE_S = 0.02
"""The shortest time over which the rate is measured."""

MIN_ELAPSED_S = 0.001
"""Assumed duration of the first listings if they arrived too fast to measure."""

INITIAL_REPLY_BYTES = 3000
"""Assumed size of a reply to TOP until this server's own replies are known."""

MIN_REPLY_BYTES = 200
"""The smallest size of a header."""

MIN_SAMPLE_COUNT = 8
"""With this many replies in a sample, they are headers, and their average size is meaningful."""

INITIAL_COMMAND_COUNT = 64
"""The window before anything is known of the line: the headers of the first screen."""

RISING_FACTOR = 1.25
"""If the rate grew by this factor, the line may be able to carry even more."""

MAX_ROUND_TRIP_S = 10.0
"""A longer round trip than this, or one that isn't measured yet, counts as this much."""


class WindowLimits(NamedTuple):
    """The fewest and the most commands in flight, and how many at first."""

    least: int
    most: int
    first: int = INITIAL_COMMAND_COUNT


class Window:
    """Adapts the window to the line: ``limit`` commands may be in flight.

    Times are seconds of any clock.
    """

    def __init__(self) -> None:
        self.limit = 1
        self._least = self._most = 1
        self.round_trip_s = float("inf")
        """The shortest wait for a reply so far."""
        self._rate = 0.0
        """Bytes per second."""
        self._reply_bytes = float(INITIAL_REPLY_BYTES)
        """The average size of a reply."""
        self._sent_at: float | None = None
        """The time a batch was sent on an idle line, until its first reply arrives."""
        self._sample_began = 0.0
        self._replies = self._bytes = 0
        self._was_full = self._is_rising = False

    def set_limits(self, least: int, most: int, first: int = INITIAL_COMMAND_COUNT) -> None:
        """Allow between ``least`` and ``most``; ``first`` until the rate is measured."""
        self._least, self._most, self._rate = least, most, 0.0
        self.limit = max(least, min(first, most))

    def note_sent(self, now: float) -> None:
        """Record that a batch was sent on an idle line."""
        self._sent_at = self._sample_began = now
        self._replies = self._bytes = 0

    def note_full(self) -> None:
        """Record that more commands are waiting than the window allows."""
        self._was_full = True

    def note_received(self, now: float, received_bytes: int, replies: int) -> None:
        """Record the bytes and replies of one read from the network."""
        if self._sent_at is not None:
            self.round_trip_s = min(self.round_trip_s, now - self._sent_at)
            self._sent_at, self._sample_began = None, now
        self._bytes += received_bytes
        self._replies += replies
        if now - self._sample_began >= max(self.round_trip_s / 2, MIN_SAMPLE_S):
            self._measure(now - self._sample_began)
            self._sample_began, self._replies, self._bytes = now, 0, 0

    def note_idle(self, now: float) -> None:
        """Record that no command is in flight.

        The first time, estimate the rate from the listings. Later the line becomes idle between
        two batches only if the window was too small.
        """
        elapsed = now - self._sample_began
        if self._rate == 0.0 and self._bytes > INITIAL_REPLY_BYTES:
            self._measure(max(elapsed, MIN_ELAPSED_S))
        elif self._was_full and self._bytes > self._rate * max(elapsed, MIN_SAMPLE_S):
            self._measure(max(elapsed, MIN_SAMPLE_S))

    def _measure(self, elapsed: float) -> None:
        rate = self._bytes / elapsed
        self._is_rising = 0 < RISING_FACTOR * self._rate < rate
        if rate > self._rate:
            self._rate = rate
        elif self._was_full:
            self._rate = (self._rate + rate) / 2
        if self._replies:
            self._measure_replies(self._bytes / self._replies)
        self._was_full = False
        self._adjust()

    def _measure_replies(self, average_bytes: float) -> None:
        """Update the reply size. A few large replies may be listings, so they don't count."""
        if self._replies >= MIN_SAMPLE_COUNT or average_bytes < self._reply_bytes:
            self._reply_bytes = max(average_bytes, self._reply_bytes / 2, MIN_REPLY_BYTES)

    def _adjust(self) -> None:
        delay_s = min(self.round_trip_s, MAX_ROUND_TRIP_S) + MAX_ADDED_DELAY_S
        wanted_bytes = self._rate * delay_s * (1 + self._is_rising)
        self.limit = max(self._least, min(int(wanted_bytes / self._reply_bytes), self._most))
