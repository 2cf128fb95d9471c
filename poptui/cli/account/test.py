"""``poptui account test``: log in, and count the messages."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from functools import partial

from poptui.accounts.trial import try_login
from poptui.cli.command import CliCommand, add_common
from poptui.cli.session import credentials_of, with_hint
from poptui.errors import ExitCode
from poptui.printable import printable_line
from poptui.storage.config import load_config


async def try_account(options: Namespace) -> int:
    """Log in to one account, and print one line. Raises PoptuiError."""
    settings = load_config().for_target(options.name)
    credentials, hint = await credentials_of(settings, stdin=options.password_stdin)
    trial = partial(try_login, settings.server, credentials, settings.connection)
    result = await with_hint(hint, trial)
    print(f"{printable_line(options.name)}: OK, {result.description}.")
    sys.stdout.flush()
    return ExitCode.DONE


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an account, or a URL")
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    add_common(parser)


COMMAND = CliCommand(
    "poptui account test",
    "Connect, log in, and count the messages. Nothing is downloaded or deleted.",
    _add_arguments,
    try_account,
    "Exit codes: 0 it works, 2 usage, 3 cannot connect, 4 login refused,\n"
    "5 protocol or server error, 6 mailbox locked.",
)
