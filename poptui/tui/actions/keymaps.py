"""Assign keys to actions: the keymaps, and the user's changes under ``[keys]``.

A keymap names only the actions whose keys differ from those in the registry, so that an action
added there is in all keymaps at once. ``tests/tui/test_keymaps.py`` fails if its key clashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from poptui.errors import quoted
from poptui.storage.setting_kinds import nearest
from poptui.storage.settings import Settings
from poptui.storage.toml_reader import ConfigReport
from poptui.tui.actions.action import Action, Scope
from poptui.tui.actions.keys import read_keys, shown_key
from poptui.tui.actions.registry import ACTIONS, BY_ID

Keys = tuple[str, ...]

DEFAULT = "mutt"
ABOUT = {
    "mutt": "the keys of mutt and neomutt, where poptui has them",
    "vim": "gg, G, dd, ctrl+d, ctrl+u; u undoes, ZZ quits",
    "emacs": "ctrl+n, ctrl+p, ctrl+v, alt+v, ctrl+s; n, p, d, u, x as in Alpine",
    "gmail": "the keyboard shortcuts of Gmail: x selects, # deletes, u goes back to the list",
}
"""The keymaps, each with a description."""

KEYMAPS: Mapping[str, Mapping[str, Keys]] = {
    "mutt": {
        "page_up": ("pageup", "-"),
        "top": ("g", "home", "="),
        "bottom": ("G", "end", "*"),
        "back": ("escape", "i"),
        "filter": ("/", "l"),
    },
    "vim": {
        "page_down": ("ctrl+f", "pagedown"),
        "page_up": ("ctrl+b", "pageup"),
        "half_page_down": ("ctrl+d",),
        "half_page_up": ("ctrl+u",),
        "top": ("g g", "home"),
        "mark": ("d d", "x", "#", "delete"),
        "unmark": ("U",),
        "undo": ("u",),
        "unmark_all": ("g U",),
        "unfold": ("z o", "l", "right"),
        "fold": ("z c", "h", "left"),
        "headers": ("g h",),
        "quit": ("q", "Z Z"),
        "discard": ("Z Q",),
    },
    "emacs": {
        "down": ("ctrl+n", "n", "down"),
        "up": ("ctrl+p", "p", "up"),
        "page_down": ("ctrl+v", "pagedown"),
        "page_up": ("alt+v", "pageup", "-"),
        "top": ("<", "home"),
        "bottom": (">", "end"),
        "switch": ("tab", "shift+tab", "ctrl+x o"),
        "back": ("escape", "ctrl+g"),
        "mark": ("d", "ctrl+d", "#", "delete"),
        "undo": ("ctrl+underscore", "z", "ctrl+x u"),
        "next_match": ("alt+s",),
        "previous_match": ("alt+r",),
        "filter": ("ctrl+s", "/"),
        "pause": ("P",),
        "commit": ("x", "$", "ctrl+x ctrl+s"),
        "quit": ("q", "ctrl+x ctrl+c"),
        "discard": ("X",),
        "command_palette": ("alt+x", ":"),
    },
    "gmail": {
        "top": ("g g", "home"),
        "back": ("escape", "u", "g i"),
        "mark": ("#", "delete"),
        "unmark": ("U",),
        "unmark_all": ("* n",),
        "open": ("o", "enter"),
        "save": ("e", "S"),
        "pager": ("E",),
        "sort": ("l",),
        "reverse": ("L",),
        "reply": ("r", "R"),
        "refresh": ("f5", "ctrl+r"),
        "tag": ("x",),
        "why": ("i",),
        "teach_spam": ("!", "J"),
        "discard": ("X",),
        "command_palette": ("ctrl+p", ".", ":"),
    },
}

ALWAYS_KEPT = {"escape": "back", "ctrl+c": "leave"}
"""Keys that leave a screen or the program; they keep these actions whatever the user maps."""
_MOVES = {
    "down": "down", "up": "up", "page_down": "pagedown", "page_up": "pageup",
    "half_page_down": "pagedown", "half_page_up": "pageup", "top": "home", "bottom": "end",
}  # fmt: skip
"""Actions that move the cursor, and the keys that do the same in every dialog."""


class Keymap:
    """The keys of every action. One instance is shared by everything that shows or answers keys."""

    def __init__(self, name: str = DEFAULT, changed: Mapping[str, Keys] | None = None) -> None:
        """``changed``: the user's keys by action, checked by ``check_keys``."""
        self._changed = dict(changed or {})
        self.switch_to(name)

    def switch_to(self, name: str) -> None:
        """Use another keymap; keys that the user has changed stay."""
        self.name = name
        own = KEYMAPS[name]
        self.keys: Mapping[str, Keys] = {
            action.id: own.get(action.id, action.keys) for action in ACTIONS
        } | self._changed
        for key, id in ALWAYS_KEPT.items():
            if key not in self.keys[id]:
                self.keys = {**self.keys, id: (*self.keys[id], key)}
        for derived in ("sequences", "_starts", "dialog_moves"):
            self.__dict__.pop(derived, None)

    def why_not(self, name: str) -> str:
        """Return why another keymap can't be switched to, or ""."""
        if name == self.name:
            return "This keymap is on already."
        other = Keymap(name, self._changed)
        return next((f"keys.{id} {why}." for id, why in clashes(other, self._changed)), "")

    def first(self, id: str) -> str:
        """Return the first key of an action as people write it; "" if it has none."""
        return shown_key(self.keys[id][0]) if self.keys[id] else ""

    def hint(self, id: str) -> str:
        """Return the name of an action for a sentence: its key, or else its name in the palette."""
        return self.first(id) or f"“{BY_ID[id].label}” in the palette"

    def filled(self, sentence: str) -> str:
        """Replace the ids of actions in braces by their keys, in a sentence of our own."""
        return re.sub(r"\{(\w+)\}", lambda found: self.hint(found[1]), sentence)

    def shown(self, id: str) -> str:
        """Return all keys of an action as people write them: ``j ↓``."""
        return " ".join(shown_key(key) for key in self.keys[id])

    def single(self, id: str) -> list[str]:
        """Return the single keys of an action, without sequences."""
        return [key for key in self.keys[id] if " " not in key]

    def uses(self, key: str) -> bool:
        """Whether ``key`` has a meaning, alone or as the first of a sequence."""
        return key in self._starts or any(key in self.single(id) for id in self.keys)

    @cached_property
    def sequences(self) -> Mapping[Keys, Action]:
        """The actions with several keys, by these keys."""
        return {
            tuple(key.split(" ")): BY_ID[id]
            for id, keys in self.keys.items()
            for key in keys
            if " " in key
        }

    @cached_property
    def _starts(self) -> frozenset[str]:
        return frozenset(keys[0] for keys in self.sequences)

    def following(self, pressed: Keys) -> list[tuple[Keys, Action]]:
        """Return the rest of each sequence that begins with ``pressed``, and its action."""
        length = len(pressed)
        return [
            (keys[length:], action)
            for keys, action in self.sequences.items()
            if keys[:length] == pressed
        ]

    @cached_property
    def dialog_moves(self) -> Mapping[str, str]:
        """Translate moving keys with Ctrl or Alt for dialogs, where letters are answers."""
        return {
            key: plain
            for id, plain in _MOVES.items()
            for key in self.single(id)
            if key.startswith(("ctrl+", "alt+"))
        }


def keymap_of(settings: Settings) -> Keymap:
    """Return the keymap that the settings choose. Raises ConfigError if they are invalid."""
    report = ConfigReport(settings.path)
    changed = _changed(settings, report)
    report.raise_any()
    return Keymap(settings.keymap, changed)


def check_keys(settings: Settings, report: ConfigReport) -> None:
    """Report unknown actions, unknown keys and clashes under ``[keys]``."""
    changed = _changed(settings, report)
    if report.has(("keymap",)):
        return
    for id, problem in clashes(Keymap(settings.keymap, changed), set(changed)):
        report.add(("keys", id), problem)


def _changed(settings: Settings, report: ConfigReport) -> dict[str, Keys]:
    """Return the valid keys under ``[keys]`` by action, and report the others."""
    found: dict[str, Keys] = {}
    for id, texts in settings.keys.items():
        if id not in BY_ID:
            known = "" if nearest(id, BY_ID) else "; 'poptui help keys' lists all actions"
            report.add(("keys", id), f"is an unknown action{nearest(id, BY_ID)}{known}")
            continue
        keys: dict[str, None] = {}
        for text in texts:
            try:
                keys[_allowed(BY_ID[id], read_keys(text))] = None
            except ValueError as problem:
                report.add(("keys", id), str(problem))
        found[id] = tuple(keys)
    return found


def _allowed(action: Action, key: str) -> str:
    """Return ``key`` if ``action`` may have it. Raises ValueError with a problem."""
    shown = quoted(shown_key(key))
    for kept, id in ALWAYS_KEPT.items():
        if key == kept and action.id != id:
            raise ValueError(f"has {shown}, which is always a key of {id}")
    if "escape" in key.split(" ")[1:] or key.startswith("escape "):
        raise ValueError(f"has {shown}, but Esc cancels a sequence")
    if key.startswith("ctrl+c "):
        raise ValueError(f"has {shown}, but ctrl+c is always a key of leave")
    if action.scope is Scope.ALWAYS and not re.fullmatch(r"ctrl\+[^ ]+|f\d+", key):
        raise ValueError(f"has {shown}, but works while you type too: it needs Ctrl or an F key")
    return key


def clashes(keymap: Keymap, changed: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield an action and a problem for each key with two meanings.

    The action is the one that the user ``changed``, otherwise the later of the two.
    """
    own, owners = set(changed), dict[str, str]()
    order = sorted(keymap.keys, key=lambda id: id in own)
    for id in order:
        for key in keymap.keys[id]:
            other = owners.setdefault(key, id)
            if other != id:
                yield (
                    id,
                    f"has {quoted(shown_key(key))}, which is also a key of {other}; give {other}"
                    " other keys, or [] for none",
                )
    for key in owners:
        begins = (longer for longer in owners if longer.startswith(f"{key} "))
        for longer in begins:
            mine, other = (longer, key) if owners[longer] in own else (key, longer)
            yield (
                owners[mine],
                f"has {quoted(shown_key(mine))}, but {quoted(shown_key(other))} is a key of"
                f" {owners[other]}: a key alone can't begin a sequence too",
            )
