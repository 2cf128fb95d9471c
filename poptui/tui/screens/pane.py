"""The base class of screens that fill the terminal, such as the protocol pane."""

from __future__ import annotations

from typing import TypeVar

from textual import events

from poptui.tui.screens.dialog import Dialog, DialogBox, KeyHint

R = TypeVar("R")

SMALL_LINES = 12
"""Below this height the frame and the keys make room for the content."""


class PaneScreen(Dialog[R]):
    """A screen in the place of the mailbox; what the bottom line says there is said here too."""

    DEFAULT_CSS = """
    PaneScreen #box { max-width: 100%; height: 100%; padding: 0; }
    PaneScreen KeyHint { padding: 0 1; }
    PaneScreen.-small #box { border: none; }
    PaneScreen.-small KeyHint { display: none; }
    PaneScreen.-small.-said KeyHint { display: block; }
    """

    _sentence = ""

    def show_title(self, *parts: str) -> None:
        """Show clean texts in the upper border."""
        self.query_one(DialogBox).rename(" · ".join(filter(None, parts)))

    def say(self, sentence: str) -> None:
        """Show ``sentence``, which is clean, above the keys until the next key."""
        self._sentence = sentence
        self.set_class(bool(sentence), "-said")
        for hint in self.query(KeyHint):
            hint.say(sentence)

    def offer(self, keys: str) -> None:
        """Show other keys."""
        for hint in self.query(KeyHint):
            hint.offer(keys)
            hint.say(self._sentence)

    def on_key(self, event: events.Key) -> None:
        """Clear that sentence: this key was understood."""
        self.say("")

    def on_resize(self, event: events.Resize) -> None:
        """Give a small terminal to the content."""
        self.set_class(event.size.height < SMALL_LINES, "-small")
