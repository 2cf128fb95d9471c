"""``--all-accounts``: run a batch command for every account, whichever of them fail."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

from poptui.cli.command import add_target
from poptui.cli.streams import say
from poptui.environment import config_path
from poptui.errors import ExitCode, PoptuiError, UsageError
from poptui.printable import printable_line
from poptui.storage.config import load_config

P = TypeVar("P")
R = TypeVar("R")


class AccountError(NamedTuple):
    """The error of one account; the others continued."""

    account: str
    error: PoptuiError


def add_accounts(parser: ArgumentParser) -> None:
    """Add TARGET and --all-accounts; ``is_for_all`` checks that exactly one is given."""
    add_target(parser, optional=True)
    parser.add_argument(
        "--all-accounts", action="store_true", help="all accounts of the configuration file"
    )


def is_for_all(options: Namespace) -> bool:
    """Whether the command is for all accounts. Raises UsageError for options that don't fit."""
    if not options.all_accounts:
        if options.target is None:
            raise UsageError("Which mailbox? Name a TARGET, or pass --all-accounts.")
        return False
    if options.target is not None:
        raise UsageError("Pass either a TARGET or --all-accounts.")
    for name in ("password_stdin", "pin", "ca_file", "starttls", "allow_plaintext"):
        if getattr(options, name):
            option = name.replace("_", "-")
            raise UsageError(f"--{option} is for one mailbox: it can't go with --all-accounts.")
    return True


def options_of_accounts(options: Namespace) -> list[Namespace]:
    """Return the command's options once for each account. Raises UsageError if there is none."""
    names = list(load_config().accounts)
    if not names:
        raise UsageError(
            f"There is no account in {printable_line(str(config_path()))}."
            " Add one: poptui account add"
        )
    return [Namespace(**{**vars(options), "target": name}) for name in names]


async def prepare_each(
    options: Sequence[Namespace], prepare: Callable[[Namespace], Awaitable[P]]
) -> tuple[list[tuple[str, P]], list[AccountError]]:
    """Run ``prepare`` for one account after the other, because each may ask questions."""
    prepared: list[tuple[str, P]] = []
    errors: list[AccountError] = []
    for account_options in options:
        try:
            prepared.append((account_options.target, await prepare(account_options)))
        except PoptuiError as error:
            errors.append(AccountError(account_options.target, error))
    return prepared, errors


async def run_concurrently(
    prepared: Sequence[tuple[str, P]], work: Callable[[P], Awaitable[R]]
) -> tuple[list[tuple[str, R]], list[AccountError]]:
    """Run ``work`` for all accounts at once; the results keep the order of the accounts."""

    async def run(account: str, value: P) -> tuple[str, R] | AccountError:
        try:
            return account, await work(value)
        except PoptuiError as error:
            return AccountError(account, error)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(*each)) for each in prepared]
    finished = [task.result() for task in tasks]
    errors = [result for result in finished if isinstance(result, AccountError)]
    return [result for result in finished if not isinstance(result, AccountError)], errors


def print_heading(account: str, *, first: bool) -> None:
    """Print an account's name above its rows."""
    print(f"{'' if first else chr(10)}{printable_line(account)}:")


def report_errors(errors: Sequence[AccountError], code: int = ExitCode.DONE) -> int:
    """Print the errors by account; return the exit code of the first one, or else ``code``."""
    for account, error in errors:
        for sentence in error.sentences:
            say(f"poptui: {printable_line(f'{account}: {sentence}')}")
    return errors[0].error.exit_code if errors else code
