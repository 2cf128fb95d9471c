"""A dialog with a few answers, and a list of the messages it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Button, Static

from poptui.mailbox.entry import MessageEntry
from poptui.text.wrapping import wrap
from poptui.tui.actions.keys import shown_key
from poptui.tui.outline import Row
from poptui.tui.screens.dialog import Dialog, DialogBox, line_count, title_fits
from poptui.tui.widgets.message_list import MessageList

MAX_COLUMNS = 100
"""Wider lists of messages are hard to read."""
BORDER_LINES = 2
ROOMY_LINES = 8
"""With more lines than this for the messages, MARGIN_LINES are left free around the box."""
MARGIN_LINES = 2
_KEY_CELLS, _GAP_CELLS = 5, 2
_TEXT_MARGIN_CELLS = 6
"""Number of cells for the frame of the box and the space beside its text."""
_LABEL_MARGIN_CELLS = 4
"""The same beside the answers."""


class Choice(NamedTuple):
    """One answer: its value for the caller, its key and its label."""

    value: str
    key: str
    label: str
    short: str = ""
    """A shorter label, for a terminal in which the other one takes several lines."""

    def lines(self, cells: int) -> list[str]:
        """The label that fits best, in lines of at most this many cells."""
        lines = wrap(self.label, cells)
        return wrap(self.short, cells) if self.short and len(lines) > 1 else lines


CANCEL = Choice("cancel", "escape", "Cancel")


class ChoiceScreen(Dialog[str]):
    """Asks ``title`` about ``entries``; dismissed with the value of a choice.

    Below the title are the sentence ``text``, the messages, the answers with their keys, and the
    sentence ``otherwise``.

    The last choice is the harmless one: it has the focus and is what Escape chooses. Letters
    never move the focus: they belong to the choices.
    """

    AUTO_FOCUS = "Button:last-of-type"
    MAX_TYPED_AHEAD_KEYS = 8
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
    ChoiceScreen MessageList { background: $surface; }
    ChoiceScreen .answer {
        width: 100%; height: auto; min-width: 8; text-align: left; content-align: left middle;
        /* Textual has rules of its own for buttons in a theme of the terminal's colours. */
        background: $surface !important; color: $foreground !important;
        text-style: none !important;
        &:focus {
            background: $block-cursor-background !important;
            color: $block-cursor-foreground !important;
            text-style: $block-cursor-text-style !important;
            background-tint: $background 0%;
        }
    }
    ChoiceScreen #otherwise { display: none; height: auto; color: $foreground-muted; }
    ChoiceScreen.-roomy #otherwise { display: block; margin-top: 1; }
    ChoiceScreen.-roomy #text, ChoiceScreen.-roomy MessageList { margin-bottom: 1; }
    """

    def __init__(
        self,
        title: str,
        entries: Sequence[MessageEntry],
        choices: Sequence[Choice],
        notes: Mapping[Row, str] | None = None,
        *,
        text: str = "",
        otherwise: str = "",
        is_danger: bool = False,
    ) -> None:
        """``notes``: printable texts to show with some of the messages.

        ``is_danger``: an answer deletes something.
        """
        super().__init__()
        self._title, self._entries, self._choices = title, entries, choices
        self._notes = notes or {}
        self._text, self._otherwise, self._is_danger = text, otherwise, is_danger
        for choice in choices:
            self._bindings.key_to_bindings.pop(choice.key, None)
            self._bindings.bind(choice.key, f"choose({choice.value!r})", show=False)

    def compose(self) -> ComposeResult:
        """The question, the messages, the answers below one another."""
        with DialogBox(self._title, is_danger=self._is_danger):
            if self._text:
                yield Static(self._text, markup=False, id="text")
            listing = MessageList(is_bare=True)
            listing.can_focus = False
            yield listing
            for choice in self._choices:
                button = Button("", id=choice.value, classes="answer", compact=True)
                button.styles.line_pad = 0  # which Textual's stylesheets can't say
                yield button
            if self._otherwise:
                yield Static(self._otherwise, markup=False, id="otherwise")

    def on_mount(self) -> None:
        """Fill the list."""
        self.query_one(MessageList).show(self._entries, notes=self._notes)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show the key of the answer under the cursor in the cursor's colour, and only that."""
        self._show_labels()

    def on_resize(self, event: events.Resize) -> None:
        """Give the list the lines that are left."""
        self._show_labels()  # only now is there a width
        self.query_one(MessageList).styles.height = self._rows(event.size)

    def _show_labels(self) -> None:
        for choice in self._choices:
            button = self.query_one(f"#{choice.value}", Button)
            # Contents that differ in style only are equal, so the assignment would do nothing.
            button.set_reactive(Button.label, self._label(choice, has_cursor=button.has_focus))
            button.refresh(layout=True)

    def _label(self, choice: Choice, *, has_cursor: bool = False) -> Content:
        pointer = ">" if has_cursor else " "
        key = f"{pointer}{shown_key(choice.key):>{_KEY_CELLS - 1}}"
        style = "bold" if has_cursor else "bold $text-accent"
        lines = choice.lines(_label_cells(self.size))
        indent = "\n" + " " * (_KEY_CELLS + _GAP_CELLS)
        return Content.assemble((key, style), " " * _GAP_CELLS, indent.join(lines))

    def _rows(self, size: Size) -> int:
        """Return the number of lines for the list, its heading included."""
        cells = min(size.width, MAX_COLUMNS)
        texts = [self._text] if self._text else []
        texts += [] if title_fits(self._title, cells) else [self._title]
        room = size.height - BORDER_LINES - line_count(texts, cells - _TEXT_MARGIN_CELLS)
        room -= sum(len(choice.lines(_label_cells(size))) for choice in self._choices)
        roomy = room > ROOMY_LINES
        self.set_class(roomy, "-roomy")
        rows = len(self._entries)
        if roomy:
            # The space around them, and the parts that are shown only if there is room.
            room -= MARGIN_LINES + 1 + bool(self._text)
            room -= (
                1 + line_count([self._otherwise], cells - _TEXT_MARGIN_CELLS)
                if self._otherwise
                else 0
            )
        return max(0, min(rows, room))

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


def _label_cells(size: Size) -> int:
    """Return the number of cells a label may take in one line."""
    return max(2, min(size.width, MAX_COLUMNS) - _LABEL_MARGIN_CELLS - _KEY_CELLS - _GAP_CELLS)
