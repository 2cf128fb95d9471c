"""The window: as large as the line needs, and always within its limits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.net.window import MAX_ADDED_DELAY_S, Window

READ = st.tuples(st.floats(0, 60), st.integers(0, 1 << 20), st.integers(0, 5000), st.booleans())


@given(st.lists(READ), st.integers(1, 10), st.integers(0, 5000))
def test_the_limits_always_hold(
    reads: list[tuple[float, int, int, bool]], least: int, more: int
) -> None:
    window, now = Window(), 0.0
    assert window.limit == 1
    window.set_limits(least, least + more)
    for elapsed, octets, replies, idle in reads:
        now += elapsed
        if idle:
            window.note_idle(now)
            window.note_sent(now)
        else:
            window.note_full()
            window.note_received(now, octets, replies)
        assert least <= window.limit <= least + more


@given(st.lists(READ))
def test_without_pipelining_one_command_at_a_time(
    reads: list[tuple[float, int, int, bool]],
) -> None:
    window, now = Window(), 0.0
    for elapsed, octets, replies, idle in reads:
        now += elapsed
        window.note_sent(now) if idle else window.note_received(now, octets, replies)
        assert window.limit == 1


def limited_window() -> Window:
    """Return a window with the limits that servers with PIPELINING get."""
    window = Window()
    window.set_limits(4, 4096, 4)
    return window


def carry(window: Window, *, rate: float, round_trip: float, seconds: float) -> None:
    """Simulate a line of ``rate`` replies per second on which the window is always full."""
    now, credit = 0.0, 0.0
    window.note_sent(now)
    now += round_trip
    while now < seconds:
        credit += min(rate, window.limit / round_trip) * 0.01
        now += 0.01
        window.note_full()
        window.note_received(now, int(credit) * 1300, int(credit))
        credit -= int(credit)


@pytest.mark.parametrize("rate", [100.0, 1000.0, 5000.0])
@pytest.mark.parametrize("round_trip", [0.02, 0.05, 0.2])
def test_it_finds_the_rate_of_the_line(rate: float, round_trip: float) -> None:
    """Large enough to keep the line busy, small enough for the allowed delay."""
    window = limited_window()
    carry(window, rate=rate, round_trip=round_trip, seconds=30)
    assert window.limit >= 0.9 * rate * round_trip
    assert window.limit <= 1.3 * rate * (round_trip + MAX_ADDED_DELAY_S) + 4


def test_the_bytes_in_flight_are_bounded() -> None:
    """At 1 MB/s and 100 ms, at most two round trips' worth of bytes is in flight."""
    window = limited_window()
    carry(window, rate=1_000_000 / 1300, round_trip=0.1, seconds=30)
    assert 0.1 * 1_000_000 <= window.limit * 1300 <= 1.1 * 0.2 * 1_000_000


def test_it_shrinks_with_the_rate() -> None:
    window = limited_window()
    carry(window, rate=5000, round_trip=0.05, seconds=10)
    wide = window.limit
    carry(window, rate=50, round_trip=0.05, seconds=30)
    assert window.limit < wide / 10


class SimulatedLine:
    """A server behind a slow connection that sends ``count`` headers, as the window allows."""

    TICK = 0.001

    def __init__(
        self, count: int, round_trip: float, rate: Callable[[float], float], octets: int = 1300
    ) -> None:
        """``rate``: replies per second at a given time; ``octets``: the size of each."""
        self.window, self.now, self._octets = Window(), 0.0, octets
        self.window.set_limits(4, 4096, 64)
        self._left, self._half, self._rate = count, round_trip / 2, rate
        self._free = 0.0
        self._due: deque[float] = deque()

    def run(self) -> float:
        """Return the seconds until all headers have arrived."""
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
        self.window.note_received(self.now, replies * self._octets, replies)
        if not self._due:
            self.window.note_idle(self.now)
        self._send()

    def _send(self) -> None:
        count = min(self._left, self.window.limit - len(self._due))
        if count > 0 and not self._due:
            self.window.note_sent(self.now)
        for _ in range(count):
            start = max(self._free, self.now + self._half)
            self._free = start + 1 / self._rate(start)
            self._due.append(self._free + self._half)
        self._left -= max(0, count)
        if self._left:
            self.window.note_full()


@pytest.mark.parametrize("round_trip", [0.02, 0.1, 0.2])
@pytest.mark.parametrize("rate", [100.0, 1000.0, 10_000.0])
def test_the_line_is_busy_soon(rate: float, round_trip: float) -> None:
    line = SimulatedLine(int(5 * rate), round_trip, lambda now: rate)
    assert line.run() < 5 + 10 * round_trip


@pytest.mark.parametrize("round_trip", [0.02, 0.1, 0.2])
@pytest.mark.parametrize("rate", [20_000.0, 1e9])
def test_it_notices_that_a_slow_connection_became_fast(rate: float, round_trip: float) -> None:
    """With a small window, the replies of a batch come together and the line is then idle."""
    line = SimulatedLine(20_150, round_trip, lambda now: 30 if now < 5 else rate)
    assert line.run() < 6 + 10 * round_trip
    assert line.window.limit > 1000


@pytest.mark.parametrize("octets", [250, 1300, 20_000])
@pytest.mark.parametrize("round_trip", [0.05, 0.2])
def test_the_smallest_window_grows_with_headers_of_any_size(octets: int, round_trip: float) -> None:
    line = SimulatedLine(5000, round_trip, lambda now: 5000.0, octets)
    line.window.set_limits(4, 4096, 4)
    assert line.run() < 1 + 20 * round_trip
