"""A field for words to search for, in a dialog that has other keys."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

MAX_CHARACTERS = 200
"""The longest text that can be searched for."""


class SearchField(Input, inherit_bindings=False):
    """A field that takes letters and editing keys, and leaves all other keys to the dialog.

    The cursor does not blink, which would send bytes all the time.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor_left", show=False),
        Binding("right", "cursor_right", show=False),
        Binding("backspace", "delete_left", show=False),
        Binding("delete", "delete_right", show=False),
        Binding("ctrl+u", "delete_left_all", show=False),
        Binding("ctrl+w", "delete_left_word", show=False),
    ]
    DEFAULT_CSS = """
    SearchField, SearchField:focus {
        width: 1fr; background: $surface; color: $foreground; background-tint: $background 0%;
    }
    SearchField > .input--placeholder, SearchField:focus > .input--placeholder {
        color: $foreground-muted;
    }
    """

    class DialogKey(Message):
        """A key of the dialog was pressed while the field was empty."""

    def __init__(self, placeholder: str, dialog_keys: str = "") -> None:
        """``dialog_keys``: characters that are the dialog's keys as long as nothing is typed."""
        super().__init__(placeholder=placeholder, compact=True, max_length=MAX_CHARACTERS)
        self.cursor_blink = False
        self._dialog_keys = dialog_keys

    async def _on_key(self, event: events.Key) -> None:
        """Give a character to the dialog; otherwise Textual would type it."""
        if not self.value and event.character and event.character in self._dialog_keys:
            event.stop()
            event.prevent_default()
            self.post_message(self.DialogKey())

    @property
    def text(self) -> str:
        """The text to search for, without a slash that was typed out of habit."""
        return (self.value.removeprefix("/") or self.value).strip()
