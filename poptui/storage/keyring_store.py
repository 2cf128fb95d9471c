"""Passwords and refresh tokens in the system's keyring (Secret Service, Keychain, ...).

Back ends are plugins and desktop services: they may be absent, locked, refuse, hang or fail in any
way. Each failure becomes a KeyringError with a sentence. The caller adds advice, which depends on
what it wanted to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from poptui.errors import ExitCode, PoptuiError, quoted
from poptui.secret import Secret
from poptui.threads import run_detached

logger = logging.getLogger(__name__)

SERVICE = "poptui"
"""The service name of all our entries."""

KEYRING_TIMEOUT_S = 10.0
"""The keyring's daemon may hang or wait for a dialog that is not visible."""

UNLOCK_TIMEOUT_S = 60.0
"""Longer timeout for saving what the user just typed: a dialog may ask to unlock the keyring."""

T = TypeVar("T")


class KeyringProblem(Enum):
    """The reason the keyring can't be used, as the beginning of a sentence."""

    ABSENT = "This machine has no keyring"
    LOCKED = "The keyring is locked and was not unlocked"
    SILENT = "The keyring did not answer"
    REFUSED = "The keyring refused"


class KeyringError(PoptuiError):
    """The keyring cannot be used now."""

    exit_code = ExitCode.LOGIN
    is_temporary = False

    def __init__(self, problem: KeyringProblem, details: str = "", advice: str = "") -> None:
        """``details`` end the sentence; ``advice`` is a further one."""
        super().__init__(f"{problem.value}{details}." + (f" {advice}" if advice else ""))
        self.problem, self._details = problem, details

    def with_advice(self, advice: str) -> KeyringError:
        """Return the same error with a sentence on what to do instead."""
        return KeyringError(self.problem, self._details, advice)


def refresh_token_key(account: str) -> str:
    """Return the user name under which the refresh token of ``Server.account`` is kept."""
    return f"oauth {account}"


async def has_keyring() -> bool:
    """Whether this machine has a keyring, which may be locked; this doesn't ask to unlock it."""

    def look() -> bool:
        import keyring
        from keyring.backends import fail, null

        return not isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring)

    try:
        return await _in_time(look, KEYRING_TIMEOUT_S)
    except KeyringError:
        return False


async def read_keyring(user: str) -> Secret | None:
    """Return the entry of ``user``; None if there is none. Raises KeyringError."""

    def read() -> Secret | None:
        import keyring

        found = keyring.get_password(SERVICE, user)
        return Secret(found) if found else None

    return await _in_time(read, KEYRING_TIMEOUT_S)


async def write_keyring(user: str, secret: Secret) -> None:
    """Store ``secret`` for ``user``, and check that it was stored. Raises KeyringError."""

    def write() -> bool:
        import keyring

        keyring.set_password(SERVICE, user, secret.reveal())
        return keyring.get_password(SERVICE, user) == secret.reveal()

    if not await _in_time(write, UNLOCK_TIMEOUT_S):
        # keyring's null back end accepts everything and stores nothing.
        raise KeyringError(KeyringProblem.ABSENT, " that stores anything")


async def check_keyring() -> None:
    """Raise KeyringError unless the keyring stores a test entry, which is removed again."""
    from secrets import token_hex

    await write_keyring("trial", Secret(token_hex(), once=True))
    await clear_keyring("trial")


async def clear_keyring(user: str) -> bool:
    """Remove the entry of ``user``; return whether there was one. Raises KeyringError."""

    def clear() -> bool:
        import keyring

        if keyring.get_password(SERVICE, user) is None:
            return False
        keyring.delete_password(SERVICE, user)
        return True

    return await _in_time(clear, UNLOCK_TIMEOUT_S)


async def _in_time(work: Callable[[], T], limit_s: float) -> T:
    # Without this both write failures to standard error.
    for name in ("keyring", "secretstorage"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        async with asyncio.timeout(limit_s):
            return await run_detached(work)
    except TimeoutError:
        raise KeyringError(KeyringProblem.SILENT, f" within {limit_s:g} seconds") from None
    except Exception as error:
        logger.info("the keyring failed: %s: %s", type(error).__name__, error)
        raise _explained(error) from None


def _explained(error: Exception) -> KeyringError:
    # By name: the exceptions of keyring cannot be imported if that is what failed.
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"NoKeyringError", "ImportError"}:
        return KeyringError(KeyringProblem.ABSENT)
    if "KeyringLocked" in names:
        return KeyringError(KeyringProblem.LOCKED)
    text = str(error)
    if "AccessDenied" in text:  # the rest is about D-Bus
        return KeyringError(KeyringProblem.REFUSED, " access")
    return KeyringError(KeyringProblem.REFUSED, f" ({quoted(text)})" if text.strip() else "")
