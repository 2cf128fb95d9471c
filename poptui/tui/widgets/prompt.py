"""The line at the bottom where a filter is typed."""

from __future__ import annotations

from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from poptui.triage.filters.tree import FilterError

LONGEST = 10_000
"""Characters that a filter may have."""
EXAMPLE = "anna   from:shop   older:1y   size:>5M   is:spam"
HINT = "F1 help · Enter keeps · Esc cancels"


class _Fault(Highlighter):
    """Shows the place of what is wrong."""

    def __init__(self) -> None:
        self.fault: FilterError | None = None

    def highlight(self, text: Text) -> None:
        """Underline the place, where the text is still the one that was found wrong."""
        if self.fault is not None and text.plain == self.fault.text:
            text.stylize("bold underline", self.fault.start, max(self.fault.end, 1))


class FilterField(Input):
    """The field; its moving keys that are of no use in one line move the list's cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "screen.up", show=False),
        Binding("down", "screen.down", show=False),
        Binding("pageup", "screen.page_up", show=False),
        Binding("pagedown", "screen.page_down", show=False),
    ]


class Prompt(Horizontal):
    """A field for a filter. It is not there until it is opened, and its cursor stands still."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("tab,shift+tab", "keep", show=False),
        Binding("f1", "screen.help", show=False),
    ]
    DEFAULT_CSS = """
    Prompt { display: none; height: 1; background: $panel; padding: 0 1; }
    Prompt.-open { display: block; }
    Prompt Static { width: auto; background: $panel; color: $foreground-muted; }
    Prompt #sign { color: $accent; text-style: bold; }
    Prompt #hint { margin-left: 2; }
    Prompt Input, Prompt Input:focus {
        width: 1fr; background: $panel; color: $foreground; background-tint: $background 0%;
    }
    """

    class Typed(Message):
        """The text is another one."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Kept(Message):
        """Enter: the filter is to stay."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Cancelled(Message):
        """Escape: the filter from before."""

    def __init__(self) -> None:
        super().__init__()
        self._fault = _Fault()

    def compose(self) -> ComposeResult:
        """The sign, the field, and what ends it."""
        yield Static("/", id="sign", markup=False)
        field = FilterField(
            placeholder=EXAMPLE, compact=True, max_length=LONGEST, highlighter=self._fault
        )
        field.cursor_blink = False
        yield field
        yield Static(HINT, id="hint", markup=False)

    @property
    def field(self) -> Input:
        """Where the text is."""
        return self.query_one(Input)

    @property
    def open(self) -> bool:
        """Whether a filter is being typed."""
        return self.has_class("-open")

    def begin(self, text: str) -> None:
        """Show the field with ``text`` in it."""
        self.add_class("-open")
        with self.prevent(Input.Changed):
            self.field.value = text
        self.field.focus()

    def end(self) -> None:
        """Take the field away."""
        self.remove_class("-open")

    def point_at(self, fault: FilterError | None) -> None:
        """Show the place of ``fault`` in the text."""
        if fault is not self._fault.fault:
            self._fault.fault = fault
            self.field.refresh()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Kept(event.value))

    def action_keep(self) -> None:
        """Leave the prompt by Tab as by Enter."""
        self.post_message(self.Kept(self.field.value))

    def action_cancel(self) -> None:
        """Leave the prompt and keep the filter from before."""
        self.post_message(self.Cancelled())
