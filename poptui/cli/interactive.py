"""``poptui TARGET`` and ``poptui demo``: the maildrop in the terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace

from poptui.cli.session import maildrop_at, maildrop_of, server_of
from poptui.faults import UsageFault
from poptui.maildrop.maildrop import Maildrop
from poptui.net.server import parse_target
from poptui.printable import printable_line
from poptui.secret import Secret
from poptui.storage.config import load_config


async def open_maildrop(options: Namespace) -> int:
    """Open the TARGET. Raises Fault."""
    config = load_config()
    server = server_of(options, config)
    if not _has_screen(options.password_stdin):
        raise UsageFault(
            "There is no terminal to open the maildrop on. poptui list and poptui show work"
            " without one."
        )
    maildrop = await maildrop_of(server, config, stdin=options.password_stdin, background=True)
    if options.password_stdin:
        _take_terminal()
    return await _run(maildrop, config.theme)


async def open_demo() -> int:
    """Open the built-in server; without a terminal, print its list. Raises Fault."""
    from poptui.demo.letters import sample_letters
    from poptui.demo.server import DemoServer

    config = load_config()
    async with DemoServer(sample_letters()) as demo:
        server = parse_target(f"pop://demo@127.0.0.1:{demo.port}", timeout=config.timeout)
        has_screen = _has_screen(False)
        maildrop = maildrop_at(server, Secret("demo"), background=has_screen)
        if has_screen:
            return await _run(maildrop, config.theme)
        await maildrop.connect()
        return await _print_list(maildrop)


async def _print_list(maildrop: Maildrop) -> int:
    from poptui.cli.listing import print_listing

    print("There is no terminal to open the demo on: here is its list.", file=sys.stderr)
    return await print_listing(maildrop)


def _has_screen(stdin_is_taken: bool) -> bool:
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


async def _run(maildrop: Maildrop, theme: str) -> int:
    """The screen, over a connection that begins before the interface is loaded."""
    connecting = asyncio.ensure_future(maildrop.connect())
    from poptui.tui.run import run_app

    code, farewell = await run_app(maildrop, connecting=connecting, theme=theme)
    if farewell:
        print(f"poptui: {printable_line(farewell)}", file=sys.stderr)
    return code
