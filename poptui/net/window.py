"""How many commands may be outstanding: enough to keep the line full, and not many more.

Replies come in order, so whatever is outstanding is the delay of the next command that a person
waits for. The window is what the line delivers in a round trip and ``DELAY`` more; while that
makes the line deliver more, the window grows with it.
"""

from __future__ import annotations

DELAY = 0.1
"""Seconds, beyond a round trip, that an interactive command may have to wait for others."""

SAMPLE = 0.02
"""Seconds over which a rate is measured, at least."""

HEADER = 1500
"""Octets of a usual reply to TOP: what the speed of the first listings is told in."""

SCREENFUL = 64
"""Commands that go out before anything is known: the headers of the first screen."""

INSTANT = 0.001
"""Seconds that what came at once is taken to have needed."""


class Window:
    """``limit`` commands, between ``least`` and ``most``; times are seconds of any clock."""

    def __init__(self, least: int = 1, most: int = 1) -> None:
        self.limit = least
        self._least, self._most = least, most
        self.round_trip = float("inf")
        """The shortest wait for an answer so far, in seconds."""
        self._rate = 0.0
        self._begun: float | None = None
        self._since = 0.0
        self._replies = self._octets = 0
        self._full = False

    def widen(self, least: int, most: int, first: int = SCREENFUL) -> None:
        """Allow so many from now on, and ``first`` until it is seen what the line delivers."""
        self._least, self._most, self._rate = least, most, 0.0
        self.limit = max(least, min(first, most))

    def begin(self, now: float) -> None:
        """A flight leaves on a line that was idle."""
        self._begun = self._since = now
        self._replies = self._octets = 0

    def filled(self) -> None:
        """More commands wait than the window lets through."""
        self._full = True

    def received(self, now: float, octets: int, replies: int) -> None:
        """What one read brought."""
        if self._begun is not None:
            self.round_trip = min(self.round_trip, now - self._begun)
            self._begun, self._since, self._octets = None, now, 0
        self._octets += octets
        self._replies += replies
        elapsed = now - self._since
        if elapsed >= max(self.round_trip / 2, SAMPLE):
            self._learn(self._replies / elapsed)
            self._since, self._replies, self._octets = now, 0, 0

    def rest(self, now: float) -> None:
        """Nothing is outstanding: the first listings tell how fast the line is."""
        if self._rate == 0.0 and self._octets > HEADER:
            self._learn(self._octets / max(now - self._since, INSTANT) / HEADER)

    def _learn(self, rate: float) -> None:
        if rate > self._rate:
            self._rate = rate
        elif self._full:
            self._rate = (self._rate + rate) / 2
        self._full = False
        self._adjust()

    def _adjust(self) -> None:
        room = int(self._rate * (min(self.round_trip, 10.0) + DELAY))
        self.limit = max(self._least, min(room, self._most))
