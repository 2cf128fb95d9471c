"""Shown while a commit or a goodbye is on its way; only Esc may do something."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from poptui.tui.screens.dialog import Dialog, DialogBox


class WorkingScreen(Dialog[None]):
    """Shows a sentence until its owner dismisses it; Esc calls ``stop``."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "stop", show=False)]
    DEFAULT_CSS = """
    WorkingScreen #box { width: auto; max-width: 100%; padding: 0 2; }
    WorkingScreen #said { width: auto; max-width: 100%; }
    """

    def __init__(self, sentence: str, stop: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._sentence, self._stop = sentence, stop

    def compose(self) -> ComposeResult:
        """The sentence."""
        with DialogBox(""):
            yield Static(self._sentence, markup=False, id="said")

    def say(self, sentence: str) -> None:
        """Show another sentence, which is clean."""
        self.query_one("#said", Static).update(sentence)

    def action_stop(self) -> None:
        """Esc."""
        self._stop()
