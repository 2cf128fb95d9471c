"""Base classes of all dialogs.

Textual's screens, containers and scrolling widgets bind keys too. A dialog inherits none of them,
so its class names all its keys; any other key is reported as unknown.
"""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.css.query import NoMatches
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Log

R = TypeVar("R")


class Dialog(ModalScreen[R], inherit_bindings=False):
    """A screen over the mailbox."""

    def say_unknown(self, key: str) -> None:
        """Say on the lower border that ``key``, which is clean, does nothing in this dialog."""
        self.say(f"{key!r} does nothing here")

    def say(self, sentence: str) -> None:
        """Show ``sentence``, which is clean, on the lower border until the next key."""
        self._subtitle(sentence)

    def on_key(self, event: events.Key) -> None:
        """Clear that message: this key was understood."""
        self._subtitle("")

    def _subtitle(self, text: str) -> None:
        try:
            box = self.query_one("#box", Widget)
        except NoMatches:
            return
        box.border_subtitle = text.replace("[", r"\[")


class TextPane(VerticalScroll, inherit_bindings=False):
    """Text in a ``ScrollDialog``."""


class LogPane(Log, inherit_bindings=False):
    """Many lines in a ``ScrollDialog``."""


class ScrollDialog(Dialog[R]):
    """A dialog with one pane of text, and keys that scroll it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home,g", "top", show=False),
        Binding("end,G", "bottom", show=False),
    ]

    @property
    def pane(self) -> Widget:
        """The pane that scrolls."""
        raise NotImplementedError

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.pane.scroll_relative(y=lines, animate=False)

    def action_page(self, direction: int) -> None:
        """Scroll by a page."""
        height = max(1, self.pane.scrollable_content_region.height)
        self.pane.scroll_relative(y=direction * height, animate=False)

    def action_top(self) -> None:
        """Scroll to the beginning."""
        self.pane.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """Scroll to the end."""
        self.pane.scroll_end(animate=False)
