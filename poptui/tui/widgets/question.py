"""The line at the bottom where poptui asks for a short text."""

from __future__ import annotations

import asyncio

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

MAX_CHARACTERS = 4000
"""The longest answer that can be typed."""


class InlineQuestion(Horizontal):
    """A label and a field, hidden until something is asked; Esc is up to the screen."""

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

    def compose(self) -> ComposeResult:
        """The label, and the field."""
        yield Static("", markup=False)
        field = Input(compact=True, max_length=MAX_CHARACTERS)
        field.cursor_blink = False
        yield field

    @property
    def open(self) -> bool:
        """Whether something is being asked."""
        return self._answer is not None

    async def ask(self, label: str, text: str = "") -> str | None:
        """Ask, with ``text`` in the field; return the answer, or None if it was cancelled.

        Afterwards the focus goes back to where it was.
        """
        self.cancel()
        before, field = self.screen.focused, self.query_one(Input)
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._answer = answer
        self.query_one(Static).update(f"{label} ")
        with self.prevent(Input.Changed):
            field.value = text
        self.add_class("-open")
        field.focus()
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
        """Cancel: the user went elsewhere."""
        if self.app.focused is not self.query_one(Input):
            self.cancel()
