"""What the mailbox tells its one listener, in the event loop's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from poptui.mailbox.entry import MessageEntry


class ConnectionState(Enum):
    """Whether there is a session with the server, and what becomes of it where there is none."""

    OFFLINE = "offline"
    """None, and none will come by itself."""
    CONNECTING = "connecting"
    WAITING = "waiting"
    """None; the next try comes by itself, at a time that is known."""
    RELEASED = "released"
    """None, so that others may use the mailbox; whatever needs the server begins one."""
    ONLINE = "online"


@dataclass(frozen=True)
class Listed:
    """The listing is new: the first one, or the one after a reconnect."""


class Loaded(NamedTuple):
    """Headers arrived, or it became clear that they won't (``entry.trouble``)."""

    entries: tuple[MessageEntry, ...]


class Marked(NamedTuple):
    """``entry.mark`` changed."""

    entries: tuple[MessageEntry, ...]


class Scored(NamedTuple):
    """What the user settled made ``entry.score``, ``protected`` or ``duplicate`` another."""

    entries: tuple[MessageEntry, ...]


class Vanished(NamedTuple):
    """Messages went from the server though nobody confirmed their deletion here."""

    entries: tuple[MessageEntry, ...]


class StateChanged(NamedTuple):
    """The session came or went; ``said`` is a sentence where it went badly."""

    state: ConnectionState
    said: str = ""


class PasswordWanted(NamedTuple):
    """The server refused the password; it is not tried again before there is another."""

    said: str
    """The sentence of the refusal."""


class Notice(NamedTuple):
    """One line that the user should see."""

    text: str


logger = logging.getLogger(__name__)

Change = Listed | Loaded | Marked | Scored | Vanished | StateChanged | PasswordWanted | Notice


def tell(listener: Callable[[Change], None], change: Change) -> None:
    """Call ``listener``, whose failure must not stop the work, least of all a commit."""
    match change:
        case StateChanged(state, said):
            logger.info("the connection is %s%s", state.value, f": {said}" if said else "")
        case Notice(said) | PasswordWanted(said):
            logger.info("%s: %s", type(change).__name__, said)
        case Listed():
            logger.info("there is a new listing")
    try:
        listener(change)
    except Exception:
        logger.exception("a listener failed at %s", type(change).__name__)
