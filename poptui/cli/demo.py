"""``poptui demo``: the mailbox of a built-in server, in the terminal."""

from __future__ import annotations

from argparse import Namespace

from poptui.cli import options
from poptui.cli.command import CliCommand
from poptui.cli.interactive import has_screen, on_screen
from poptui.cli.session import mailbox_at
from poptui.cli.streams import say
from poptui.mailbox.mailbox import Mailbox
from poptui.mailbox.scoring.scorer import Scorer
from poptui.secret import Secret
from poptui.storage.config import load_config


async def open_demo(_: Namespace) -> int:
    """Open the built-in server; without a terminal, print its list. Raises PoptuiError."""
    from poptui.demo.messages import sample_messages
    from poptui.demo.server import DemoServer
    from poptui.mailbox.scoring.from_config import check_triage

    config = load_config(further=check_triage)
    async with DemoServer(sample_messages()) as demo:
        settings = config.for_target(f"pop://demo@127.0.0.1:{demo.port}")
        screen = has_screen()
        mailbox = mailbox_at(settings, Secret("demo"), background=screen, scorer=Scorer())
        if screen:
            return await on_screen(mailbox, settings)
        await mailbox.connect()
        return await _print_list(mailbox)


async def _print_list(mailbox: Mailbox) -> int:
    from poptui.cli.listing import print_listing

    say("There is no terminal to open the demo on: here is its list.")
    return await print_listing(mailbox)


COMMAND = CliCommand(
    "poptui demo",
    "Open a built-in server with some sixty sample messages.",
    options.debug,
    open_demo,
    "The messages are in memory only: what you delete is back at the next start.",
)
