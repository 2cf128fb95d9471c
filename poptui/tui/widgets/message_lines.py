"""Draws the list of messages line by line, only what is on screen and only what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip
from textual.widget import Widget

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.text.cells import cell_width
from poptui.text.format import fit
from poptui.text.wrapping import wrap
from poptui.tui.outline import Heading, Row
from poptui.tui.widgets.columns import (
    Columns,
    Piece,
    Role,
    columns,
    glyph,
    heading,
    heading_row,
    row,
)
from poptui.tui.widgets.line_widget import LineView, thumb
from poptui.tui.widgets.score import ScoreStyle

TEXT = "message-list--text"
MUTED = "message-list--muted"
MARK = "message-list--mark"
CURSOR = "message-list--cursor"
CURSOR_BLURRED = "message-list--cursor-blurred"

STYLES = """
MessageLines {
    background: $background;
    color: $foreground;
    & > .message-list--text { color: $foreground; }
    & > .message-list--muted { color: $foreground-muted; }
    & > .message-list--mark { color: $text-error; }
    & > .message-list--cursor {
        background: $block-cursor-background;
        color: $block-cursor-foreground;
        text-style: $block-cursor-text-style;
    }
    & > .message-list--cursor-blurred {
        background: $block-cursor-blurred-background;
        color: $block-cursor-blurred-foreground;
        text-style: $block-cursor-blurred-text-style;
    }
}
"""
"""Default styles of the list."""

Styles = Mapping[Role, Style]
"""The style of each part of a line."""

_REVERSED = Style(reverse=True)
_DIM = Style(dim=True)

HEADING_LINES = 1
_CACHED_ROWS = 512


class MessageLines(LineView):
    """The drawing part of ``MessageList``.

    Line 0 of the widget is the heading; row ``i`` is on line ``i + 1`` of the virtual size.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {TEXT, MUTED, MARK, CURSOR, CURSOR_BLURRED}
    DEFAULT_CSS = STYLES

    def __init__(
        self, *, id: str | None = None, classes: str | None = None, is_bare: bool = False
    ) -> None:
        """``is_bare``: without the line above the messages."""
        super().__init__(id=id, classes=classes)
        self._top = 0 if is_bare else HEADING_LINES
        self._entries: Sequence[Row] = ()
        self._score_style = ScoreStyle()
        self._notes: Mapping[Row, str] = {}
        self._order: tuple[SortKey | None, bool] = (None, False)
        self._cursor = 0
        self._placeholder = "Connecting …"
        self._now = datetime.now().astimezone()
        self._columns: Columns | None = None
        self._rows: LRUCache[tuple[object, ...], Strip] = LRUCache(_CACHED_ROWS)

    @property
    def _height(self) -> int:
        """Lines for messages, at least one."""
        return max(1, self.size.height - self._top)

    def render_line(self, y: int) -> Strip:
        """Line ``y`` of the widget: the heading, a message, or the placeholder."""
        if not self._entries:
            return self._notice_line(y)
        if y < self._top:
            order, descending = self._order
            text = heading(self._layout(), order, descending=descending)
            return self._whole_line(text, MUTED)
        index = self.scroll_offset.y + y - self._top
        if index >= len(self._entries):
            return self._whole_line("", TEXT)
        return self._row(index, y - self._top)

    def notify_style_update(self) -> None:
        """Draw every line anew, as colours have changed."""
        super().notify_style_update()
        self._rows.clear()

    def _layout(self) -> Columns:
        if self._columns is None:
            highest = max(entry.number for entry in self._entries)
            self._columns = columns(self.size.width, highest)
        return self._columns

    def _row(self, index: int, y: int) -> Strip:
        """The line of one message or group, from the cache if nothing on it has changed."""
        shown = self._entries[index]
        under_cursor = index == self._cursor
        bar = y in thumb(self._height, len(self._entries), self.scroll_offset.y)
        if isinstance(shown, Heading):
            pieces = heading_row(shown, self._layout(), self._now, self._score_style)
            return draw_row(pieces, self._style(under_cursor=under_cursor), bar)
        if under_cursor:
            return self._draw(shown, bar, under_cursor=True)
        key = (shown, glyph(shown), shown.header, shown.trouble, shown.score, bar)
        strip = self._rows.get(key)
        if strip is None:
            strip = self._rows[key] = self._draw(shown, bar, under_cursor=False)
        return strip

    def _draw(self, entry: MessageEntry, bar: bool, *, under_cursor: bool) -> Strip:
        note = self._notes.get(entry, "")
        pieces = row(entry, self._layout(), self._now, self._score_style, note)
        return draw_row(pieces, self._style(marked=entry.marked, under_cursor=under_cursor), bar)

    def _style(self, *, marked: bool = False, under_cursor: bool) -> Styles:
        narrow = not self._layout().number
        return row_styles(self, marked=marked, under_cursor=under_cursor, narrow=narrow)

    def _whole_line(self, text: str, component: str) -> Strip:
        """A line of one style."""
        style = self.get_component_rich_style(component)
        return Strip([Segment(fit(text, self.size.width), style)], self.size.width)

    def _notice_line(self, y: int) -> Strip:
        """A line of an empty list, with the placeholder in the middle."""
        width, height = self.size
        lines = [part for line in self._placeholder.split("\n") for part in wrap(line, width - 2)]
        index = y - max(0, height - len(lines)) // 2
        text = lines[index] if 0 <= index < len(lines) else ""
        return self._whole_line(" " * ((width - cell_width(text)) // 2) + text, MUTED)


def row_styles(view: Widget, *, marked: bool, under_cursor: bool, narrow: bool) -> Styles:
    """The styles of a line: a marked one has a coloured number, the cursor is a bar at the left.

    Every key that moves the cursor sends the cells of the bar twice, so the bar ends after the
    number; in a ``narrow`` line, which has no number, after the sender.
    """
    style = view.get_component_rich_style
    mark, muted, text = style(MARK), style(MUTED), style(TEXT)
    look: dict[Role, Style] = {
        "mark": mark if marked else text,
        "number": mark if marked else text,
        "meta": muted,
        "dim": muted + _DIM,
        "from": text,
        "plain": text,
        "spam": muted,
    }
    if under_cursor:
        bar = _cursor(view)
        look |= {"mark": bar, "number": bar, "from": bar if narrow else text}
    return look


def draw_row(pieces: Iterable[Piece], look: Styles, bar: bool) -> Strip:
    """The painted line, and the scroll bar's cell at its end."""
    segments = [Segment(text, look[role]) for role, text in pieces if text]
    segments.append(Segment("▐" if bar else " ", look["plain"]))
    return Strip(segments)


def _cursor(view: Widget) -> Style:
    """The style of the cursor; reversed if its background alone would not show."""
    style = view.get_component_rich_style(CURSOR if view.has_focus else CURSOR_BLURRED)
    unseen = view.app.no_color or style.bgcolor == view.rich_style.bgcolor
    return style + _REVERSED if unseen else style
