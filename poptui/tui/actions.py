"""The one registry of actions: bindings, key bar, help and palette are all made from it.

An action's id is the name of its method (``action_<id>``) and of its binding, by which a keymap
may give it other keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from textual.binding import Binding


class Place(Enum):
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


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that the user can do."""

    id: str
    keys: tuple[str, ...]
    """Textual's names of the keys; the first one stands in the key bar."""
    label: str
    help: str
    group: str
    bar: tuple[Place, ...] = ()
    """The panes in which the key bar shows it."""
    scope: Scope = Scope.SCREEN

    @property
    def keys_shown(self) -> str:
        """All keys as people write them: ``j ↓``."""
        return " ".join(shown_key(key) for key in self.keys)


MOVING, MARKING, READING, MAILDROP, PROGRAM = (
    "Moving",
    "Marking",
    "Reading",
    "Maildrop",
    "Program",
)

BOTH = (Place.LIST, Place.VIEWER)
LIST = (Place.LIST,)
VIEWER = (Place.VIEWER,)

ACTIONS: tuple[Action, ...] = (
    Action("down", ("j", "down"), "down", "Next message; in the viewer one line down", MOVING),
    Action("up", ("k", "up"), "up", "Previous message; in the viewer one line up", MOVING),
    Action("page_down", ("pagedown",), "page", "A page down", MOVING, VIEWER),
    Action("page_up", ("pageup",), "page up", "A page up", MOVING),
    Action("top", ("g", "home"), "top", "To the top: the newest message", MOVING),
    Action("bottom", ("G", "end"), "bottom", "To the bottom: the oldest message", MOVING),
    Action(
        "switch",
        ("tab", "shift+tab"),
        "list/viewer",
        "From the list to the viewer, and back",
        MOVING,
    ),
    Action(
        "back",
        ("escape",),
        "back",
        "Stop a message that is arriving; else back to the list",
        MOVING,
        VIEWER,
    ),
    Action(
        "mark", ("d", "#", "delete"), "delete", "Mark to be deleted, and move on", MARKING, BOTH
    ),
    Action("unmark", ("u",), "unmark", "Take the mark off this message", MARKING, BOTH),
    Action("undo", ("z",), "undo", "Take back the last marking or unmarking", MARKING, LIST),
    Action("unmark_all", ("U",), "unmark all", "Take all marks off (asks first)", MARKING),
    Action("open", ("enter",), "open", "Fetch the message and show it", READING, LIST),
    Action(
        "refresh",
        ("r", "f5"),
        "refresh",
        "Connect anew and look for new mail; marks stay",
        MAILDROP,
    ),
    Action("commit", ("$",), "commit", "Delete what is marked and stay (asks first)", MAILDROP),
    Action("help", ("?",), "help", "All keys, and what they do", PROGRAM, BOTH),
    Action(
        "quit",
        ("q",),
        "quit",
        "Quit; asks if anything is marked",
        PROGRAM,
        BOTH,
    ),
    Action("discard", ("x",), "quit, delete nothing", "Quit at once and delete nothing", PROGRAM),
    Action(
        "command_palette",
        ("ctrl+p",),
        "palette",
        "All commands and the colour themes",
        PROGRAM,
        scope=Scope.APP,
    ),
    Action(
        "leave",
        ("ctrl+q", "ctrl+c"),
        "quit",
        "Quit from anywhere; asks if anything is marked",
        PROGRAM,
        scope=Scope.ALWAYS,
    ),
)

_SHOWN = {
    "down": "↓", "up": "↑", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End",
    "delete": "Del", "enter": "Enter", "tab": "Tab", "shift+tab": "Shift+Tab", "escape": "Esc",
    "f5": "F5",
}  # fmt: skip


def shown_key(key: str) -> str:
    """A key's name as people write it."""
    return _SHOWN.get(key, key)


def bindings(actions: Iterable[Action]) -> list[Binding]:
    """Textual's bindings for ``actions``, each remappable by the action's id."""
    return [
        Binding(
            ",".join(action.keys),
            action.id,
            action.label,
            show=False,
            id=action.id,
            priority=action.scope is Scope.ALWAYS,
        )
        for action in actions
    ]


def of_screen() -> list[Action]:
    """The actions that the screen with the list answers."""
    return [action for action in ACTIONS if action.scope is Scope.SCREEN]


def of_app() -> list[Action]:
    """The actions that the app answers."""
    return [action for action in ACTIONS if action.scope is not Scope.SCREEN]


def in_bar(place: Place) -> list[Action]:
    """What the key bar offers while ``place`` has the focus."""
    return [action for action in ACTIONS if place in action.bar]


def groups() -> dict[str, list[Action]]:
    """The actions by group, in the registry's order: the help screen's sections."""
    found: dict[str, list[Action]] = {}
    for action in ACTIONS:
        found.setdefault(action.group, []).append(action)
    return found
