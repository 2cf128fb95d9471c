"""Keys that terminals cannot tell apart."""

from __future__ import annotations

from textual.events import Key


def escape() -> Key:
    """The Escape key."""
    return Key("escape", "\x1b")


def behind_escape(key: Key) -> Key | None:
    """The letter that was struck right behind Escape: together they look like one key with Alt.

    We have no keys with Alt, and over a slow line the two often arrive together.
    """
    letter = key.character or ""
    struck = key.key.startswith("alt+") and letter.isprintable() and len(letter) == 1
    return Key(letter, letter) if struck else None
