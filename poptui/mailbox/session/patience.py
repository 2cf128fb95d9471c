"""Try again where a server lets nobody in for the moment, without adding to the crowd."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Awaitable, Callable
from typing import TypeVar

from poptui.errors import MailboxLockedError, PermanentServerError, PoptuiError, UsageError

FIRST_WAIT_S = 2.0
"""Before the second try, where the server names no delay; doubled before each further one."""

BOUND_S = 90.0
"""All waits together take no longer than this."""

_T = TypeVar("_T")


async def patiently(
    attempt: Callable[[], Awaitable[_T]],
    waiting: Callable[[float, PoptuiError], None] = lambda seconds, error: None,
    *,
    waited: float = 0.0,
) -> _T:
    """Call ``attempt`` until it succeeds: one try per delay that the server names.

    ``waiting`` hears how long the next wait is, and why. A refused password counts as passing:
    some servers refuse the right one to a client that comes too often. Raises the last
    PoptuiError once the waits, with the seconds ``waited`` before, would exceed ``BOUND_S``.
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
            if waited + pause > BOUND_S:
                raise
            waiting(pause, error)
        await sleep(pause)
        waited += pause
        wait *= 2
