"""Find the password for a server.

The sources, in order: the first line of standard input if --password-stdin is given,
``POPTUI_PASSWORD``, the first line that the account's ``password_command`` prints, the system's
keyring, a prompt on the terminal.
"""

from __future__ import annotations

import os
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import NamedTuple

from poptui.environment import PASSWORD
from poptui.errors import LoginError
from poptui.net.server import Server
from poptui.secret import Secret
from poptui.threads import run_detached

MAX_PASSWORD_BYTES = 4096
"""No more is read from standard input; no server accepts a longer line."""

ESCAPE = "\x1b"


class PasswordSource(Enum):
    """The source of a password, as the end of a sentence."""

    STDIN = "standard input"
    ENVIRONMENT = PASSWORD.name
    COMMAND = "the password_command"
    KEYRING = "the keyring"
    PROMPT = "the prompt"


class PasswordNeededError(LoginError):
    """Only the user knows the password, and the caller doesn't want to ask now."""

    def __init__(self, problem: str = "") -> None:
        """``problem``: why the keyring was of no help, if there is more to say than that."""
        super().__init__(problem or "poptui asks for the password when you open it.")
        self.problem = problem


class PassphraseNeededError(LoginError):
    """Only the user knows the passphrase of the client's key, and must not be asked now."""


class FoundPassword(NamedTuple):
    """A password and where it came from."""

    secret: Secret
    source: PasswordSource


async def find_password(
    server: Server,
    *,
    stdin: bool,
    command: str = "",
    say: Callable[[str], None] = lambda text: None,
    may_ask: bool = True,
    may_prompt: bool = True,
    one_mailbox: bool = True,
    accepted: Secret | None = None,
) -> FoundPassword:
    """Return the password for ``server``; ``command`` is the account's ``password_command``.

    Not ``one_mailbox``: ``POPTUI_PASSWORD`` is ignored, or other accounts' servers would get it.
    ``accepted``: what the user typed earlier and the server accepted; it replaces the prompt.

    ``say`` is called before the prompt if the keyring could not be asked. Raises LoginError if no
    source has a password; PasswordNeededError if one would have to be asked for, but not
    ``may_prompt``. Not ``may_ask``: no command may ask for anything either.
    """
    found, problem = await find_kept_password(
        server, stdin=stdin, command=command, one_mailbox=one_mailbox, may_ask=may_ask
    )
    if found is not None:
        return found
    if accepted is not None:
        return FoundPassword(accepted, PasswordSource.PROMPT)
    if not (may_ask and may_prompt):
        raise PasswordNeededError(problem)
    prompt = f"Password for {server.title}: "
    return FoundPassword(await ask_password(prompt, problem, say), PasswordSource.PROMPT)


async def find_kept_password(
    server: Server,
    *,
    stdin: bool,
    command: str = "",
    may_ask: bool = True,
    one_mailbox: bool = True,
) -> tuple[FoundPassword | None, str]:
    """Like ``find_password``, without the prompt; also return why the keyring has none.

    Not ``may_ask``: a command doesn't get the terminal.
    """
    if stdin:
        return FoundPassword(await password_from_stdin(), PasswordSource.STDIN), ""
    if one_mailbox and (given := PASSWORD.get()):
        return FoundPassword(Secret(given), PasswordSource.ENVIRONMENT), ""
    if command:
        from poptui.storage.user_command import first_line_of

        line = await first_line_of(command, "password_command", server.title, may_ask=may_ask)
        password = _first_line(line, "that password_command printed")
        return FoundPassword(password, PasswordSource.COMMAND), ""
    from poptui.storage.keyring_store import KeyringError, read_keyring

    try:
        kept = await read_keyring(server.account)
    except KeyringError as error:
        return None, str(error)
    return (FoundPassword(kept, PasswordSource.KEYRING) if kept is not None else None), ""


async def password_from_stdin() -> Secret:
    """Return the first line of standard input. Raises LoginError."""
    line = await run_detached(lambda: sys.stdin.buffer.readline(MAX_PASSWORD_BYTES))
    return _first_line(line, "on standard input")


def _first_line(line: bytes, where: str) -> Secret:
    try:
        return _checked(line.decode("utf-8").removesuffix("\n").removesuffix("\r"))
    except UnicodeDecodeError:
        raise LoginError(f"The password {where} is not UTF-8 text.") from None


async def ask_password(
    prompt: str, problem: str = "", say: Callable[[str], None] = lambda text: None
) -> Secret:
    """Ask for a password on the terminal, without showing it. Raises LoginError without one.

    ``problem``: why the keyring had none; ``say`` prints it before the prompt.
    """
    from getpass import getpass

    missing = (
        f"{problem.removesuffix('.')}, and there is no terminal to ask on"
        if problem
        else "There is no password and no terminal to ask on"
    )
    also = "" if problem else " or in the keyring"
    with terminal(
        f"{missing}: give the password with --password-stdin, in POPTUI_PASSWORD, by a"
        f" password_command{also}."
    ):
        if problem:
            say(f"{problem} Type the password, or set a password_command for this account.")
        try:
            typed = await run_detached(lambda: getpass(prompt))
            # No password has an Esc in it, so the user wants to cancel.
            return _checked("" if ESCAPE in typed else typed)
        except (EOFError, UnicodeDecodeError):
            return _checked("")


@contextmanager
def terminal(missing: str) -> Iterator[None]:
    """Restore the settings of the controlling terminal, however the prompt ends.

    Raises LoginError if there is none, with the sentence ``missing``.
    """
    try:
        tty = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        raise LoginError(missing) from None
    settings = termios.tcgetattr(tty)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.write(tty, b"\n")
        raise
    finally:
        with suppress(termios.error):
            termios.tcsetattr(tty, termios.TCSADRAIN, settings)
        os.close(tty)


def _checked(password: str) -> Secret:
    if not password:
        raise LoginError("No password was given.")
    return Secret(password)
