"""The list of messages and its cursor.

The keyboard moves the cursor, and the view follows. The mouse wheel moves only the view; the cursor
stays on its message, so callers check ``cursor_shown`` before they act on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from textual import events
from textual.geometry import Offset, Region, Size
from textual.message import Message

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.tui.outline import Heading, Row
from poptui.tui.widgets.columns import column_at
from poptui.tui.widgets.message_lines import MessageLines

WHEEL_LINES = 3
"""Number of lines that one step of the mouse wheel scrolls."""


class CursorPlace(NamedTuple):
    """A place of the cursor: its row, and the line of the screen that showed it."""

    row: Row | None
    line: int


class MessageList(MessageLines, can_focus=True):
    """Messages, and headings of their groups if there are any; one line is under the cursor."""

    class Moved(Message):
        """The cursor is on another message, or on none."""

        def __init__(self, entry: MessageEntry | None) -> None:
            super().__init__()
            self.entry = entry

    class Scrolled(Message):
        """Other messages are on screen."""

    class Chosen(Message):
        """The line under the cursor was double-clicked."""

    class ColumnClicked(Message):
        """The name of a column was clicked."""

        def __init__(self, key: SortKey) -> None:
            super().__init__()
            self.key = key

    def __init__(
        self, *, id: str | None = None, classes: str | None = None, is_bare: bool = False
    ) -> None:
        super().__init__(id=id, classes=classes, is_bare=is_bare)
        self._last: Row | None = None
        """The row under the cursor before the list became empty."""
        self._home = CursorPlace(None, 0)
        """The row the user last put the cursor on; it returns there when that is shown again."""
        self._view_left_cursor = False
        """The user scrolled the view by the wheel until the cursor was off the screen."""

    @property
    def rows(self) -> Sequence[Row]:
        """All lines, from the top."""
        return self._entries

    @property
    def row(self) -> Row | None:
        """The line under the cursor."""
        return self._entries[self._cursor] if self._entries else None

    @property
    def entry(self) -> MessageEntry | None:
        """The message under the cursor."""
        return self.row if isinstance(self.row, MessageEntry) else None

    @property
    def heading(self) -> Heading | None:
        """The heading under the cursor, if it is on one."""
        return self.row if isinstance(self.row, Heading) else None

    @property
    def cursor_shown(self) -> bool:
        """Whether the line under the cursor is on the screen."""
        return self.size.height > self.above_lines and self._cursor in self._indices()

    @property
    def cursor_screen_offset(self) -> Offset:
        """Put the terminal's cursor at the row under the cursor, if that is visible."""
        line = self._cursor - self.scroll_offset.y if self.cursor_shown else 0
        return self.region.offset + Offset(self.frame.side_cells, self.above_lines + line)

    @property
    def place(self) -> CursorPlace:
        """The place of the cursor now."""
        return CursorPlace(self.row or self._last, self._cursor - self.scroll_offset.y)

    @property
    def kept_row(self) -> Row | None:
        """The row where the user put the cursor last."""
        return self._home.row

    @property
    def placeholder(self) -> str:
        """The text in a list without messages."""
        return self._placeholder

    @placeholder.setter
    def placeholder(self, text: str) -> None:
        if text != self._placeholder:
            self._placeholder = text
            if not self._entries:
                self.refresh()

    @property
    def remark(self) -> str:
        """A remark in the title, before the order."""
        return self._remark

    @remark.setter
    def remark(self, text: str) -> None:
        if text != self._remark:
            self._remark = text
            self.refresh(Region(0, 0, self.size.width, 1))

    @property
    def list_name(self) -> str:
        """The name of the list in the title."""
        return self._list_name

    @list_name.setter
    def list_name(self, text: str) -> None:
        if text != self._list_name:
            self._list_name = text
            self.refresh()

    def show_numbers(self, shown: bool) -> None:
        """Show the column of message numbers, or hide it."""
        self._shows_numbers = shown
        self._show_all()

    def set_score_style(
        self, *, expects: bool | None = None, threshold: float | None = None
    ) -> None:
        """Set whether headers may still come, and the score from which a message is spam."""
        style = self._score_style
        new = style._replace(
            expects=style.expects if expects is None else expects,
            threshold=style.threshold if threshold is None else threshold,
        )
        if new != self._score_style:
            self._score_style = new
            self._rows.clear()
            self.refresh()

    def show(
        self,
        rows: Sequence[Row],
        order: SortKey | None = None,
        *,
        descending: bool = False,
        indent: int = 0,
        notes: Mapping[Row, str] | None = None,
        by_user: bool = False,
    ) -> None:
        """Show other lines, or in another order; the cursor stays on its message or group.

        If that is gone, the cursor stays on its line. A list that was scrolled scrolls with its
        cursor. Messages are indented by ``indent`` cells; ``notes`` are printable texts to show
        before the subjects of some rows.

        ``by_user``: the user asked for this view. Then the cursor returns to the row where the user
        put it last if that is shown again, and is brought onto the screen. Otherwise a view that
        the wheel moved away from the cursor stays on the rows that it shows.
        """
        shown, line, top = self.row, self._cursor, self._top_row()
        before = shown or self._last
        self._entries = rows
        self._order = (order, descending)
        self._score_style, self._notes = self._score_style._replace(indent=indent), notes or {}
        home = self._find(self._home.row) if by_user else None
        self._cursor = self._index_of(before, by_user=by_user) if home is None else home
        self._last = self.row or before
        self._now = datetime.now().astimezone()
        self._fit_virtual_size()
        self._view_left_cursor = self._view_left_cursor and not by_user
        if self._view_left_cursor:
            at = self._find(top)
            self._scroll(self.scroll_offset.y if at is None else at)
        elif home is not None:
            self._scroll(home - self._home.line)
        elif self.scroll_offset.y and self.row is before:
            self._scroll(self.scroll_offset.y + self._cursor - line)
        self._show_all()
        if self._home.row is None:
            self.keep_place()
        if self.row is not shown:
            self.post_message(self.Moved(self.entry))

    def update_entries(self, entries: Iterable[MessageEntry]) -> None:
        """Draw the lines of ``entries`` again if they are on screen."""
        changed = set(entries)
        for index in self._indices():
            row = self._entries[index]
            if row in changed or isinstance(row, Heading):
                self._refresh_row(index)

    def on_screen(self) -> list[MessageEntry]:
        """The messages on screen, from the top."""
        rows = (self._entries[index] for index in self._indices())
        return [row for row in rows if isinstance(row, MessageEntry)]

    def move(self, rows: int) -> None:
        """Move the cursor; at the edge the list scrolls with it."""
        self._put_cursor(self._cursor + rows)

    def go_to(self, row: Row) -> None:
        """Move the cursor to a line."""
        self._put_cursor(self._index_of(row))

    def keep_place(self) -> None:
        """Remember that the user chose this line."""
        self._home = self.place

    def return_to(self, place: CursorPlace) -> None:
        """Put the cursor back to ``place``, now or when its row is shown again."""
        self._home = place
        index = self._find(place.row)
        if index is not None:
            self._scroll(index - place.line)
            self._put_cursor(index)
            self._home = place

    def reveal_cursor(self) -> None:
        """Bring the line under the cursor onto the screen."""
        self._view_left_cursor = False
        self._keep_in_sight()

    def page(self, direction: int) -> None:
        """Move the cursor and the list by a page; the cursor keeps its place on screen."""
        rows = direction * self._height
        self._scroll(self.scroll_offset.y + rows)
        self._put_cursor(self._cursor + rows)

    def top(self) -> None:
        """Move the cursor to the newest message."""
        self._put_cursor(0)

    def bottom(self) -> None:
        """Move the cursor to the oldest message."""
        self._put_cursor(len(self._entries) - 1)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Report that other messages are on screen."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Scrolled())

    def on_resize(self) -> None:
        """Choose columns for the new width."""
        self._show_all()

    def on_focus(self) -> None:
        """Draw the frame and the cursor's line as with the focus."""
        self._looks.clear()
        self.refresh()

    def on_blur(self) -> None:
        """Draw the frame and the cursor's line as without the focus."""
        self._looks.clear()
        self.refresh()

    def set_covered(self, covered: bool) -> None:
        """Draw the cursor's line as without the focus while a dialog is over the list."""
        if covered != self._is_covered:
            self._is_covered = covered
            self._looks.clear()
            self._refresh_row(self._cursor)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the view down; the cursor stays on its message."""
        self._wheel(event, WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the view up; the cursor stays on its message."""
        self._wheel(event, -WHEEL_LINES)

    def _wheel(self, event: events.MouseEvent, lines: int) -> None:
        event.stop()
        event.prevent_default()
        self._scroll(self.scroll_offset.y + lines)
        self._view_left_cursor = not self.cursor_shown

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the line clicked; a second click chooses it."""
        index = self.scroll_offset.y + event.y - self.above_lines
        if event.y < self.above_lines:
            if (
                self._entries
                and (key := column_at(self._layout(), event.x - self.frame.side_cells)) is not None
            ):
                self.post_message(self.ColumnClicked(key))
        elif index < len(self._entries):
            is_again = event.chain > 1 and index == self._cursor and self.cursor_shown
            self._put_cursor(index)
            if is_again:
                self.post_message(self.Chosen())

    def _indices(self) -> range:
        first = self.scroll_offset.y
        return range(first, min(first + self._height, len(self._entries)))

    def _index_of(self, row: Row | None, *, by_user: bool = False) -> int:
        """Return the index of ``row``.

        If it is gone, that of its group or the top of a view that the user asked for, else of
        the row on its line now.
        """
        if (found := self._find(row)) is not None:
            return found
        if not by_user:
            return max(0, min(self._cursor, len(self._entries) - 1))
        home = self._home.row
        shown = home if isinstance(home, MessageEntry) else row
        message = shown.group.rows[0] if isinstance(shown, Heading) else shown
        groups = (
            at
            for at, other in enumerate(self._entries)
            if isinstance(other, Heading) and any(member is message for member in other.group.rows)
        )
        return next(groups, 0)

    def _find(self, row: Row | None) -> int | None:
        """Return the index of ``row``, or of the one that took its place in a new listing."""
        if row is None:
            return None
        with suppress(ValueError):
            return self._entries.index(row)
        key = row.key
        return next((at for at, other in enumerate(self._entries) if other.key == key), None)

    def _top_row(self) -> Row | None:
        """The first row on the screen."""
        rows = self._indices()
        return self._entries[rows[0]] if rows else None

    def _put_cursor(self, index: int) -> None:
        index = max(0, min(index, len(self._entries) - 1))
        before, self._cursor = self._cursor, index
        self.reveal_cursor()
        self.keep_place()
        if before != index:
            self._refresh_row(before)
            self._refresh_row(index)
            if self.frame.is_framed:
                self.refresh(Region(0, 0, self.size.width, 1))
            self.post_message(self.Moved(self.entry))

    def _keep_in_sight(self) -> None:
        """If the cursor is off the screen, scroll it to the edge, or to the middle if it is far.

        Near ones take few bytes, as the terminal can scroll by a few lines itself.
        """
        first, last = self.scroll_offset.y, self.scroll_offset.y + self._height - 1
        beyond = self._cursor - max(first, min(self._cursor, last))
        if not beyond:
            return
        is_near = abs(beyond) <= self._height // 2
        self._scroll(first + beyond if is_near else self._cursor - self._height // 2)

    def _show_all(self) -> None:
        """Lay out and draw everything, because the rows or the size have changed."""
        self._columns = None
        self._rows.clear()
        self._fit_virtual_size()
        self._scroll(self.scroll_offset.y)
        if not self._view_left_cursor:
            self._keep_in_sight()
        self.refresh()
        self.post_message(self.Scrolled())

    def _fit_virtual_size(self) -> None:
        lines = self.above_lines + len(self._entries) + self.frame.below_lines
        self.virtual_size = Size(self.size.width, lines)

    def _refresh_row(self, index: int) -> None:
        if index in self._indices():
            y = index - self.scroll_offset.y + self.above_lines
            self.refresh(Region(0, y, self.size.width, 1))

    def _scroll(self, offset: int) -> None:
        last = max(0, len(self._entries) - self._height)
        self.scroll_to(y=max(0, min(offset, last)), animate=False, force=True)
