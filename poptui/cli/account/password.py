"""``poptui account password``: keep a password in the keyring, replace it, or remove it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from poptui.cli.command import CliCommand, add_common
from poptui.cli.streams import note
from poptui.errors import ExitCode, LoginError
from poptui.net.server import Server
from poptui.secret import Secret
from poptui.storage.config import load_config
from poptui.storage.keyring_store import KeyringError, clear_keyring, write_keyring
from poptui.storage.secrets import ask_password, password_from_stdin

ELSE = (
    "Set a password_command for this account instead, or give the password with --password-stdin"
    " or at the prompt."
)


async def password(options: Namespace) -> int:
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
            return ExitCode.DONE if removed else ExitCode.NO
        given = await password_from_stdin() if options.password_stdin else await _asked(server)
        await write_keyring(server.account, given)
    except KeyringError as error:
        raise error.with_advice(ELSE) from None
    note(f"The keyring has the password for {server.title} now.")
    return ExitCode.DONE


async def _asked(server: Server) -> Secret:
    """Ask twice, because it isn't shown. Raises LoginError."""
    given = await ask_password(f"Password for {server.title}: ")
    if await ask_password("The same again: ") != given:
        raise LoginError("The two passwords differ, so nothing was changed.")
    return given


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("target", metavar="NAME", help="an account, or a URL")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--remove", action="store_true", help="remove the password")
    way.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    add_common(parser)


COMMAND = CliCommand(
    "poptui account password",
    "Keep the account's password in the system's keyring (service poptui, user\n"
    "user@host:port), in place of the one that is there. The server is not asked.",
    _add_arguments,
    password,
)
