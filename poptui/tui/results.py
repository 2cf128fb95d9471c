"""The input and the results of the interface, importable without Textual."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import NamedTuple

from poptui.errors import ExitCode
from poptui.mailbox.access.overview import MailboxOverview
from poptui.net.credentials import Credentials


class ExitResult(NamedTuple):
    """The exit code of the program, and the sentence that it prints at the end."""

    code: int = ExitCode.DONE
    sentence: str = ""
    to_accounts: bool = False
    """Show the accounts next, instead of ending the program."""
    next_account: str = ""
    """Open this account at once, without showing the others."""
    was_opened: bool = True
    """False if the mailbox was never open, and the user didn't quit either."""


class Account(NamedTuple):
    """An account that the start screen offers."""

    name: str
    address: str
    read_overview: Callable[[bool], Awaitable[MailboxOverview]]
    """Returns its figures; given True, it asks the server if that is possible at all. Raises
    PoptuiError."""


class StartAction(Enum):
    """The next step after the start screen."""

    OPEN = "open"
    ACCOUNTS = "accounts"
    """Show the accounts again: there is another one now."""
    DEMO = "demo"
    QUIT = "quit"


class StartChoice(NamedTuple):
    """The user's choice, and the name of the account to open."""

    action: StartAction
    account: str = ""
    credentials: Credentials | None = None
    """The credentials that the user has just typed, for an account that was added."""
