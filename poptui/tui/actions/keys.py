"""Spells keys for keymaps and the configuration, and for people to read.

A key is a character (``d``, ``D``, ``$``), otherwise Textual's name of the key (``pagedown``,
``ctrl+d``, ``alt+v``). A sequence has spaces between its keys: ``g g``.
"""

from __future__ import annotations

from difflib import get_close_matches

from poptui.errors import quoted

MAX_SEQUENCE = 3
"""Maximum number of keys in a sequence."""

_SHOWN = {
    "down": "↓", "up": "↑", "left": "←", "right": "→", "pagedown": "PgDn", "pageup": "PgUp",
    "home": "Home", "end": "End", "insert": "Ins", "delete": "Del", "backspace": "Backspace",
    "enter": "Enter", "tab": "Tab", "shift+tab": "Shift+Tab", "escape": "Esc", "space": "Space",
    "slash": "/", "question_mark": "?", **{f"f{number}": f"F{number}" for number in range(1, 25)},
}  # fmt: skip
_NAMED = {name for name in _SHOWN if name not in ("slash", "question_mark")}
_ALIASES = {shown.lower(): name for name, shown in _SHOWN.items() if name in _NAMED} | {
    "esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgdown": "pagedown",
    "pgup": "pageup", "page_down": "pagedown", "page_up": "pageup", "backtab": "shift+tab",
}  # fmt: skip
_CONTROL_SIGNS = {
    "_": "underscore", "\\": "backslash", "]": "right_square_bracket", "^": "circumflex_accent",
    "@": "@", "space": "@",
}  # fmt: skip
"""Characters that terminals can send with Ctrl besides letters, and Textual's names for them."""
_SAME_IN_TERMINALS = {"ctrl+i": "Tab", "ctrl+m": "Enter", "ctrl+h": "Backspace", "ctrl+[": "Esc"}


def shown_key(key: str) -> str:
    """Return a key as people write it: ``PgDn``, ``ctrl+d``; a sequence of letters: ``gg``."""
    shown = [_shown_alone(part) for part in key.split(" ")] if key != " " else ["Space"]
    return ("" if all(len(part) == 1 for part in shown) else " ").join(shown)


def _shown_alone(key: str) -> str:
    if key.startswith("alt+shift+"):
        return f"alt+{key[-1].upper()}"
    signs = {f"ctrl+{name}": f"ctrl+{sign}" for sign, name in _CONTROL_SIGNS.items()}
    return _SHOWN.get(key) or signs.get(key, key)


def read_keys(text: str) -> str:
    """Return a key or a sequence from the configuration in our spelling.

    Raises ValueError with a problem such as ``has "ctl+d", which is not a key``.
    """
    keys = [" "] if text == " " else text.split()
    if not keys:
        raise ValueError('has "", which is not a key')
    if len(keys) > MAX_SEQUENCE:
        raise ValueError(f"has {quoted(text)}: at most {MAX_SEQUENCE} keys one after the other")
    return " ".join(map(_read_key, keys))


def _read_key(text: str) -> str:
    if text == " ":
        return "space"
    if len(text) == 1 and text.isprintable():
        return _ALIASES.get(text, text)
    lower = text.lower()
    name = _ALIASES.get(lower, lower)
    if name in _NAMED:
        return name
    modifier, _, key = text.rpartition("+")
    modifier = modifier.lower().replace("control", "ctrl").replace("meta", "alt")
    if modifier in ("c", "m"):
        modifier = {"c": "ctrl", "m": "alt"}[modifier]
    found = _with_modifier(modifier, key) if modifier and key else None
    if found is None:
        raise ValueError(f"has {quoted(text)}, which is not a key{_nearest(lower)}")
    return found


def _with_modifier(modifier: str, key: str) -> str | None:
    """Return a key with Ctrl, Alt or Shift, or None. Raises ValueError if terminals have none."""
    key = _ALIASES.get(key.lower(), key)
    plain = f"{modifier}+{key}"
    if plain.lower() in _SAME_IN_TERMINALS:
        same = _SAME_IN_TERMINALS[plain.lower()]
        raise ValueError(
            f'has "{plain.lower()}", which a terminal sends for {same}; write "{same}"'
        )
    if key in ("up", "down", "left", "right", "home", "end", "pageup", "pagedown"):
        return plain if modifier in ("ctrl", "alt", "shift") else None
    if modifier == "shift" and len(key) == 1 and key.isalpha():
        raise ValueError(f'has "{plain}"; write "{key.upper()}"')
    if modifier == "ctrl" and len(key) == 1 and key.isascii() and key.isalpha():
        return plain.lower()
    if modifier == "ctrl" and key in _CONTROL_SIGNS:
        return f"ctrl+{_CONTROL_SIGNS[key]}"
    if modifier == "alt" and len(key) == 1 and key.isascii() and key.isalpha():
        return f"alt+shift+{key.lower()}" if key.isupper() else plain
    return None


def _nearest(name: str) -> str:
    known = [*_ALIASES, *_NAMED, *(f"ctrl+{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")]
    matches = get_close_matches(name, known, n=1)
    return f" (did you mean {quoted(matches[0])}?)" if matches else ""
