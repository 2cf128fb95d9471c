"""Shown while a commit or a goodbye is on its way; only Esc may do something."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from poptui.tui.screens.dialog import Dialog


class WorkingScreen(Dialog[None]):
    """Shows a sentence until its owner dismisses it; Esc calls ``stop``."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "stop", show=False)]
    DEFAULT_CSS = """
    WorkingScreen { align: center middle; }
    WorkingScreen Static {
        width: auto; max-width: 100%; height: auto;
        border: round $primary; background: $surface; padding: 0 2;
    }
    """

    def __init__(self, sentence: str, stop: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._sentence, self._stop = sentence, stop

    def compose(self) -> ComposeResult:
        """The sentence."""
        yield Static(self._sentence, markup=False)

    def say(self, sentence: str) -> None:
        """Show another sentence, which is clean."""
        self.query_one(Static).update(sentence)

    def action_stop(self) -> None:
        """Esc."""
        self._stop()
