"""Asks for a password after the server refused the one we had."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from poptui.secret import Secret
from poptui.tui.screens.dialog import Dialog, DialogBox, KeyHint
from poptui.tui.screens.type_ahead import TypeAheadGuard

OTHER_LINES = 8
"""Everything but the server's words takes so many."""
HINT = "Enter  Log in   Esc  Stay offline"


class PasswordScreen(TypeAheadGuard, Dialog[Secret | None]):
    """Asks for a password, which is not shown; dismissed with it, or with None."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]
    DEFAULT_CSS = """
    PasswordScreen #box { max-width: 80; }
    PasswordScreen #asked { height: 1; text-style: bold; margin-top: 1; }
    PasswordScreen Input { border: none; height: 1; padding: 0; background: $panel; }
    PasswordScreen #hint { margin-top: 1; }
    """

    def __init__(self, title: str, said: str) -> None:
        """``title`` is whose password it is, ``said`` why it is asked for; both are clean."""
        super().__init__()
        self._title, self._said = title, said

    def compose(self) -> ComposeResult:
        """The server's words, the field, the keys."""
        with DialogBox("Password"):
            yield Static(self._said, markup=False, id="said")
            yield Static(f"Password for {self._title}:", markup=False, id="asked")
            field = Input(password=True, select_on_focus=False, compact=True)
            field.cursor_blink = False
            yield field
            yield KeyHint(HINT)

    def on_resize(self, event: events.Resize) -> None:
        """Give the server's words no more lines than the rest leaves."""
        self.query_one("#said").styles.max_height = max(1, event.size.height - OTHER_LINES)

    @on(Input.Submitted)
    def give(self, event: Input.Submitted) -> None:
        """Enter; ignored while the field is empty."""
        if event.value:
            self.dismiss(Secret(event.value))

    def action_cancel(self) -> None:
        """No password."""
        self.dismiss(None)
