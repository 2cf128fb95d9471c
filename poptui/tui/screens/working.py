"""What is shown while the last word to the server is on its way: no key is taken meanwhile."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Static


class WorkingScreen(ModalScreen[None], inherit_bindings=False):
    """A sentence that stays until whoever pushed it takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = """
    WorkingScreen { align: center middle; }
    WorkingScreen Static {
        width: auto; max-width: 100%; height: auto;
        border: round $primary; background: $surface; padding: 0 2;
    }
    """

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        """The sentence."""
        yield Static(self._sentence, markup=False)
