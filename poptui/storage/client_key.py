"""The passphrase of a client key: from ``client_key_command``, or asked for on the terminal.

It is found before the first connection, while the terminal is free for questions.
"""

from __future__ import annotations

from collections.abc import Callable

from poptui.errors import AccountRefusedError, LoginError, UsageError
from poptui.net.tls import LockedKeyError, check_client_key
from poptui.printable import printable_line
from poptui.secret import Secret
from poptui.storage.secrets import PassphraseNeededError, terminal
from poptui.storage.settings import Settings
from poptui.threads import run_detached

MAX_ATTEMPTS = 3

_accepted: dict[str, Secret] = {}
"""By key file: the passphrases that opened it while this process runs."""


async def with_key_unlocked(
    settings: Settings, *, say: Callable[[str], None], may_ask: bool = True
) -> Settings:
    """Return settings whose client key can be used; the same if it needs no passphrase.

    ``say`` is told that a typed passphrase is wrong. Raises LoginError if there is no passphrase,
    or the one that the command prints is wrong; PassphraseNeededError if the user would have to be
    asked, but not ``may_ask``.
    """
    file = settings.client_key or settings.client_cert
    if not file:
        return settings
    locked = await _key_problem(settings)
    if locked is None:
        return settings
    if file in _accepted:
        settings = settings.replaced(key_passphrase=_accepted[file])
        if await _key_problem(settings) is None:
            return settings
        del _accepted[file]
    for _ in range(1 if settings.client_key_command else MAX_ATTEMPTS):
        passphrase = await _passphrase(settings, str(locked), may_ask=may_ask)
        settings = settings.replaced(key_passphrase=passphrase)
        wrong = await _key_problem(settings)
        if wrong is None:
            _accepted[file] = passphrase
            return settings
        if not settings.client_key_command:
            say(str(wrong))
    came_from = " It came from the client_key_command." if settings.client_key_command else ""
    raise AccountRefusedError(f"{wrong}{came_from}")


async def _key_problem(settings: Settings) -> LockedKeyError | None:
    """Return the problem with the passphrase; the connection reports other ones."""
    try:
        await run_detached(lambda: check_client_key(settings.server))
    except LockedKeyError as error:
        return error
    except UsageError:
        return None
    return None


async def _passphrase(settings: Settings, missing: str, *, may_ask: bool) -> Secret:
    """Get the passphrase from the command or the user. Raises LoginError."""
    title, command = settings.server.title, settings.client_key_command
    if command:
        try:
            from poptui.storage.user_command import first_line_of

            line = await first_line_of(command, "client_key_command", title, may_ask=may_ask)
            return Secret(line.decode("utf-8"))
        except LoginError as error:
            raise AccountRefusedError(str(error)) from None  # another password would not help
        except UnicodeDecodeError:
            raise AccountRefusedError(
                f"The client_key_command for {title} printed something that is not UTF-8 text."
            ) from None
    if not may_ask:
        raise PassphraseNeededError("poptui asks for the key's passphrase when you open it.")
    from getpass import getpass

    file = printable_line(settings.client_key or settings.client_cert)
    try:
        with terminal(missing):
            typed = await run_detached(lambda: getpass(f"Passphrase for {file}: "))
    except (EOFError, UnicodeDecodeError):
        typed = ""
    except LoginError as error:
        raise AccountRefusedError(str(error)) from None
    if not typed:
        raise AccountRefusedError(f"No passphrase was given. {missing}")
    return Secret(typed)
