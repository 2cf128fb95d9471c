"""The changes that a mailbox reports to its one listener, in the event loop's thread."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from poptui.mailbox.entry import MessageEntry


class ConnectionState(Enum):
    """Whether there is a session with the server, and if not, what happens next."""

    OFFLINE = "offline"
    """No session, and no attempt to connect is planned."""
    CONNECTING = "connecting"
    WAITING = "waiting"
    """No session; the next attempt is scheduled."""
    RELEASED = "released"
    """No session, so others can use the mailbox; connects when the server is needed."""
    ONLINE = "online"


class Listed:
    """There is a new listing: the first one, or the one after a reconnect."""


class Loaded(NamedTuple):
    """Headers arrived, or can't be loaded (``entry.problem`` says why)."""

    entries: tuple[MessageEntry, ...]


class Marked(NamedTuple):
    """``entry.mark`` changed."""

    entries: tuple[MessageEntry, ...]


class Scored(NamedTuple):
    """``entry.score``, ``protected`` or ``duplicate`` changed after the user changed a setting."""

    entries: tuple[MessageEntry, ...]


class Vanished(NamedTuple):
    """Messages disappeared from the server although their deletion wasn't confirmed here."""

    entries: tuple[MessageEntry, ...]


class NewMail(NamedTuple):
    """Messages are listed that the session before this one didn't have."""

    entries: tuple[MessageEntry, ...]


class StateChanged(NamedTuple):
    """The session began or ended; ``reason`` is a sentence if something went wrong."""

    state: ConnectionState
    reason: str = ""


class PasswordNeeded(NamedTuple):
    """The server refused the password; poptui doesn't connect again until it gets another one."""

    reason: str
    """The server's refusal, as a sentence."""


class AuthorizationNeeded(NamedTuple):
    """There is no OAuth token; poptui doesn't connect again until the user authorizes it."""

    reason: str
    """The reason, as a sentence."""


class Notice(NamedTuple):
    """One line that the user should see."""

    text: str


Change = (
    Listed
    | Loaded
    | Marked
    | Scored
    | Vanished
    | NewMail
    | StateChanged
    | PasswordNeeded
    | AuthorizationNeeded
    | Notice
)
