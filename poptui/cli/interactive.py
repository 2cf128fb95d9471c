"""``poptui TARGET``: the maildrop in the terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace

from poptui.cli import options
from poptui.cli.command import TARGETS, Command
from poptui.cli.session import maildrop_of, server_of
from poptui.faults import UsageFault
from poptui.maildrop.maildrop import Maildrop
from poptui.printable import printable_line
from poptui.storage.config import Config, load_config


async def open_maildrop(given: Namespace) -> int:
    """Open the TARGET. Raises Fault."""
    config = load_config()
    server = server_of(given, config)
    if not has_screen(stdin_is_taken=given.password_stdin):
        raise UsageFault(
            "There is no terminal to open the maildrop on. poptui list and poptui show work"
            " without one."
        )
    maildrop = await maildrop_of(server, config, stdin=given.password_stdin, background=True)
    if given.password_stdin:
        _take_terminal()
    return await on_screen(maildrop, config.theme, config)


def has_screen(*, stdin_is_taken: bool = False) -> bool:
    """Whether there is a terminal to draw on and to read keys from."""
    if os.environ.get("TERM", "dumb") in ("dumb", ""):
        return False
    return sys.stdout.isatty() and (stdin_is_taken or sys.stdin.isatty())


def _take_terminal() -> None:
    """The password came over standard input: from now on that is the terminal. Raises Fault."""
    if sys.stdin.isatty():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise UsageFault("There is no terminal to read keys from.") from None
    os.dup2(terminal, 0)
    os.close(terminal)


async def on_screen(maildrop: Maildrop, theme: str, settings: Config | None = None) -> int:
    """The screen, over a connection that begins before the interface is loaded."""
    connecting = asyncio.ensure_future(maildrop.connect())
    from poptui.tui.run import run_app

    try:
        code, farewell = await run_app(
            maildrop, connecting=connecting, theme=theme, settings=settings
        )
    finally:
        await maildrop.close()
    if farewell:
        print(f"poptui: {printable_line(farewell)}", file=sys.stderr)
    return code


def _options(parser: ArgumentParser) -> None:
    options.target(parser, optional=True)
    options.connection(parser)


COMMAND = Command(
    "poptui",
    "Open a maildrop in the terminal.",
    _options,
    open_maildrop,
    f"example: poptui pops://me@mail.example.com\n\n{TARGETS}",
)
