"""Try again while a server refuses logins for the moment, without overloading it."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Awaitable, Callable
from typing import TypeVar

from poptui.errors import MailboxLockedError, PermanentServerError, PoptuiError, UsageError

FIRST_WAIT_S = 2.0
"""Before the second attempt if the server names no delay; doubled before each further one."""

MAX_WAIT_S = 90.0
"""All waits together are at most this long."""

_T = TypeVar("_T")


async def patiently(
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
