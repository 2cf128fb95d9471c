"""The password for a server: asked of everything that may know it, the user last.

In order: the first line of standard input where the user said so, ``POPTUI_PASSWORD``, the first
line that the account's ``password_command`` prints, the system's keyring, a prompt on the terminal.
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
"""The service under which the keyring keeps our passwords."""

KEYRING_PATIENCE = 10.0
"""Seconds the keyring may take: its daemon may be hung, or wait for a dialog nobody sees."""

LINE_LIMIT = 4096
"""Octets of a password on standard input; no server takes a longer line."""


async def password_for(server: Server, *, stdin: bool, command: str = "") -> Secret:
    """The password for ``server``; ``command`` is the account's ``password_command``.

    Raises LoginError if none of the places has one.
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
    line = await run_detached(lambda: sys.stdin.buffer.readline(LINE_LIMIT))
    return _first_line(line, "on standard input")


def _first_line(line: bytes, where: str) -> Secret:
    try:
        return _given(line.decode("utf-8").removesuffix("\n").removesuffix("\r"))
    except UnicodeDecodeError:
        raise LoginError(f"The password {where} is not UTF-8 text.") from None


async def _from_command(server: Server, command: str) -> Secret:
    """What the user's command prints; it may ask on the terminal, and ends when we do."""
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
    """What the keyring has; no keyring, a locked or a failing one has nothing."""
    try:
        async with asyncio.timeout(KEYRING_PATIENCE):
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
            return _given(await run_detached(lambda: getpass(f"Password for {server.title}: ")))
        except (EOFError, UnicodeDecodeError):
            return _given("")


@contextmanager
def _terminal() -> Iterator[None]:
    """The controlling terminal, its settings restored however the prompt ends."""
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


def _given(password: str) -> Secret:
    if not password:
        raise LoginError("No password was given, so poptui did not log in.")
    return Secret(password)
