"""How long to wait before a server is tried again."""

from __future__ import annotations

from collections.abc import Callable
from random import random

from poptui.errors import MailboxLockedError, PipeliningError, PoptuiError

WAITS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before each try; the last one holds for all that follow."""

JITTER = 0.1
"""The part of a wait by which it may be longer, lest a server that comes back is met by all of its
clients at once."""

HELD = 20.0
"""Seconds after which a session has shown that it holds: its loss is a first one again."""


class Backoff:
    """Waits that grow from failure to failure, until a session holds."""

    def __init__(self, chance: Callable[[], float] = random) -> None:
        """``chance`` gives a number from 0 to 1."""
        self._chance = chance
        self._failures = 0

    def after(self, fault: PoptuiError) -> float:
        """Seconds to wait after ``fault``, never fewer than the server asked for.

        None where the next session will be of another kind.
        """
        if isinstance(fault, PipeliningError) and not self._failures:
            return 0.0
        wait = WAITS[min(self._failures, len(WAITS) - 1)]
        self._failures += 1
        least = fault.wait if isinstance(fault, MailboxLockedError) else 0.0
        return max(wait, least) * (1 + JITTER * self._chance())

    def ended(self, seconds: float) -> None:
        """A session that had lasted so long has ended."""
        if seconds >= HELD:
            self._failures = 0
