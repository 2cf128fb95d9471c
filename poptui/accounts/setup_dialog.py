"""The options and the result of setting up an account, and the protocol for its questions."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from poptui.net.credentials import Credentials
from poptui.net.tls_errors import UntrustedCertificateError
from poptui.secret import Secret

T = TypeVar("T")


class StoppedError(Exception):
    """The user stopped the setup."""


class SetupDialog(Protocol):
    """Asks the user. Each question raises StoppedError if the user stops instead."""

    def tell(self, text: str) -> None:
        """Show a sentence that the user should read."""

    def progress(self, text: str) -> None:
        """Show the current step."""

    async def ask(self, question: str, default: str = "") -> str:
        """Ask for a text; an empty answer means ``default``."""

    async def ask_password(self, title: str, *, may_be_empty: bool = False) -> Secret | None:
        """Ask for the password of ``title``; None if it may be empty and is."""

    async def ask_yes(self, question: str) -> bool:
        """Ask for yes or no; Enter means no."""

    async def choose(self, question: str, options: Sequence[str]) -> int:
        """Let the user choose; return the index. Enter means the first."""

    async def trusts(self, error: UntrustedCertificateError) -> bool:
        """Show a certificate with its fingerprint; return whether the user trusts it."""

    async def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work``; the user can stop it."""


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
