"""The one registry of actions: bindings, key bar, help and palette are all made from it."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding

from poptui.tui.actions.action import Action, ActionGroup, KeyContext, Scope
from poptui.tui.actions.listing import LISTING
from poptui.tui.actions.mailbox import MAILBOX
from poptui.tui.actions.marking import MARKING
from poptui.tui.actions.moving import MOVING
from poptui.tui.actions.program import PROGRAM
from poptui.tui.actions.reading import READING
from poptui.tui.actions.triage import TRIAGE

ACTIONS: tuple[Action, ...] = (*MOVING, *MARKING, *READING, *LISTING, *TRIAGE, *MAILBOX, *PROGRAM)


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


def in_bar(place: KeyContext) -> list[Action]:
    """What the key bar offers while ``place`` has the focus."""
    return [action for action in ACTIONS if place in action.bar]


def groups() -> dict[ActionGroup, list[Action]]:
    """The actions by group, in the registry's order: the help screen's sections."""
    found: dict[ActionGroup, list[Action]] = {}
    for action in ACTIONS:
        found.setdefault(action.group, []).append(action)
    return found
