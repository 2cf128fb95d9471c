"""Find the password for a server.

The sources, in order: the first line of standard input if the user said so, ``POPTUI_PASSWORD``,
the first line that the account's ``password_command`` prints, the system's keyring, a prompt on the
terminal.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from poptui.environment import PASSWORD
from poptui.errors import LoginError
from poptui.net.server import Server
from poptui.secret import Secret
from poptui.threads import run_detached

SERVICE = "poptui"
"""The service name of our passwords in the keyring."""

KEYRING_TIMEOUT_S = 10.0
"""The keyring's daemon may hang or wait for a dialog that is not visible."""

MAX_PASSWORD_BYTES = 4096
"""How much is read from standard input; no server accepts a longer line."""


async def password_for(server: Server, *, stdin: bool, command: str = "") -> Secret:
    """Return the password for ``server``; ``command`` is the account's ``password_command``.

    Raises LoginError if no source has one.
    """
    if stdin:
        return await _from_stdin()
    if given := PASSWORD.get():
        return Secret(given)
    if command:
        return await _from_command(server, command)
    kept = await _from_keyring(server)
    return await _from_terminal(server) if kept is None else kept


async def _from_stdin() -> Secret:
    line = await run_detached(lambda: sys.stdin.buffer.readline(MAX_PASSWORD_BYTES))
    return _first_line(line, "on standard input")


def _first_line(line: bytes, where: str) -> Secret:
    try:
        return _checked(line.decode("utf-8").removesuffix("\n").removesuffix("\r"))
    except UnicodeDecodeError:
        raise LoginError(f"The password {where} is not UTF-8 text.") from None


async def _from_command(server: Server, command: str) -> Secret:
    """Run the user's command, which may ask on the terminal; kill it if we stop waiting."""
    process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise LoginError(
            f"The password_command for {server.title} ended with {process.returncode}, "
            "so poptui did not log in."
        )
    return _first_line(output.partition(b"\n")[0], "that password_command printed")


async def _from_keyring(server: Server) -> Secret | None:
    """Ask the keyring; a missing, locked or failing keyring counts as empty."""
    try:
        async with asyncio.timeout(KEYRING_TIMEOUT_S):
            return await run_detached(lambda: _keyring_entry(server.account))
    except Exception:
        # Backends come from plugins and desktop services: any exception means "not from here".
        return None


def _keyring_entry(name: str) -> Secret | None:
    logging.getLogger("keyring").addHandler(logging.NullHandler())
    import keyring

    password = keyring.get_password(SERVICE, name)
    return Secret(password) if password else None


async def _from_terminal(server: Server) -> Secret:
    from getpass import getpass

    with _terminal():
        try:
            return _checked(await run_detached(lambda: getpass(f"Password for {server.title}: ")))
        except (EOFError, UnicodeDecodeError):
            return _checked("")


@contextmanager
def _terminal() -> Iterator[None]:
    """Restore the settings of the controlling terminal, however the prompt ends."""
    try:
        tty = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        raise LoginError(
            "There is no password and no terminal to ask on: give it with --password-stdin, "
            "in POPTUI_PASSWORD, by a password_command or in the keyring."
        ) from None
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
        raise LoginError("No password was given, so poptui did not log in.")
    return Secret(password)
