"""What an action is: one thing that the user can do, and where its keys are answered."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class KeyContext(Enum):
    """The pane that has the focus; it decides what the key bar offers."""

    LIST = "list"
    VIEWER = "viewer"


class Scope(Enum):
    """Who answers an action's keys."""

    SCREEN = "screen"
    """The screen with the list and the viewer."""
    APP = "app"
    """The app, while no dialog is open."""
    ALWAYS = "always"
    """The app, before any widget or dialog sees the key."""


class ActsOn(Enum):
    """What an action needs under the cursor, where the user must see it."""

    NOTHING = "nothing"
    ROW = "row"
    """A message or the heading of a group."""
    MESSAGE = "message"


class ActionGroup(Enum):
    """What an action is about: a section of the help screen."""

    MOVING = "Moving"
    LISTING = "Sorting and filtering"
    MARKING = "Marking"
    TRIAGE = "Triage"
    READING = "Reading"
    MAILBOX = "Mailbox"
    PROGRAM = "Program"


BOTH = (KeyContext.LIST, KeyContext.VIEWER)
LIST = (KeyContext.LIST,)
VIEWER = (KeyContext.VIEWER,)


class Action(NamedTuple):
    """One thing that the user can do.

    Its id is the name of its method (``action_<id>``) and of its binding, by which a keymap may
    give it other keys.
    """

    id: str
    keys: tuple[str, ...]
    """Textual's names of the keys; the first one stands in the key bar."""
    label: str
    help: str
    group: ActionGroup
    bar: tuple[KeyContext, ...] = ()
    """The panes in which the key bar shows it."""
    scope: Scope = Scope.SCREEN
    viewer_label: str = ""
    """Its name in the key bar of the viewer, where it does something else there."""
    acts_on: ActsOn = ActsOn.NOTHING
    takes_tagged: bool = False
    """If messages are tagged, it acts on them and not on what is under the cursor."""

    def label_in(self, place: KeyContext) -> str:
        """What the key bar calls it."""
        return self.viewer_label if place is KeyContext.VIEWER and self.viewer_label else self.label

    @property
    def keys_shown(self) -> str:
        """All keys as people write them: ``j ↓``."""
        return " ".join(shown_key(key) for key in self.keys)


_SHOWN = {
    "down": "↓", "up": "↑", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End",
    "delete": "Del", "enter": "Enter", "tab": "Tab", "shift+tab": "Shift+Tab", "escape": "Esc",
    "f5": "F5", "space": "Space", "slash": "/", "question_mark": "?", "left": "←", "right": "→",
}  # fmt: skip


def shown_key(key: str) -> str:
    """A key's name as people write it."""
    return _SHOWN.get(key, key)
