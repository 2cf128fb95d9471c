"""Asks for a password, because the server refused the last one."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from poptui.secret import Secret
from poptui.tui.screens.dialog import Dialog, DialogBox, KeyHint, key_lines, line_count

FRAME_LINES, FRAME_CELLS, FIELD_LINES = 2, 4, 1
ROOMY_LINES = 16
"""From this height on there is space around the question."""
MARGIN_LINES = 2
MAX_CELLS = 80


class PasswordAnswer(NamedTuple):
    """A password, and whether to keep it in the keyring once the server has accepted it."""

    password: Secret
    keep: bool


class PasswordScreen(Dialog[PasswordAnswer]):
    """Asks for a password, which is not shown; dismissed with it, or with None."""

    APPEARS_BY_ITSELF = True
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("tab", "keep", show=False),
    ]
    DEFAULT_CSS = """
    PasswordScreen #box { max-width: 80; }
    PasswordScreen #asked { height: auto; text-style: bold; }
    PasswordScreen Input { border: none; height: 1; padding: 0; background: $panel; }
    PasswordScreen #keep { height: 1; }
    PasswordScreen.-roomy #asked, PasswordScreen.-roomy #hint { margin-top: 1; }
    """

    def __init__(
        self, title: str, reason: str, *, keep: bool | None = None, otherwise: str
    ) -> None:
        """``title`` says whose password it is, ``reason`` why it is asked for; both are printable.

        ``keep``: whether it will be kept in the keyring, unless the user says otherwise; None if
        it can't be. ``otherwise`` is the label of Esc.
        """
        super().__init__()
        self._title, self._reason, self._keep = title, reason, keep
        self._otherwise = otherwise

    @property
    def _question(self) -> str:
        return f"Password for {self._title}:"

    @property
    def _keys(self) -> str:
        keeping = "" if self._keep is None else "   Tab  Keep it or not"
        return f"Enter  Log in{keeping}   Esc  {self._otherwise}"

    def compose(self) -> ComposeResult:
        """The server's words, the field, the keys."""
        with DialogBox("Password"):
            if self._reason:
                yield Static(self._reason, markup=False, id="text")
            yield Static(self._question, markup=False, id="asked")
            field = Input(password=True, select_on_focus=False, compact=True)
            field.cursor_blink = False
            yield field
            if self._keep is not None:
                yield Static(self._keeping(), markup=False, id="keep")
            yield KeyHint(self._keys)

    def on_resize(self, event: events.Resize) -> None:
        """Give the server's words the lines that are left."""
        height = event.size.height
        self.set_class(height >= ROOMY_LINES, "-roomy")
        cells = min(event.size.width, MAX_CELLS) - FRAME_CELLS
        others = FRAME_LINES + FIELD_LINES + line_count([self._question], cells)
        others += (
            len(key_lines(self._keys, cells))
            + (self._keep is not None)
            + MARGIN_LINES * (height >= ROOMY_LINES)
        )
        for reason in self.query("#text"):
            reason.styles.max_height = max(1, height - others)

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Take the password; Enter is ignored while the field is empty."""
        if event.value:
            self.dismiss(PasswordAnswer(Secret(event.value), bool(self._keep)))

    def action_keep(self) -> None:
        """Change whether the password will be kept."""
        if self._keep is not None:
            self._keep = not self._keep
            self.query_one("#keep", Static).update(self._keeping())

    def _keeping(self) -> str:
        return f"[{'x' if self._keep else ' '}] Keep it in the keyring"

    def action_cancel(self) -> None:
        """Close the dialog without a password."""
        self.dismiss(None)
