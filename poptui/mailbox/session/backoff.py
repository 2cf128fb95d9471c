"""Decide how long to wait before logging in again, and when to stop trying.

``Backoff`` is for sessions of the screen, which reconnect by themselves. ``retry_while_refused`` is
for the one login that a commit needs to verify its outcome.
"""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Awaitable, Callable
from typing import TypeVar

from poptui.errors import (
    MailboxLockedError,
    PermanentServerError,
    PipeliningError,
    PoptuiError,
    UsageError,
)

_T = TypeVar("_T")

WAITS_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Wait this long before each reconnection; the last wait applies to all further ones."""

REFUSED_WAITS_S = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 300.0, 600.0, 600.0, 900.0)
"""Wait this long before each attempt if the server refuses logins for now. After the last one
poptui stops, because the server has refused for most of an hour."""

BURSTS = 3
"""This many sessions in a row may be lost because commands were sent together. Each following
session sends fewer together, so there is no wait before it."""

JITTER_SHARE = 0.1
"""A wait may be longer by this share, so that not all clients connect at once when the server is
back."""

STABLE_AFTER_S = 20.0
"""After a session that lasted this long the waits start from the shortest again."""

FIRST_WAIT_S = 2.0
"""``retry_while_refused`` waits this long before the second attempt, and twice as long each further
time, unless the server names a delay."""

MAX_WAIT_S = 90.0
"""All waits of one ``retry_while_refused`` together are at most this long."""


def _random() -> float:
    from random import random

    return random()


class Backoff:
    """Waits that grow with each failure until a session lasts."""

    def __init__(self, rng: Callable[[], float] | None = None) -> None:
        """``rng`` returns a random number from 0 to 1."""
        self._rng = rng or _random
        self._failures = 0
        self._refusals = 0
        self._bursts = 0

    def after(self, error: PoptuiError) -> float | None:
        """Return the seconds to wait after ``error``, at least as many as the server asked for.

        None if further attempts are useless; 0 if the next session will work differently.
        """
        if isinstance(error, PipeliningError) and self._bursts < BURSTS:
            self._bursts += 1
            return 0.0
        wait = WAITS_S[min(self._failures, len(WAITS_S) - 1)]
        self._failures += 1
        if isinstance(error, MailboxLockedError):
            if self._refusals >= len(REFUSED_WAITS_S):
                return None
            wait = max(error.wait_s, REFUSED_WAITS_S[self._refusals])
            self._refusals += 1
        return wait * (1 + JITTER_SHARE * self._rng())

    def ended(self, seconds: float) -> None:
        """Note that a session of this many seconds has ended."""
        self._refusals = 0
        if seconds >= STABLE_AFTER_S:
            self._failures = self._bursts = 0


async def retry_while_refused(
    attempt: Callable[[], Awaitable[_T]],
    waiting: Callable[[float, PoptuiError], None] = lambda seconds, error: None,
    *,
    waited: float = 0.0,
) -> _T:
    """Call ``attempt`` until it succeeds: one try per delay that the server names.

    ``waiting`` is called with the length of each wait and its reason. A refused password is tried
    again: some servers refuse the right one to a client that connects too often. Raises the last
    PoptuiError once the waits, with the seconds ``waited`` before, would exceed ``MAX_WAIT_S``.
    """
    wait = FIRST_WAIT_S
    while True:
        try:
            return await attempt()
        except (UsageError, PermanentServerError):
            raise
        except PoptuiError as error:
            named = (
                error.wait_s
                if isinstance(error, MailboxLockedError) and error.wait_is_stated
                else 0.0
            )
            pause = named or wait
            if waited + pause > MAX_WAIT_S:
                raise
            waiting(pause, error)
        await sleep(pause)
        waited += pause
        wait *= 2
