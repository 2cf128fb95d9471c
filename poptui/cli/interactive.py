"""``poptui TARGET``: the mailbox in the terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace

from poptui.cli import options
from poptui.cli.command import TARGETS, CliCommand
from poptui.cli.session import mailbox_of, settings_and_scorer
from poptui.cli.streams import say
from poptui.errors import UsageError, quoted
from poptui.mailbox.mailbox import Mailbox
from poptui.printable import printable_line
from poptui.storage.config import UnknownAccountError
from poptui.storage.setting_kinds import nearest
from poptui.storage.settings import Settings


async def open_mailbox(given: Namespace) -> int:
    """Open TARGET in the terminal. Raises PoptuiError."""
    try:
        settings, scorer = settings_and_scorer(given)
    except UnknownAccountError:
        _suggest_command(given.target)
        raise
    if not has_screen(stdin_is_taken=given.password_stdin):
        raise UsageError(
            "There is no terminal to open the mailbox on. poptui list and poptui show work"
            " without one."
        )
    mailbox = await mailbox_of(settings, stdin=given.password_stdin, background=True, scorer=scorer)
    if given.password_stdin:
        _take_terminal()
    return await on_screen(mailbox, settings)


def _suggest_command(word: str) -> None:
    """Raise UsageError if ``word`` is a misspelt command rather than an account."""
    from poptui.cli.arguments import COMMANDS

    if suggestion := nearest(word, COMMANDS):
        raise UsageError(f"There is no command or account {quoted(word)}{suggestion}.") from None


def has_screen(*, stdin_is_taken: bool = False) -> bool:
    """Whether there is a terminal to draw on and read keys from."""
    if os.environ.get("TERM", "dumb") in ("dumb", ""):
        return False
    return sys.stdout.isatty() and (stdin_is_taken or sys.stdin.isatty())


def _take_terminal() -> None:
    """Read keys from the terminal, once the password was read from stdin. Raises UsageError."""
    if sys.stdin.isatty():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise UsageError("There is no terminal to read keys from.") from None
    os.dup2(terminal, 0)
    os.close(terminal)


async def on_screen(mailbox: Mailbox, settings: Settings) -> int:
    """Run the interface; the connection starts before the interface is loaded."""
    connecting = asyncio.ensure_future(mailbox.connect())
    from poptui.tui.run import run_app

    try:
        code, farewell = await run_app(mailbox, connecting=connecting, settings=settings)
    finally:
        await mailbox.close()
    if farewell:
        say(f"poptui: {printable_line(farewell)}")
    return code


def _options(parser: ArgumentParser) -> None:
    options.target(parser, optional=True)
    options.connection(parser)


COMMAND = CliCommand(
    "poptui",
    "Open a mailbox in the terminal.",
    _options,
    open_mailbox,
    f"example: poptui pops://me@mail.example.com\n\n{TARGETS}",
)
