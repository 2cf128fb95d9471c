"""The list of messages: which are shown, and which of them is under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from textual import events
from textual.geometry import Region, Size
from textual.message import Message

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.tui.outline import Heading, Row
from poptui.tui.widgets.message_lines import HEADING_LINES, MessageLines


class MessageList(MessageLines, can_focus=True):
    """Messages, and headings of their groups if there are any; one line is under the cursor."""

    class Moved(Message):
        """The cursor stands on another message, or on none."""

        def __init__(self, entry: MessageEntry | None) -> None:
            super().__init__()
            self.entry = entry

    class Scrolled(Message):
        """Other messages are on screen."""

    class Chosen(Message):
        """The line under the cursor was clicked."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._last: Row | None = None
        """What a list that is empty now had under its cursor."""

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
        """The group under the cursor, where that is on its heading."""
        return self.row if isinstance(self.row, Heading) else None

    @property
    def placeholder(self) -> str:
        """What stands in the middle of a list without messages."""
        return self._placeholder

    @placeholder.setter
    def placeholder(self, text: str) -> None:
        if text != self._placeholder:
            self._placeholder = text
            if not self._entries:
                self.refresh()

    def look(self, *, expects: bool | None = None, threshold: float | None = None) -> None:
        """Whether headers may still come, and from which score on a message is spam."""
        new = replace(
            self._look,
            expects=self._look.expects if expects is None else expects,
            threshold=self._look.threshold if threshold is None else threshold,
        )
        if new != self._look:
            self._look = new
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
    ) -> None:
        """Show other lines, or in another order; the cursor stays on its message or group.

        Where that went, on its line. A list that was scrolled scrolls with its cursor. Messages
        stand in by ``indent``; what ``notes`` has of one stands before its subject, clean.
        """
        shown, line, self._entries = self.row, self._cursor, rows
        before = shown or self._last
        self._order = (order, descending)
        self._look, self._notes = replace(self._look, indent=indent), notes or {}
        self._cursor = self._index_of(before)
        self._last = self.row or before
        self._now = datetime.now().astimezone()
        self.virtual_size = Size(self.size.width, len(self._entries) + HEADING_LINES)
        if self.scroll_offset.y and self.row is before:
            self._scroll(self.scroll_offset.y + self._cursor - line)
        self._show_anew()
        if self.row is not shown:
            self.post_message(self.Moved(self.entry))

    def update_entries(self, entries: Iterable[MessageEntry]) -> None:
        """Draw the lines of ``entries`` again, as far as they are on screen."""
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
        """Move the cursor; at the edge the list scrolls by half a page."""
        self._put_cursor(self._cursor + rows)

    def go_to(self, row: Row) -> None:
        """Move the cursor to a line."""
        self._put_cursor(self._index_of(row))

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
        """Tell that other messages are on screen."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Scrolled())

    def on_resize(self) -> None:
        """Other columns, and perhaps other messages on screen."""
        self._show_anew()

    def on_focus(self) -> None:
        """The cursor's line looks different with the focus."""
        self._refresh_row(self._cursor)

    def on_blur(self) -> None:
        """The cursor's line looks different without the focus."""
        self._refresh_row(self._cursor)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the line clicked, or choose its message where it was there before."""
        index = self.scroll_offset.y + event.y - HEADING_LINES
        if event.y < HEADING_LINES or index >= len(self._entries):
            return
        if index == self._cursor:
            self.post_message(self.Chosen())
        else:
            self._put_cursor(index)

    def _indices(self) -> range:
        first = self.scroll_offset.y
        return range(first, min(first + self._height, len(self._entries)))

    def _index_of(self, entry: Row | None) -> int:
        """Where ``entry`` stands now, or the cursor's old line where it went."""
        if entry is not None:
            with suppress(ValueError):
                return self._entries.index(entry)
            for index, other in enumerate(self._entries):
                if other.key == entry.key:
                    return index
        return max(0, min(self._cursor, len(self._entries) - 1))

    def _put_cursor(self, index: int) -> None:
        index = max(0, min(index, len(self._entries) - 1))
        before, self._cursor = self._cursor, index
        self._keep_in_sight()
        if before != index:
            self._refresh_row(before)
            self._refresh_row(index)
            self.post_message(self.Moved(self.entry))

    def _keep_in_sight(self) -> None:
        """Scroll so that the cursor, if it left the screen, stands in the middle of it."""
        first, last = self.scroll_offset.y, self.scroll_offset.y + self._height - 1
        if first <= self._cursor <= last:
            return
        self._scroll(self._cursor - self._height // 2)

    def _show_anew(self) -> None:
        """Lay out and draw everything: the listing or the size is another one."""
        self._columns = None
        self._rows.clear()
        self._scroll(self.scroll_offset.y)
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Scrolled())

    def _refresh_row(self, index: int) -> None:
        if index in self._indices():
            y = index - self.scroll_offset.y + HEADING_LINES
            self.refresh(Region(0, y, self.size.width, 1))

    def _scroll(self, offset: int) -> None:
        last = max(0, len(self._entries) - self._height)
        self.scroll_to(y=max(0, min(offset, last)), animate=False, force=True)
