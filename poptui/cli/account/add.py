"""``poptui account add``: find the server of an address, try the login, and save the account."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from poptui.accounts.setup import AccountSetup
from poptui.accounts.setup_dialog import SetupOptions, SetupResult, StoppedError
from poptui.cli import prompts
from poptui.cli.arguments import COMMANDS
from poptui.cli.command import CliCommand, add_common, add_encryption, add_trust, proxy_url
from poptui.cli.prompts import confirm, inform, require_terminal
from poptui.cli.streams import note
from poptui.errors import ExitCode
from poptui.printable import printable_line, shell_word
from poptui.storage.config import load_config

T = TypeVar("T")


async def add(options: Namespace) -> int:
    """Set up an account, with questions if there is a terminal. Raises PoptuiError."""
    if not options.yes:
        require_terminal("the answers as options, with --yes", "ask anything")
    given = SetupOptions(
        address=options.address,
        server=options.server or "",
        user=options.user or "",
        name=options.name or "",
        auth=options.auth or "",
        pin=options.pin or "",
        ca_file=options.ca_file or "",
        proxy=options.proxy or "",
        starttls=options.starttls,
        allow_plaintext=options.allow_plaintext,
        password_stdin=options.password_stdin,
        password_command=options.password_command,
        token_command=options.token_command,
        oauth_client_id=options.oauth_client_id,
        store=options.store or "",
        reserved=frozenset(COMMANDS),
        test=not options.no_test,
        asks=not options.yes,
    )
    try:
        saved = await AccountSetup(given, load_config(), TerminalDialog()).run()
    except StoppedError:
        inform("Stopped. Nothing was saved.")
        return ExitCode.FAILURE
    if saved.needs_authorization:
        return await _authorize(saved.name, asks=given.asks)
    return await _offer_to_open(saved, asks=given.asks)


class TerminalDialog:
    """Asks line by line on the terminal."""

    def inform(self, text: str) -> None:
        """Print a sentence, even with --quiet."""
        inform(text)

    def progress(self, text: str) -> None:
        """Print a line, unless --quiet."""
        note(printable_line(text))

    async def ask(self, question: str, default: str = "") -> str:
        """Ask for a text. Raises StoppedError."""
        answer = await prompts.ask(f"{question}{f' [{default}]' if default else ''}:")
        if answer is None:
            raise StoppedError
        return answer or default

    async def ask_hidden(self, question: str) -> str:
        """Ask for a text that is not shown. Raises StoppedError."""
        answer = await prompts.ask_hidden(f"{question}:")
        if answer is None:
            raise StoppedError
        return answer

    async def ask_yes(self, question: str) -> bool:
        """Ask for y or n."""
        return await confirm(question)

    async def choose(self, question: str, options: Sequence[str]) -> int:
        """Let the user type a number. Raises StoppedError."""
        chosen = await prompts.choose(question, options)
        if chosen is None:
            raise StoppedError
        return chosen

    async def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work`` until it is done or Esc is pressed. Raises StoppedError."""
        try:
            return await prompts.until_escape(work)
        except prompts.EscapePressedError:
            raise StoppedError from None


async def _authorize(name: str, *, asks: bool) -> int:
    """Run ``account authorize``, or tell the user to run it next."""
    from poptui.cli.account.authorize import authorize_account

    if not asks or not await confirm("Sign in with the browser now?", default=True):
        inform(f"Next: poptui account authorize {shell_word(name)}")
        return ExitCode.DONE
    return await authorize_account(name)


async def _offer_to_open(saved: SetupResult, *, asks: bool) -> int:
    from poptui.cli.interactive import has_screen, open_account

    if not asks or not has_screen():
        inform(f"Open it with: poptui {shell_word(saved.name)}")
        return ExitCode.DONE
    if not await confirm("Open the mailbox now?", default=True):
        inform(f"Open it later with: poptui {shell_word(saved.name)}")
        return ExitCode.DONE
    return await open_account(saved.name, saved.credentials)


NOTES = """\
Without options it asks for your address, finds the server, tries the login, and
asks where to keep the password. Esc or Ctrl-C stops it; nothing is saved before
the end. Nothing is downloaded or deleted.

examples:
  poptui account add me@example.com
  poptui account add me@example.com --yes --password-stdin < file
  poptui account add pops://me@mail.example.com:1995 --name work
"""


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "address", metavar="ADDRESS", nargs="?", help="your mail address, or a URL as TARGET"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing; fail instead")
    server = parser.add_argument_group("server")
    server.add_argument("--server", metavar="URL", help="the POP3 server: a URL or a host name")
    server.add_argument("--user", metavar="NAME", help="what to log in as, if not the address")
    add_trust(server)
    server.add_argument(
        "--proxy",
        metavar="URL",
        type=proxy_url,
        help="connect through this proxy, and keep it for the account; none for no proxy",
    )
    add_encryption(server)
    login = parser.add_argument_group("login")
    login.add_argument("--auth", metavar="METHOD", help="the login method")
    login.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    login.add_argument(
        "--password-command", metavar="COMMAND", default="", help="a command that prints it"
    )
    login.add_argument(
        "--oauth-client-id",
        metavar="ID",
        default="",
        help="sign in with OAuth; see: poptui help oauth",
    )
    login.add_argument(
        "--token-command", metavar="COMMAND", default="", help="a command that prints a token"
    )
    login.add_argument(
        "--store",
        choices=("keyring", "ask"),
        help="where the password stays: in the keyring, or nowhere",
    )
    login.add_argument("--no-test", action="store_true", help="save it without trying the login")
    parser.add_argument("--name", metavar="NAME", help="the name of the account")
    add_common(parser)
    parser.set_defaults(makes_config=True)


COMMAND = CliCommand("poptui account add", "Set up an account.", _add_arguments, add, NOTES)
