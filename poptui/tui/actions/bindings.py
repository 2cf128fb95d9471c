"""Makes Textual's bindings of actions and a keymap. Sequences of keys are the app's to follow."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.binding import Binding, BindingsMap

from poptui.tui.actions.action import Action, Scope
from poptui.tui.actions.keymaps import Keymap

_MODIFIERS = ("ctrl+", "alt+", "shift+")


def bindings(actions: Iterable[Action], keymap: Keymap) -> BindingsMap:
    """Return the bindings for all keys of ``actions`` that are no sequences."""
    return BindingsMap(
        Binding(
            "comma" if key == "," else key,
            f"act({action.id!r})" if action.scope is Scope.SCREEN else action.id,
            action.label,
            show=False,
            id=action.id,
            priority=action.scope is Scope.ALWAYS,
        )
        for action in actions
        for key in keymap.single(action.id)
    )


def pressed_key(event: events.Key) -> str:
    """Return the key of an event as keymaps spell it."""
    character = event.character or ""
    plain = event.is_printable and character != " " and not event.key.startswith(_MODIFIERS)
    return character if plain else event.key
