"""The errors that poptui shows to people, and the exit codes of its commands.

The text of a :class:`PoptuiError` is a complete sentence: what happened, at which server, what
poptui did, and what to do next. Text from servers and senders is sanitized when it is put in, so
the sentence can be printed as it is.
"""

from __future__ import annotations

from enum import IntEnum

from poptui.printable import printable_line
from poptui.secret import hide_secrets

MAX_QUOTED_CHARACTERS = 300
"""Maximum length of a server's text in an error."""


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FAILURE = 1
    """Nothing matched, or not everything could be done."""
    USAGE = 2
    CONNECT = 3
    LOGIN = 4
    SERVER = 5
    LOCKED = 6
    INTERRUPTED = 130


class PoptuiError(Exception):
    """An error that is shown to the user. ``str(error)`` is the sentence."""

    exit_code: ExitCode = ExitCode.SERVER

    is_temporary: bool = True
    """Whether trying again later may help without any change."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences to show, each on a separate line."""
        return (str(self),)


def internal_error(error: BaseException | None, state: str = "") -> str:
    """Return the sentence about an unexpected exception; ``state``: what is safe nevertheless."""
    return (
        f"Internal error ({type(error).__name__}){state and f'; {state}'}."
        " Run poptui again with --debug FILE and report it with that file."
    )


class UsageError(PoptuiError):
    """The command line, the TARGET or the configuration cannot be understood."""

    exit_code = ExitCode.USAGE
    is_temporary = False


class ConnectError(PoptuiError):
    """No connection: host name, port, network, TLS, or no reply before the login."""

    exit_code = ExitCode.CONNECT


class NothingListensError(ConnectError):
    """Nothing listens on the server's port: the wrong port, or a server that is restarting."""

    def __init__(self, sentence: str, sentence_if_known: str) -> None:
        """``sentence_if_known``: what to say if the server has accepted a login before."""
        super().__init__(sentence)
        self.sentence_if_known = sentence_if_known


class LoginError(PoptuiError):
    """The server refused the login."""

    exit_code = ExitCode.LOGIN
    is_temporary = False

    asks_password: bool = True
    """Whether another password may help."""

    can_be_completed: bool = False
    """Whether the interface can ask for a password or token now, instead of ending."""


class AccountRefusedError(LoginError):
    """The server refuses, or may refuse, the account with any password."""

    asks_password = False


class TokenError(LoginError):
    """There is no access token, because requesting one failed."""

    is_temporary = True
    asks_password = False


class TokenRefusedError(TokenError):
    """The server refused the access token."""

    is_temporary = False


class NoLoginMethodError(LoginError):
    """The server offers no login method that the account can use."""

    asks_password = False


class UntrustedServerError(LoginError):
    """The server failed to prove, in the login, that it is the right one."""

    asks_password = False


class AuthorizationNeededError(TokenError):
    """There is no OAuth token to log in with until the user authorizes poptui (again)."""

    can_be_completed = True


class StoredPasswordRefusedError(LoginError):
    """The server refused the password that is kept in the keyring."""

    can_be_completed = True


class LoginUnansweredError(LoginError):
    """The login got no reply: a wrong password (on some servers) or a lost connection."""

    is_temporary = True


class MailboxLockedError(PoptuiError):
    """The mailbox is in use or temporarily unavailable."""

    exit_code = ExitCode.LOCKED

    def __init__(self, sentence: str, wait_s: float = 0.0, *, wait_is_stated: bool = False) -> None:
        """``wait_s``: don't try again sooner; ``wait_is_stated``: the server named this time."""
        super().__init__(sentence)
        self.wait_s, self.wait_is_stated = wait_s, wait_is_stated


class MailboxInUseError(MailboxLockedError):
    """Another session has the mailbox open: maybe our own, which the server hasn't ended yet."""

    def __init__(self, sentence: str, wait_s: float, sentence_if_own: str) -> None:
        """``sentence_if_own``: what to say if a connection of ours broke off before."""
        super().__init__(sentence, wait_s)
        self.sentence_if_own = sentence_if_own


class ServerError(PoptuiError):
    """The server violated the protocol, stopped answering, or hung up."""

    exit_code = ExitCode.SERVER


class PermanentServerError(ServerError):
    """The server has a problem that its operator must fix (SYS/PERM, RFC 3206)."""

    is_temporary = False


class ConnectionClosedError(ServerError):
    """The connection ended without a reason."""


class ReplyTimeoutError(ServerError):
    """A reply is overdue."""

    number: int = 0
    """The message whose header had partly arrived; 0 for other replies."""


class EndlessReplyError(ServerError):
    """The header of one message has no end; other messages may be fine."""

    def __init__(self, sentence: str, number: int) -> None:
        """``number``: the message number in its session."""
        super().__init__(sentence)
        self.number = number


class BrokenReplyError(ServerError):
    """The server's bytes violate the protocol, so the session was ended."""

    line: str = ""
    """The line that was not understood, as received."""


class PipeliningError(ServerError):
    """The server does not support pipelining; a new session sends one command at a time."""


class BurstDroppedError(PipeliningError):
    """The server hung up while more commands were on their way than it had ever answered."""


class NotFoundError(PoptuiError):
    """The requested message or copy does not exist."""

    exit_code = ExitCode.FAILURE


def quoted_input(text: str) -> str:
    """Return the user's own input, sanitized and in quotation marks."""
    return quoted(text) if printable_line(text).strip() else "“”"


def quoted(text: str) -> str:
    """Return text from a server, sanitized and in quotation marks, or a remark if it is empty."""
    shown = printable_line(hide_secrets(text)).strip()
    if not shown:
        return "(the server gave no reason)"
    if len(shown) > MAX_QUOTED_CHARACTERS:
        shown = shown[: MAX_QUOTED_CHARACTERS - 1] + "…"
    return f"“{shown}”"
