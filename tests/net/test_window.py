"""The window: as wide as the line needs, and never wider than it may be."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.net.window import DELAY, Window

READ = st.tuples(st.floats(0, 60), st.integers(0, 1 << 20), st.integers(0, 5000), st.booleans())


@given(st.lists(READ), st.integers(1, 10), st.integers(0, 5000))
def test_the_bounds_hold_whatever_comes(
    reads: list[tuple[float, int, int, bool]], least: int, more: int
) -> None:
    window, now = Window(), 0.0
    assert window.limit == 1
    window.widen(least, least + more)
    for elapsed, octets, replies, idle in reads:
        now += elapsed
        if idle:
            window.rest(now)
            window.begin(now)
        else:
            window.filled()
            window.received(now, octets, replies)
        assert least <= window.limit <= least + more


@given(st.lists(READ))
def test_without_pipelining_one_at_a_time(reads: list[tuple[float, int, int, bool]]) -> None:
    window, now = Window(), 0.0
    for elapsed, octets, replies, idle in reads:
        now += elapsed
        window.begin(now) if idle else window.received(now, octets, replies)
        assert window.limit == 1


def carry(window: Window, *, rate: float, round_trip: float, seconds: float) -> None:
    """A line of so many replies a second on which the window is always full."""
    now, credit = 0.0, 0.0
    window.begin(now)
    now += round_trip
    while now < seconds:
        credit += min(rate, window.limit / round_trip) * 0.01
        now += 0.01
        window.filled()
        window.received(now, int(credit) * 1300, int(credit))
        credit -= int(credit)


@pytest.mark.parametrize("rate", [100.0, 1000.0, 5000.0])
@pytest.mark.parametrize("round_trip", [0.02, 0.05, 0.2])
def test_it_finds_what_the_line_carries(rate: float, round_trip: float) -> None:
    """Enough to keep the line busy, and at most what is answered in the bearable delay."""
    window = Window(4, 4096)
    carry(window, rate=rate, round_trip=round_trip, seconds=30)
    assert window.limit >= 0.9 * rate * round_trip
    assert window.limit <= 1.3 * rate * (round_trip + DELAY) + 4


def test_what_is_outstanding_is_bounded_in_octets_and_time() -> None:
    """At 1 MB a second and 100 ms the next answer is behind at most two round trips of octets."""
    window = Window(4, 4096)
    carry(window, rate=1_000_000 / 1300, round_trip=0.1, seconds=30)
    assert 0.1 * 1_000_000 <= window.limit * 1300 <= 1.1 * 0.2 * 1_000_000


def test_it_shrinks_with_the_line() -> None:
    window = Window(4, 4096)
    carry(window, rate=5000, round_trip=0.05, seconds=10)
    wide = window.limit
    carry(window, rate=50, round_trip=0.05, seconds=30)
    assert window.limit < wide / 10


class Line:
    """A server behind a line, asked for ``count`` headers as the window lets them through."""

    TICK = 0.001

    def __init__(
        self, count: int, round_trip: float, rate: Callable[[float], float], octets: int = 1300
    ) -> None:
        """``rate``: replies a second at a time, of so many octets each."""
        self.window, self.now, self._octets = Window(), 0.0, octets
        self.window.widen(4, 4096, 64)
        self._left, self._half, self._rate = count, round_trip / 2, rate
        self._free = 0.0
        self._due: deque[float] = deque()

    def run(self) -> float:
        """Seconds until all are here."""
        self._send()
        while self._due:
            self.now = max(self.now + self.TICK, self._due[0])
            self._read()
        return self.now

    def _read(self) -> None:
        replies = 0
        while self._due and self._due[0] <= self.now:
            self._due.popleft()
            replies += 1
        self.window.received(self.now, replies * self._octets, replies)
        if not self._due:
            self.window.rest(self.now)
        self._send()

    def _send(self) -> None:
        count = min(self._left, self.window.limit - len(self._due))
        if count > 0 and not self._due:
            self.window.begin(self.now)
        for _ in range(count):
            start = max(self._free, self.now + self._half)
            self._free = start + 1 / self._rate(start)
            self._due.append(self._free + self._half)
        self._left -= max(0, count)
        if self._left:
            self.window.filled()


@pytest.mark.parametrize("round_trip", [0.02, 0.1, 0.2])
@pytest.mark.parametrize("rate", [100.0, 1000.0, 10_000.0])
def test_the_line_is_soon_full(rate: float, round_trip: float) -> None:
    line = Line(int(5 * rate), round_trip, lambda now: rate)
    assert line.run() < 5 + 10 * round_trip


@pytest.mark.parametrize("round_trip", [0.02, 0.1, 0.2])
@pytest.mark.parametrize("rate", [20_000.0, 1e9])
def test_a_line_that_was_slow_is_found_fast_again(rate: float, round_trip: float) -> None:
    """The narrow window's replies come in one piece, and each flight finds the line idle."""
    line = Line(20_150, round_trip, lambda now: 30 if now < 5 else rate)
    assert line.run() < 6 + 10 * round_trip
    assert line.window.limit > 1000


@pytest.mark.parametrize("octets", [250, 1300, 20_000])
@pytest.mark.parametrize("round_trip", [0.05, 0.2])
def test_headers_of_any_size_get_out_of_the_narrowest_window(
    octets: int, round_trip: float
) -> None:
    line = Line(5000, round_trip, lambda now: 5000.0, octets)
    line.window.widen(4, 4096, 4)
    assert line.run() < 1 + 20 * round_trip
