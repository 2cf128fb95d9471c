"""An action: one thing that the user can do, with its keys, its texts, and who carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple


class KeyContext(Enum):
    """A state of the screen that decides which keys the key bar shows."""

    LIST = "list"
    """The list has the focus."""
    GROUP = "group"
    """The cursor of the list is on the heading of a group."""
    EMPTY = "empty"
    """There are no rows in the list."""
    NO_MESSAGES = "no messages"
    """The mailbox is empty, or nothing is known of it and no attempt to connect is under way."""
    VIEWER = "viewer"
    """The viewer has the focus."""
    CARD = "card"
    """In the viewer, there is only the header of the message."""
    PREVIEW = "preview"
    """In the viewer, there are the first lines of the message."""
    OPENED = "opened"
    """In the viewer, there is the whole message."""
    ATTACHED = "attached"
    """In the viewer, there is a message with attachments."""
    TWO_FORMS = "two forms"
    """In the viewer, there is a text that can be shown as plain text or as HTML."""
    MARKED = "marked"
    """Messages are marked."""
    FILTERED = "filtered"
    TAGGED = "tagged"
    READ_ONLY = "read-only"
    """Nothing can be marked."""


class Scope(Enum):
    """The part of the interface that carries out an action."""

    SCREEN = "screen"
    """The screen with the list and the viewer."""
    APP = "app"
    """The app, while no dialog is open."""
    ALWAYS = "always"
    """The app, before any widget or dialog sees the key."""


class ActsOn(Enum):
    """The kind of row that must be under the cursor, and visible, for an action."""

    NOTHING = "nothing"
    ROW = "row"
    """A message or the heading of a group."""
    MESSAGE = "message"


class ActionGroup(Enum):
    """The section of the help screen that lists an action."""

    MOVING = "Moving"
    LISTING = "Sorting and filtering"
    MARKING = "Marking"
    TRIAGE = "Triage"
    READING = "Reading"
    MAILBOX = "Mailbox"
    PROGRAM = "Program"


NOW = frozenset((KeyContext.MARKED, KeyContext.FILTERED, KeyContext.TAGGED))
"""If the key bar has little room, actions for these contexts come first."""
Contexts = AbstractSet[KeyContext]
"""The contexts that apply at the same time."""
BOTH = (KeyContext.LIST, KeyContext.VIEWER)
ALL = (*BOTH, KeyContext.NO_MESSAGES)
LIST = (KeyContext.LIST,)
VIEWER = (KeyContext.VIEWER,)


class Action(NamedTuple):
    """One thing that the user can do.

    Keymaps and the user's ``[keys]`` give it other keys by its id.
    """

    id: str
    keys: tuple[str, ...]
    """Its keys in the keymap ``mutt``, spelt as in ``actions.keys``; others may differ."""
    label: str
    help: str
    group: ActionGroup
    name: str = ""
    """Its name in the palette, unless that is its label."""
    bar: tuple[KeyContext, ...] = ()
    """The contexts in which the key bar shows it."""
    scope: Scope = Scope.SCREEN
    labels: Mapping[KeyContext, str] = MappingProxyType({})
    """Other labels in the key bar by context; the first that applies is used."""
    acts_on: ActsOn = ActsOn.NOTHING
    takes_tagged: bool = False
    """If messages are tagged, it acts on them and not on what is under the cursor."""

    def label_in(self, contexts: Contexts) -> str:
        """Return its label in the key bar."""
        return next(
            (name for context, name in self.labels.items() if context in contexts), self.label
        )
