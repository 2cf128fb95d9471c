"""Connects keys to actions: Textual's bindings for single keys, ``KeySequence`` for ``g g``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from textual import events
from textual.binding import Binding, BindingsMap

from poptui.tui.actions.action import Action, Scope
from poptui.tui.actions.keymaps import Keymap, Keys
from poptui.tui.actions.keys import shown_key

_MODIFIERS = ("ctrl+", "alt+", "shift+")


def bindings(actions: Iterable[Action], keymap: Keymap) -> BindingsMap:
    """Return the bindings for all single keys of ``actions``; sequences are for ``KeySequence``."""
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


class SequenceStep(Enum):
    """The result of a key in a sequence."""

    NONE = "none"
    """The key is not part of a sequence; it has its usual meaning."""
    PENDING = "pending"
    """The sequence needs more keys."""
    COMPLETE = "complete"
    """This was the last key of ``KeySequence.action``."""
    CANCELLED = "cancelled"
    """Esc or another key that cancels."""
    UNKNOWN = "unknown"
    """No sequence continues with this key; it is ignored."""


class KeySequence:
    """The keys of a sequence pressed so far. There is no timeout; Esc cancels."""

    def __init__(self, keymap: Keymap) -> None:
        self._keymap = keymap
        self.pressed: Keys = ()
        self.action: Action | None = None
        """The action of the sequence that was completed last."""

    def press(self, key: str) -> tuple[SequenceStep, str]:
        """Take the next key; return what it did, and the keys so far as people write them."""
        pressed = (*self.pressed, key)
        shown = shown_key(" ".join(pressed))
        if action := self._keymap.sequences.get(pressed):
            self.pressed, self.action = (), action
            return SequenceStep.COMPLETE, shown
        if self._keymap.following(pressed):
            self.pressed = pressed
            return SequenceStep.PENDING, shown
        if not self.pressed:
            return SequenceStep.NONE, shown
        self.pressed = ()
        ways_out = {*self._keymap.keys["back"], *self._keymap.keys["leave"]}
        return (SequenceStep.CANCELLED if key in ways_out else SequenceStep.UNKNOWN), shown

    def cancel(self) -> bool:
        """Forget the keys pressed so far; return whether there were any."""
        pressed, self.pressed = self.pressed, ()
        return bool(pressed)
