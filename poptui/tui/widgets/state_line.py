"""The line that shows that the mailbox is offline, idle, read-only or paused, and a key for it."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.widgets import Static

NARROW_CELLS = 60
"""With less room than this the short sentence is shown."""


class StateSentence(NamedTuple):
    """A state in words, for a wide and for a narrow terminal."""

    long: str
    short: str


class StateLine(Static):
    """A line of its own between the panes and the keys; without a sentence it takes no room."""

    DEFAULT_CSS = """
    StateLine {
        display: none; height: auto; max-height: 2; padding: 0 1;
        background: $surface; color: $text-warning;
    }
    StateLine.-open { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._sentence: StateSentence | None = None

    def show(self, sentence: StateSentence | None) -> None:
        """Show a sentence of ours, keys filled in; None: none."""
        if sentence != self._sentence:
            self._sentence = sentence
            self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Choose the sentence that fits."""
        self._draw()

    def _draw(self) -> None:
        self.set_class(self._sentence is not None, "-open")
        if self._sentence is not None:
            is_narrow = self.screen.size.width < NARROW_CELLS
            self.update(self._sentence.short if is_narrow else self._sentence.long)
