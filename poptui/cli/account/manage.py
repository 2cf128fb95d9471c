"""``poptui account test``, ``edit``, ``password`` and ``remove``: manage one account."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from functools import partial

from poptui.accounts.trial import try_login
from poptui.cli.command import CliCommand, add_common
from poptui.cli.config import edit_config
from poptui.cli.prompts import confirm, require_terminal
from poptui.cli.session import credentials_of, say_to_user, server_profile, with_hint
from poptui.cli.streams import note, say
from poptui.environment import config_path
from poptui.errors import ExitCode, LoginError, UsageError, quoted_input
from poptui.mailbox.wording import messages
from poptui.net.server import Server
from poptui.printable import printable_line
from poptui.secret import Secret
from poptui.storage.client_key import with_key_unlocked
from poptui.storage.config import load_config
from poptui.storage.config_file import remove_account
from poptui.storage.journal import open_journal
from poptui.storage.keyring_store import (
    KeyringError,
    KeyringProblem,
    clear_keyring,
    refresh_token_key,
    write_keyring,
)
from poptui.storage.overviews import open_overviews
from poptui.storage.secrets import ask_password, password_from_stdin, terminal
from poptui.storage.setting_kinds import nearest
from poptui.storage.toml_reader import account_lines, read_text, shown


async def try_account(options: Namespace) -> int:
    """Log in to one account, and print one line. Raises PoptuiError."""
    settings = load_config().for_target(options.name)
    settings = await with_key_unlocked(settings, say=say_to_user)
    credentials, hint = await credentials_of(settings, stdin=options.password_stdin)
    profile = server_profile(settings.cache)  # a wrong password costs fewer refusals then
    trial = partial(try_login, settings.server, credentials, settings.connection, profile)
    result = await with_hint(hint, trial)
    print(f"{printable_line(options.name)}: OK, {result.description}.")
    sys.stdout.flush()
    return ExitCode.DONE


def _add_test_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an account, or a URL")
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    add_common(parser)


TEST = CliCommand(
    "poptui account test",
    "Connect, log in, and count the messages. Nothing is downloaded or deleted.",
    _add_test_arguments,
    try_account,
    "Exit codes: 0 it works, 2 usage, 3 cannot connect, 4 login refused,\n"
    "5 protocol or server error, 6 mailbox locked.",
)


async def edit_file(options: Namespace) -> int:
    """Open the file, at the account's table if the editor can. Raises PoptuiError."""
    path, line = config_path(), 0
    if options.name is not None:
        # A file with mistakes can be edited too: so look for the table without checking the rest.
        lines = account_lines(read_text(path))
        if options.name not in lines:
            raise UsageError(
                f"There is no account {quoted_input(options.name)} in {shown(path)}"
                f"{nearest(options.name, lines)}."
            )
        line = lines[options.name]
    return await edit_config(path, line)


def _add_edit_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="go to this account")
    add_common(parser)


EDIT = CliCommand(
    "poptui account edit",
    "Open the configuration file in $VISUAL or $EDITOR. Mistakes are shown when you\n"
    "leave the editor, and you can go back to fix them.",
    _add_edit_arguments,
    edit_file,
)


WITHOUT_KEYRING = (
    "Set a password_command for this account instead, or give the password with --password-stdin"
    " or at the prompt."
)


async def keep_password(options: Namespace) -> int:
    """Ask for a password and keep it, or remove the one that is kept. Raises PoptuiError."""
    server = load_config().for_target(options.target).server
    try:
        if options.remove:
            removed = await clear_keyring(server.account)
            note(
                f"Removed the password for {server.title} from the keyring."
                if removed
                else f"There is no password for {server.title} in the keyring."
            )
            return ExitCode.DONE if removed else ExitCode.FAILURE
        given = await password_from_stdin() if options.password_stdin else await _ask_twice(server)
        await write_keyring(server.account, given)
    except KeyringError as error:
        raise error.with_advice(WITHOUT_KEYRING) from None
    note(f"The keyring has the password for {server.title} now.")
    return ExitCode.DONE


async def _ask_twice(server: Server) -> Secret:
    """Ask for the password twice, because it isn't shown. Raises LoginError."""
    with terminal("There is no terminal to ask on: give the password with --password-stdin."):
        given = await ask_password(f"Password for {server.title}: ")
        if await ask_password("The same again: ") != given:
            raise LoginError("The two passwords differ, so nothing was changed.")
    return given


def _add_password_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("target", metavar="NAME", help="an account, or a URL")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--remove", action="store_true", help="remove the password")
    choice.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    add_common(parser)


PASSWORD = CliCommand(
    "poptui account password",
    "Keep the account's password in the system's keyring (service poptui, user\n"
    "user@host:port), and replace the one that is there. The server is not contacted.",
    _add_password_arguments,
    keep_password,
)


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
            return ExitCode.FAILURE
    remove_account(path, options.name)
    note(f"Removed {quoted_input(options.name)} from {shown(path)}.")
    others = (config.for_target(name).server for name in config.accounts if name != options.name)
    if all(other.account != server.account for other in others):
        await _clear_keyring(server)
        open_overviews(cache=True).forget(server.account)
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


def _add_remove_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an account")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_common(parser)


REMOVE = CliCommand(
    "poptui account remove",
    "Remove an account from the configuration file, and its password from the\n"
    "keyring. The mail stays on the server.",
    _add_remove_arguments,
    remove,
)
