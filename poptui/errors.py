"""What can go wrong, as sentences for people and as exit codes: the one place for both.

A :class:`PoptuiError` carries everything that is said of it: what happened, at which server, what
poptui did, what can be done. Words of a server or a sender are cleaned on the way in, so the
sentence may go to a screen or to stderr as it is.
"""

from __future__ import annotations

from enum import IntEnum

from poptui.printable import printable_line
from poptui.secret import hide_secrets

WORDS_SHOWN = 300
"""How many characters of a server's words a sentence repeats."""


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    NO = 1
    USAGE = 2
    CONNECT = 3
    LOGIN = 4
    SERVER = 5
    LOCKED = 6
    INTERRUPTED = 130


class PoptuiError(Exception):
    """Something went wrong that a person must be told. ``str(fault)`` is the sentence."""

    exit_code: ExitCode = ExitCode.SERVER

    may_pass: bool = True
    """Whether trying again later may help, without anybody doing anything."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What to tell the user, each on a line of its own."""
        return (str(self),)


class UsageError(PoptuiError):
    """The command line, the TARGET or the configuration cannot be understood."""

    exit_code = ExitCode.USAGE
    may_pass = False


class ConnectError(PoptuiError):
    """No connection: name, port, network, TLS, or silence before the login."""

    exit_code = ExitCode.CONNECT


class LoginError(PoptuiError):
    """The server refused the login."""

    exit_code = ExitCode.LOGIN
    may_pass = False

    asks_password: bool = True
    """Whether another password may help."""


class AccountRefusedError(LoginError):
    """The server refuses the account, or may do so, whatever the password."""

    asks_password = False


class LoginUnansweredError(LoginError):
    """The login got no answer: some servers do so to a wrong password, and so does a lost line."""

    may_pass = True


class MailboxLockedError(PoptuiError):
    """The mailbox is in use or not ready; later it may be."""

    exit_code = ExitCode.LOCKED

    def __init__(self, sentence: str, wait_s: float = 0.0, *, wait_is_stated: bool = False) -> None:
        """``wait_s``: don't try again sooner; ``wait_is_stated``: the server named this time."""
        super().__init__(sentence)
        self.wait_s, self.wait_is_stated = wait_s, wait_is_stated


class ServerError(PoptuiError):
    """The server broke the protocol, fell silent, or hung up in mid-session."""

    exit_code = ExitCode.SERVER


class PermanentServerError(ServerError):
    """The server has a fault that needs somebody's hand (RFC 3206, SYS/PERM)."""

    may_pass = False


class ConnectionClosedError(ServerError):
    """The connection ended without a word why."""


class ReplyTimeoutError(ServerError):
    """The server owes an answer and does not give it."""

    number: int = 0
    """The message whose header had begun to come; 0 where it was no such thing."""


class EndlessReplyError(ServerError):
    """What came as the header of one message does not end; others may be as they should."""

    def __init__(self, sentence: str, number: int) -> None:
        """``number``: of the message, in its session."""
        super().__init__(sentence)
        self.number = number


class BrokenReplyError(ServerError):
    """What the server sent does not fit the protocol, so the session was given up."""


class PipeliningError(ServerError):
    """The server does not take several commands at once; over a new session one at a time will."""


class BurstDroppedError(PipeliningError):
    """The server hung up while more commands were on their way than it had ever answered."""


class NotFoundError(PoptuiError):
    """What was asked for is not there: no such message."""

    exit_code = ExitCode.NO


def quoted(text: str) -> str:
    """The server's own words, cleaned and quoted for a sentence."""
    said = printable_line(hide_secrets(text)).strip()
    if not said:
        return "(the server gave no reason)"
    if len(said) > WORDS_SHOWN:
        said = said[: WORDS_SHOWN - 1] + "…"
    return f"“{said}”"
