"""The options and the result of setting up an account, and the protocol for its questions."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from poptui.net.certificate import day, fingerprint_halves
from poptui.net.credentials import Credentials
from poptui.net.tls_errors import UntrustedCertificateError
from poptui.secret import Secret

T = TypeVar("T")


class StoppedError(Exception):
    """The user stopped the setup."""


class SetupDialog(Protocol):
    """Asks the user. Each question raises StoppedError if the user stops instead."""

    def inform(self, text: str) -> None:
        """Show a sentence that the user should read."""

    def progress(self, text: str) -> None:
        """Show the current step."""

    async def ask(self, question: str, default: str = "") -> str:
        """Ask for a text; an empty answer means ``default``."""

    async def ask_hidden(self, question: str) -> str:
        """Ask for a text that is not shown; it may be empty."""

    async def ask_yes(self, question: str) -> bool:
        """Ask for yes or no; Enter means no."""

    async def choose(self, question: str, options: Sequence[str]) -> int:
        """Let the user choose; return the index. Enter means the first."""

    async def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work``; the user can stop it."""


async def ask_password(dialog: SetupDialog, title: str) -> Secret:
    """Ask for the password of ``title`` until there is one. Raises StoppedError."""
    while not (password := await dialog.ask_hidden(f"Password for {title}")):
        dialog.inform("Type the password, or press Esc to stop.")
    return Secret(password)


async def ask_trust(dialog: SetupDialog, error: UntrustedCertificateError) -> bool:
    """Show a certificate; return whether the user trusts it. Raises StoppedError."""
    shown = error.certificate
    first, second = fingerprint_halves(shown.fingerprint)
    dialog.inform(error.problem)
    dialog.inform(f"  made out to  {shown.shown_hosts or shown.subject}")
    dialog.inform(f"  issued by    {shown.shown_issuer}")
    dialog.inform(f"  valid        {day(shown.not_before)} to {day(shown.not_after)}")
    dialog.inform(f"  SHA-256      {first}")
    dialog.inform(f"               {second}")
    dialog.inform("Compare the fingerprint with one that you got from the server's operator.")
    answer = await dialog.ask("Trust this certificate, and only this one? Type yes")
    return answer.lower() == "yes"


@dataclass(frozen=True)
class SetupOptions:
    """Settings given on the command line; the empty ones are asked for or detected."""

    address: str | None = None
    """A mail address or a TARGET."""
    server: str = ""
    user: str = ""
    name: str = ""
    auth: str = ""
    pin: str = ""
    ca_file: str = ""
    proxy: str = ""
    starttls: bool = False
    allow_plaintext: bool = False
    password_stdin: bool = False
    password_command: str = ""
    token_command: str = ""
    oauth_client_id: str = ""
    store: str = ""
    """``keyring`` or ``ask``."""
    reserved: frozenset[str] = frozenset()
    """Names that no account may have: those of commands."""
    test: bool = True
    asks: bool = True
    """Whether questions can be asked."""


class SetupResult(NamedTuple):
    """The account that was saved."""

    name: str
    credentials: Credentials
    needs_authorization: bool
    """Whether it signs in with tokens, which the user must still authorize."""
