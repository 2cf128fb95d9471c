"""A list to choose a row from."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from poptui.text.format import fit
from poptui.tui.widgets.line_widget import LineWidget

_POINTER = "> "


class PickList(LineWidget, can_focus=True):
    """Rows of printable text with a cursor; only those on screen are made."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home,g", "go(0)", show=False),
        Binding("end,G", "go(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pick-list--row", "pick-list--cursor", "pick-list--covered",
    }  # fmt: skip
    DEFAULT_CSS = """
    PickList {
        height: 1fr; background: $surface; color: $foreground;
        & > .pick-list--row { color: $foreground; }
        & > .pick-list--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground;
            text-style: bold;
        }
        & > .pick-list--covered {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        &:nocolor > .pick-list--cursor { text-style: reverse; }
    }
    """

    class Moved(Message):
        """The cursor is on another row."""

    class Chosen(Message):
        """Enter, or a click on the row under the cursor."""

    def __init__(self, count: int, row: Callable[[int, int], str]) -> None:
        """``row(number, cells)`` is a row's text, cut to ``cells``."""
        super().__init__()
        self._count, self._row = count, row
        self._first = 0
        self.cursor = 0

    @property
    def cursor_screen_offset(self) -> Offset:
        """Put the terminal's cursor at the row under the cursor."""
        return self.region.offset + Offset(0, self.cursor - self._first)

    def show(self, count: int) -> None:
        """Show other rows, from the first one."""
        self._count, self._first = count, 0
        self._go(0)

    def render_line(self, y: int) -> Strip:
        """Row ``y`` of those on screen."""
        number, width = self._first + y, self.size.width
        here = number == self.cursor and self._count > 0
        text = ""
        if number < self._count:
            room = max(0, width - len(_POINTER))
            text = (_POINTER if here else " " * len(_POINTER)) + self._row(number, room)
        cursor = "cursor" if self.screen.is_active else "covered"
        style = self.get_component_rich_style(f"pick-list--{cursor if here else 'row'}")
        segments = [Segment(fit(text, width), style)]
        return Strip(segments if here else self.coloured(segments[0]), width)

    def coloured(self, row: Segment) -> list[Segment]:
        """Return a row, which is not the one under the cursor, in its colours."""
        return [row]

    def action_move(self, rows: int) -> None:
        """Move by rows."""
        self._go(self.cursor + rows)

    def action_page(self, direction: int) -> None:
        """Move by a page."""
        self._go(self.cursor + direction * max(1, self.size.height - 1))

    def action_go(self, number: int) -> None:
        """Go to a row; -1: the last."""
        self._go(number % max(1, self._count))

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self._count:
            self.post_message(self.Chosen())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor with the wheel, so that it is always on screen."""
        event.stop()
        self.action_move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor with the wheel."""
        event.stop()
        self.action_move(-1)

    def on_resize(self) -> None:
        """Keep the cursor on screen."""
        self._go(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row clicked; choose it if the cursor is there already."""
        number = self._first + event.y
        if number == self.cursor:
            self.action_choose()
        elif number < self._count:
            self._go(number)

    def _go(self, number: int) -> None:
        self.cursor = max(0, min(number, self._count - 1))
        height = max(1, self.size.height)
        self._first = max(self.cursor - height + 1, min(self._first, self.cursor))
        self.refresh()
        self.post_message(self.Moved())
