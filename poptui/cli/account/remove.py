"""``poptui account remove``: remove an account from the configuration file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from poptui.cli.command import CliCommand, add_common
from poptui.cli.prompts import confirm, require_terminal
from poptui.cli.streams import note
from poptui.environment import config_path
from poptui.errors import ExitCode, UsageError, quoted
from poptui.mailbox.wording import messages
from poptui.storage.config import load_config
from poptui.storage.config_file import remove_account
from poptui.storage.journal import open_journal
from poptui.storage.setting_kinds import nearest
from poptui.storage.toml_reader import shown


async def remove(options: Namespace) -> int:
    """Remove an account, after a question. Raises PoptuiError."""
    config, path = load_config(), config_path()
    if options.name not in config.accounts:
        raise UsageError(
            f"There is no account {quoted(options.name)} in {shown(path)}"
            f"{nearest(options.name, config.accounts)}."
        )
    server = config.for_target(options.name).server
    if not options.yes:
        require_terminal("--yes")
        question = f"Remove the account {quoted(options.name)} ({server.title})?"
        if not await confirm(f"{question} Its mail stays on the server."):
            note("Nothing was removed.")
            return ExitCode.NO
    remove_account(path, options.name)
    note(f"Removed {quoted(options.name)} from {shown(path)}.")
    if kept := len(open_journal(server.account).read_back()):
        note(f"The marks of {messages(kept)} in it are kept, in case you add it again.")
    return ExitCode.DONE


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an account")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_common(parser)


COMMAND = CliCommand(
    "poptui account remove",
    "Remove an account from the configuration file. The mail stays on the server.",
    _add_arguments,
    remove,
)
