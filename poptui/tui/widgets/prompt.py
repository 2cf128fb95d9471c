"""Two lines at the bottom: one to type a filter, one that asks for a short text.

What is in them is made when they are opened for the first time: a field is the most expensive
widget of all, and would be a part of each start.
"""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from poptui.triage.filters.error import MAX_FILTER_CHARS, FilterError

EXAMPLE = "anna   from:shop   older:1y   size:>5M   is:spam"
MAX_ANSWER_CHARACTERS = 4000
"""The longest answer that can be typed."""
HINT = "F1 help · Enter keeps · Esc cancels"


class _ErrorHighlighter(Highlighter):
    """Underlines the error in a filter."""

    def __init__(self) -> None:
        self.error: FilterError | None = None

    def highlight(self, text: Text) -> None:
        """Underline the place of the error, unless the text has changed since."""
        if self.error is not None and text.plain == self.error.text:
            text.stylize("bold underline", self.error.start, max(self.error.end, 1))


class FilterField(Input):
    """The field; Up, Down and the page keys move the cursor of the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "screen.act('up')", show=False),
        Binding("down", "screen.act('down')", show=False),
        Binding("pageup", "screen.act('page_up')", show=False),
        Binding("pagedown", "screen.act('page_down')", show=False),
    ]


class Prompt(Horizontal):
    """A field for a filter, hidden until it is opened. The screen handles Esc.

    The cursor does not blink, which would send bytes all the time.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab", "keep", show=False),
        Binding("f1", "screen.act('help')", show=False),
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
        """The text changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Kept(Message):
        """Enter or Tab: the filter is complete."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__()
        self._highlighter = _ErrorHighlighter()

    @cached_property
    def field(self) -> FilterField:
        """The field in which the filter is typed."""
        field = FilterField(
            placeholder=EXAMPLE,
            compact=True,
            max_length=MAX_FILTER_CHARS,
            highlighter=self._highlighter,
        )
        field.cursor_blink = False
        return field

    @property
    def open(self) -> bool:
        """Whether a filter is being typed."""
        return self.has_class("-open")

    async def begin(self, text: str) -> None:
        """Show the field with ``text`` in it, after a sign and before the keys that close it."""
        if not self.children:
            sign, hint = Static("/", id="sign", markup=False), Static(HINT, id="hint", markup=False)
            await self.mount(sign, self.field, hint)
        self.add_class("-open")
        with self.prevent(Input.Changed):
            self.field.value = text
        self.field.focus()

    def end(self) -> None:
        """Hide the field."""
        self.remove_class("-open")

    def point_at(self, error: FilterError | None) -> None:
        """Underline the place of ``error`` in the text; None: nothing."""
        if error is not self._highlighter.error:
            self._highlighter.error = error
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
        """Keep the filter, as Enter does."""
        self.post_message(self.Kept(self.field.value))


class InlineQuestion(Horizontal):
    """A label and a field, hidden until something is asked. The screen handles Esc."""

    DEFAULT_CSS = """
    InlineQuestion { display: none; height: 1; background: $panel; padding: 0 1; }
    InlineQuestion.-open { display: block; }
    InlineQuestion Static { width: auto; background: $panel; color: $accent; text-style: bold; }
    InlineQuestion Input, InlineQuestion Input:focus {
        width: 1fr; background: $panel; color: $foreground; background-tint: $background 0%;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[str | None] | None = None

    async def _make(self) -> None:
        """Make the label and the field."""
        field = Input(compact=True, max_length=MAX_ANSWER_CHARACTERS)
        field.cursor_blink = False
        await self.mount(Static("", markup=False), field)

    @property
    def open(self) -> bool:
        """Whether something is being asked."""
        return self._answer is not None

    @property
    def has_keys(self) -> bool:
        """Whether keys go into the field."""
        return self.open and self.screen.focused is self.query_one(Input)

    async def ask(self, label: str, text: str = "") -> str | None:
        """Ask, with ``text`` in the field; return the answer, or None if it was cancelled.

        Afterwards the focus goes back to where it was.
        """
        self.cancel()
        if not self.children:
            await self._make()
        before, field = self.screen.focused, self.query_one(Input)
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._answer = answer
        self.query_one(Static).update(f"{label} ")
        with self.prevent(Input.Changed):
            field.value = text
        self.add_class("-open")
        self.screen.set_focus(field)  # at once, for keys that came with the one that asked
        try:
            return await answer
        finally:
            if self._answer is answer:
                self._close(before)

    def _close(self, before: Widget | None) -> None:
        self._answer = None
        self.remove_class("-open")
        if before is not None and self.screen.focused in (None, self.query_one(Input)):
            self.screen.set_focus(before)

    def cancel(self) -> None:
        """End the question without an answer."""
        self._settle(None)

    def _settle(self, answer: str | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._settle(event.value)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Cancel, because the focus went elsewhere."""
        if self.screen.focused is not self.query_one(Input):
            self.cancel()
