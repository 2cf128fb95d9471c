"""How many commands may be outstanding: enough to keep the line full, and not many more.

Replies come in order, so whatever is outstanding is the delay of the next command that a person
waits for. The window is what the line delivers in a round trip and ``DELAY`` more, and twice that
for as long as the line delivers ever more. The line's speed is told in octets, for one reply may
be a header and the next a listing of a megabyte.
"""

from __future__ import annotations

DELAY = 0.1
"""Seconds, beyond a round trip, that an interactive command may have to wait for others."""

SAMPLE = 0.02
"""Seconds over which a rate is measured, at least."""

HEADER = 3000
"""Octets of a usual reply to TOP, until the server's own are known."""

SMALL = 200
"""Octets that a header has at least."""

SEVERAL = 8
"""Replies in one sample that are headers, and tell how long these are."""

SCREENFUL = 64
"""Commands that go out before anything is known: the headers of the first screen."""

RISE = 1.25
"""A rate so many times the one before may not be all yet that the line carries."""

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
        """Octets a second."""
        self._each = float(HEADER)
        """Octets of a reply."""
        self._begun: float | None = None
        self._since = 0.0
        self._replies = self._octets = 0
        self._full = self._rises = False

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
            self._begun, self._since = None, now
        self._octets += octets
        self._replies += replies
        if now - self._since >= max(self.round_trip / 2, SAMPLE):
            self._learn(now - self._since)
            self._since, self._replies, self._octets = now, 0, 0

    def rest(self, now: float) -> None:
        """Nothing is outstanding: the first listings tell how fast the line is.

        Later it rests amid the work only where the window is too small for it.
        """
        elapsed = now - self._since
        if self._rate == 0.0 and self._octets > HEADER:
            self._learn(max(elapsed, INSTANT))
        elif self._full and self._octets > self._rate * max(elapsed, SAMPLE):
            self._learn(max(elapsed, SAMPLE))

    def _learn(self, elapsed: float) -> None:
        rate = self._octets / elapsed
        self._rises = 0 < RISE * self._rate < rate
        if rate > self._rate:
            self._rate = rate
        elif self._full:
            self._rate = (self._rate + rate) / 2
        if self._replies:
            self._weigh(self._octets / self._replies)
        self._full = False
        self._adjust()

    def _weigh(self, each: float) -> None:
        """Few replies may be listings and tell nothing, unless they are small."""
        if self._replies >= SEVERAL or each < self._each:
            self._each = max(each, self._each / 2, SMALL)

    def _adjust(self) -> None:
        octets = self._rate * (min(self.round_trip, 10.0) + DELAY) * (1 + self._rises)
        self.limit = max(self._least, min(int(octets / self._each), self._most))
