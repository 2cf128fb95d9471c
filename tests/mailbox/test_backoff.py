"""Waits between attempts: they grow, respect the server, and start over after a stable session."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from poptui.errors import ConnectError, MailboxLockedError
from poptui.mailbox.session.backoff import (
    JITTER_SHARE,
    REFUSED_WAITS_S,
    STABLE_AFTER_S,
    WAITS_S,
    Backoff,
)

LOST = ConnectError("No connection.")


def test_waits_grow_up_to_the_last_one() -> None:
    backoff = Backoff(rng=lambda: 0.0)
    waits = [backoff.after(LOST) or 0.0 for _ in range(9)]
    assert waits[: len(WAITS_S)] == list(WAITS_S)
    assert set(waits[len(WAITS_S) :]) == {WAITS_S[-1]}
    assert all(later >= earlier for earlier, later in pairwise(waits))


@given(st.floats(0, 1), st.floats(0, 4000))
def test_no_attempt_is_earlier_than_the_server_asks(jitter: float, wait: float) -> None:
    waited = Backoff(lambda: jitter).after(MailboxLockedError("Locked.", wait))
    least = max(REFUSED_WAITS_S[0], wait)
    assert waited is not None
    assert least <= waited <= least * (1 + JITTER_SHARE)


def test_attempts_end_if_the_server_keeps_refusing() -> None:
    backoff = Backoff(rng=lambda: 0.0)
    locked = MailboxLockedError("Locked.", 30.0)
    waits = [backoff.after(locked) for _ in REFUSED_WAITS_S]
    assert waits == [max(wait, 30.0) for wait in REFUSED_WAITS_S]
    assert backoff.after(locked) is None
    backoff.ended(1.0)
    assert backoff.after(locked) == 30.0


def test_after_a_stable_session_the_waits_start_over() -> None:
    backoff = Backoff(rng=lambda: 0.0)
    backoff.after(LOST)
    backoff.ended(STABLE_AFTER_S - 1)
    assert backoff.after(LOST) == WAITS_S[1]
    backoff.ended(STABLE_AFTER_S)
    assert backoff.after(LOST) == WAITS_S[0]
