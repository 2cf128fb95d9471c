"""The window: as wide as the line needs, and never wider than it may be."""

from __future__ import annotations

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
