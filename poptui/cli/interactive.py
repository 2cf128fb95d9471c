"""``poptui TARGET`` and ``poptui demo``: open a mailbox in the terminal.

The only module of the command line that starts the interface.
"""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace

from poptui.cli.arguments import raise_if_misspelt
from poptui.cli.command import (
    TARGETS,
    CliCommand,
    add_common,
    add_connection,
    add_plain,
    add_read_only,
    add_target,
)
from poptui.cli.session import (
    check_settings,
    mailbox_at,
    mailbox_of,
    say_to_user,
    settings_and_scorer,
)
from poptui.cli.streams import say
from poptui.errors import ExitCode, PoptuiError, UsageError, quoted
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.scoring.scorer import Scorer
from poptui.net.credentials import Credentials
from poptui.printable import printable_line
from poptui.secret import Secret
from poptui.storage.client_key import with_key_unlocked
from poptui.storage.config import UnknownAccountError, load_config
from poptui.storage.secrets import PasswordNeededError
from poptui.storage.settings import Settings
from poptui.storage.tour_record import TourRecord
from poptui.tui.results import ExitResult, StartAction, StartChoice

LEFT = (ExitCode.DONE, ExitCode.FAILURE)
"""The exit codes of a mailbox that the user has left."""


async def open_mailbox(options: Namespace) -> int:
    """Open TARGET in the terminal; without TARGET the only account, or a choice of them.

    Raises PoptuiError.
    """
    try:
        if not options.plain and not has_screen(stdin_is_taken=options.password_stdin):
            settings_and_scorer(options)
            raise UsageError(
                "Can't open the mailbox without a terminal. Use poptui list or poptui show instead."
            )
        if options.target is None and not options.plain and len(load_config().accounts) != 1:
            return await _from_start(options)
        return await _finish(await _open_target(options), options)
    except UnknownAccountError:
        raise_if_misspelt(options.target)
        raise


async def _open_target(
    options: Namespace, *, one_mailbox: bool = True, may_prompt: bool = True
) -> ExitResult:
    settings, scorer = settings_and_scorer(options)
    mailbox = await mailbox_of(
        settings,
        stdin=options.password_stdin,
        background=True,
        scorer=scorer,
        one_mailbox=one_mailbox,
        may_prompt=may_prompt,
    )
    if options.plain:
        return await line_by_line(mailbox)
    if options.password_stdin:
        _read_keys_from_terminal()
    return await on_screen(mailbox, settings)


async def _finish(result: ExitResult, options: Namespace) -> int:
    """End the program, or show the accounts if the user wants to switch to another one."""
    if result.to_accounts:
        return await _from_start(
            options,
            last=options.target or "",
            notice=result.sentence,
            next_account=result.next_account,
        )
    if result.sentence:
        say(f"poptui: {printable_line(result.sentence)}")
    return result.code


async def _from_start(
    options: Namespace, last: str = "", notice: str = "", next_account: str = ""
) -> int:
    """Show the accounts and open what is chosen, until the user quits. Raises PoptuiError.

    ``next_account``: the account to open first, without a choice.
    """
    from poptui.cli.start import Refusals, choose_account

    refusals: Refusals = {}
    asks: PasswordNeededError | None = None
    while True:
        if next_account:
            choice = StartChoice(StartAction.OPEN, next_account)
        else:
            choice = await choose_account(last, notice, refusals, asks=asks)
        last, notice, next_account, asks = choice.account, "", "", None
        refusals.pop(choice.account, None)
        if choice.action is StartAction.QUIT:
            return ExitCode.DONE
        if choice.action is StartAction.ACCOUNTS:
            notice = f"Saved {quoted(last)}. When you open it, poptui asks you to sign in."
            continue
        try:
            if choice.action is StartAction.DEMO:
                result = await _open_demo_server(options)
            elif choice.credentials is not None:
                result = await _open_known(
                    _for_account(options, choice.account), choice.credentials
                )
            else:
                result = await _open_target(
                    _for_account(options, choice.account), one_mailbox=False, may_prompt=False
                )
        except PasswordNeededError as error:
            asks = error
            continue
        except PoptuiError as error:
            notice = " ".join(error.sentences)
            continue
        comes_back = result.to_accounts or not result.was_opened or result.code == ExitCode.LOGIN
        has_left_demo = choice.action is StartAction.DEMO and result.code in LEFT
        if not (comes_back or has_left_demo):
            return await _finish(result, options)
        notice, next_account = result.sentence, result.next_account
        if result.code == ExitCode.LOGIN and choice.credentials:
            asks = PasswordNeededError(notice)  # the one that was typed is wrong


def _for_account(options: Namespace, name: str) -> Namespace:
    """Return the options for an account that was chosen on the screen: only its own settings."""
    return Namespace(
        **{
            **vars(options),
            "target": name,
            "password_stdin": False,
            "pin": None,
            "ca_file": None,
            "starttls": False,
            "allow_plaintext": False,
        }
    )


async def open_account(name: str, credentials: Credentials) -> int:
    """Open an account with credentials that are known already. Raises PoptuiError."""
    options = COMMAND.parse([name])
    return await _finish(await _open_known(options, credentials), options)


async def _open_known(options: Namespace, credentials: Credentials) -> ExitResult:
    if credentials == Credentials():
        return await _open_target(options)
    settings, scorer = settings_and_scorer(options)
    settings = await with_key_unlocked(settings, say=say_to_user)
    mailbox = mailbox_at(settings, credentials, background=True, stored=True, scorer=scorer)
    return await on_screen(mailbox, settings)


async def open_demo(options: Namespace) -> int:
    """Open the built-in server; without a terminal, print its list. Raises PoptuiError."""
    return await _finish(await _open_demo_server(options), options)


async def _open_demo_server(options: Namespace) -> ExitResult:
    """Run the demo server and the interface on it. Raises PoptuiError."""
    from secrets import token_hex

    from poptui.demo.messages import sample_messages
    from poptui.demo.server import DemoServer

    config = load_config(further=check_settings)
    # A password such as “demo” would be hidden wherever the server says that word.
    password = token_hex()
    async with DemoServer(sample_messages(), password=password) as demo:
        url = f"pop://demo@127.0.0.1:{demo.port}"
        settings = config.for_target(url, readonly=options.read_only)
        screen = has_screen()
        mailbox = mailbox_at(
            settings,
            Credentials(Secret(password)),
            background=screen or options.plain,
            scorer=Scorer(),
        )
        if options.plain:
            return await line_by_line(mailbox)
        if screen:
            return await on_screen(mailbox, settings, TourRecord())
        from poptui.cli.listing import print_listing

        await mailbox.session.connect()
        say("No terminal to open the demo in; this is its list of messages:")
        return ExitResult(await print_listing(mailbox))


async def line_by_line(mailbox: Mailbox) -> ExitResult:
    """Run ``--plain``: commands and answers, line by line, without a screen."""
    from poptui.cli.plain import PlainSession

    try:
        return ExitResult(await PlainSession(mailbox).run())
    finally:
        mailbox.session.abandon()
        await mailbox.close()


def has_screen(*, stdin_is_taken: bool = False) -> bool:
    """Whether there is a terminal, both to draw on and to read keys from."""
    if os.environ.get("TERM", "dumb") in ("dumb", ""):
        return False
    return sys.stdout.isatty() and (stdin_is_taken or sys.stdin.isatty())


def _read_keys_from_terminal() -> None:
    """Make the terminal standard input, once the password was read from it. Raises UsageError."""
    if sys.stdin.isatty():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise UsageError(
            "Can't open the mailbox: there is no terminal to read keys from."
        ) from None
    os.dup2(terminal, 0)
    os.close(terminal)


async def on_screen(
    mailbox: Mailbox, settings: Settings, tour: TourRecord | None = None
) -> ExitResult:
    """Run the interface; the connection starts before the interface is loaded.

    ``tour``: in the demo, whether the tour was shown before.
    """
    connecting = asyncio.ensure_future(mailbox.session.connect())
    from poptui.tui.apps.run import run_app

    try:
        return await run_app(mailbox, connecting=connecting, settings=settings, tour=tour)
    finally:
        await mailbox.close()
        if settings.name:
            from poptui.cli.start import remember_mailbox

            remember_mailbox(mailbox, settings)


def _add_arguments(parser: ArgumentParser) -> None:
    add_target(parser, optional=True)
    add_plain(parser)
    add_connection(parser)
    add_common(parser, is_batch=False)


def _add_demo_arguments(parser: ArgumentParser) -> None:
    add_plain(parser)
    add_read_only(parser)
    add_common(parser, is_batch=False)


COMMAND = CliCommand(
    "poptui",
    "Open a mailbox in the terminal.",
    _add_arguments,
    open_mailbox,
    f"example: poptui pops://me@mail.example.com\n\n{TARGETS}",
)
DEMO = CliCommand(
    "poptui demo",
    "Open a built-in server with some sixty sample messages.",
    _add_demo_arguments,
    open_demo,
    "The messages are in memory only: what you delete is back at the next start.",
)
