"""``poptui account remove``: remove an account from the configuration file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from poptui.cli.command import CliCommand, add_common
from poptui.cli.prompts import confirm, require_terminal
from poptui.cli.streams import note, say
from poptui.environment import config_path
from poptui.errors import ExitCode, UsageError, quoted_input
from poptui.mailbox.wording import messages
from poptui.net.server import Server
from poptui.storage.config import load_config
from poptui.storage.config_file import remove_account
from poptui.storage.journal import open_journal
from poptui.storage.keyring_store import (
    KeyringError,
    KeyringProblem,
    clear_keyring,
    refresh_token_key,
)
from poptui.storage.setting_kinds import nearest
from poptui.storage.toml_reader import shown


async def remove(options: Namespace) -> int:
    """Remove an account, after a question. Raises PoptuiError."""
    config, path = load_config(), config_path()
    if options.name not in config.accounts:
        raise UsageError(
            f"There is no account {quoted_input(options.name)} in {shown(path)}"
            f"{nearest(options.name, config.accounts)}."
        )
    server = config.for_target(options.name).server
    if not options.yes:
        require_terminal("--yes")
        question = f"Remove the account {quoted_input(options.name)} ({server.title})?"
        if not await confirm(f"{question} Its mail stays on the server."):
            note("Nothing was removed.")
            return ExitCode.NO
    remove_account(path, options.name)
    note(f"Removed {quoted_input(options.name)} from {shown(path)}.")
    others = (config.for_target(name).server for name in config.accounts if name != options.name)
    if all(other.account != server.account for other in others):
        await _clear_keyring(server)
    if kept := len(open_journal(server.account).read_back()):
        note(f"The marks of {messages(kept)} in it are kept, in case you add it again.")
    return ExitCode.DONE


async def _clear_keyring(server: Server) -> None:
    """Remove the password and the OAuth authorization that the keyring has; say what happened."""
    try:
        entries = (server.account, refresh_token_key(server.account))
        if any([await clear_keyring(entry) for entry in entries]):
            note(f"Removed what the keyring had for {server.title}.")
    except KeyringError as error:
        if error.problem is not KeyringProblem.ABSENT:
            say(f"poptui: {error} It may still have the password of {server.title}.")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an account")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_common(parser)


COMMAND = CliCommand(
    "poptui account remove",
    "Remove an account from the configuration file, and its password from the\n"
    "keyring. The mail stays on the server.",
    _add_arguments,
    remove,
)
