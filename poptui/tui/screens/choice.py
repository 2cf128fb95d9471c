"""A dialog with a few answers, and a list of the messages it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Button, Static

from poptui.mailbox.entry import MessageEntry
from poptui.tui.actions.action import shown_key
from poptui.tui.outline import Row
from poptui.tui.screens.dialog import Dialog
from poptui.tui.widgets.message_list import MessageList

MAX_COLUMNS = 100
"""Wider lists are hard to read."""
BORDER_LINES = 2
ROOMY_LINES = 8
"""With more room than this for the messages, MARGIN_LINES are left free:"""
MARGIN_LINES = 3
"""above the box, below it, and above the answers."""


class Choice(NamedTuple):
    """One answer: what it means to the caller, its key and its label."""

    value: str
    key: str
    label: str


CANCEL = Choice("cancel", "escape", "Cancel")


class ChoiceScreen(Dialog[str]):
    """Asks ``title`` about ``entries``; dismissed with the value of a choice.

    The last choice is the harmless one: it has the focus and is what Escape chooses. Letters
    never move the focus: they belong to the choices.
    """

    AUTO_FOCUS = "Button:last-of-type"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("up,shift+tab,left", "app.focus_previous", show=False),
        Binding("down,tab,right", "app.focus_next", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "top", show=False),
        Binding("end", "bottom", show=False),
    ]
    DEFAULT_CSS = """
    ChoiceScreen { align: center middle; }
    ChoiceScreen #box {
        width: 100%; max-width: 100; height: auto; max-height: 100%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    ChoiceScreen #title { text-style: bold; height: auto; }
    ChoiceScreen MessageList { background: $surface; }
    ChoiceScreen MessageList > .message-list--cursor-blurred {
        background: $panel; color: $foreground; text-style: none;
    }
    ChoiceScreen .answer {
        width: 100%; height: auto; min-width: 8; text-align: left; content-align: left middle;
        background: $surface; color: $foreground; text-style: none !important;
        &:focus {
            background: $primary; color: $background; text-style: bold !important;
            background-tint: $background 0%;
        }
        &:focus:nocolor { text-style: reverse !important; }
    }
    ChoiceScreen.-roomy MessageList { margin-bottom: 1; }
    """

    def __init__(
        self,
        title: str,
        entries: Sequence[MessageEntry],
        choices: Sequence[Choice],
        notes: Mapping[Row, str] | None = None,
    ) -> None:
        """``notes``: clean texts to show with some of the messages."""
        super().__init__()
        self._title, self._entries, self._choices = title, entries, choices
        self._notes = notes or {}
        for choice in choices:
            self._bindings.key_to_bindings.pop(choice.key, None)
            self._bindings.bind(choice.key, f"choose({choice.value!r})", show=False)

    def compose(self) -> ComposeResult:
        """The question, the messages, the answers below one another."""
        with Vertical(id="box"):
            yield Static(self._title, markup=False, id="title")
            listing = MessageList()
            listing.can_focus = False
            listing.styles.height = self._rows(self.app.size)
            yield listing
            for choice in self._choices:
                label = Content(f"{shown_key(choice.key):>3}  {choice.label}")
                yield Button(label, id=choice.value, classes="answer", compact=True)

    def on_mount(self) -> None:
        """Fill the list."""
        self.query_one(MessageList).show(self._entries, notes=self._notes)

    def on_resize(self, event: events.Resize) -> None:
        """Give the list the room that the question and the answers leave."""
        for listing in self.query(MessageList):
            listing.styles.height = self._rows(event.size)

    def _rows(self, size: Size) -> int:
        """How many lines the list gets, its heading included."""
        width = max(1, min(size.width, MAX_COLUMNS) - 6)
        texts = [self._title, *(f"     {choice.label}" for choice in self._choices)]
        room = size.height - BORDER_LINES - sum(len(Content(text).wrap(width)) for text in texts)
        roomy = room > ROOMY_LINES
        self.set_class(roomy, "-roomy")
        rows = len(self._entries) + 1 if self._entries else 0
        return max(0, min(rows, room - MARGIN_LINES if roomy else room))

    def action_choose(self, value: str) -> None:
        """The key of a choice."""
        self.dismiss(value)

    @on(Button.Pressed)
    def pressed(self, event: Button.Pressed) -> None:
        """Enter or a click on a choice."""
        self.dismiss(event.button.id)

    def action_cancel(self) -> None:
        """Choose the harmless answer."""
        self.dismiss(self._choices[-1].value)

    def action_page(self, direction: int) -> None:
        """Scroll the messages by a page."""
        self.query_one(MessageList).page(direction)

    def action_top(self) -> None:
        """Scroll to the first message."""
        self.query_one(MessageList).top()

    def action_bottom(self) -> None:
        """Scroll to the last message."""
        self.query_one(MessageList).bottom()
