"""The widget that shows a transcript, follows its end, and searches it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from poptui.net.transcript import Record, RecordKind, Transcript, shown_line
from poptui.text.cells import cell_width, spans
from poptui.text.format import count, cut, size
from poptui.tui.pacing import sliced
from poptui.tui.widgets.line_widget import LineWidget, thumb
from poptui.tui.widgets.transcript_rows import (
    FIRST_ROW,
    TranscriptRow,
    TranscriptRows,
    head_text,
    is_foldable,
)

REDRAW_INTERVAL_S = 0.1
"""Interval of redraws: ten a second look live, and are few bytes on a slow connection."""
WIDE_CELLS = 70
"""From this width on rows show milliseconds and sizes."""
SHIFT_CELLS = 20
WHEEL_ROWS = 3

_SIGNS = {
    RecordKind.COMMAND: "C",
    RecordKind.REPLY: "S",
    RecordKind.STRAY: "?",
    RecordKind.CLOSED: "-",
    RecordKind.REMARK: "-",
}


class TranscriptView(LineWidget, can_focus=True):
    """Shows a transcript, follows its end, folds, filters and searches."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home,g", "top", show=False),
        Binding("end,G", "bottom", show=False),
        Binding("enter,space", "fold", show=False),
        Binding("right", "shift(1)", show=False),
        Binding("left", "shift(-1)", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "transcript--command", "transcript--reply", "transcript--refusal", "transcript--stray",
        "transcript--remark", "transcript--body", "transcript--faint", "transcript--cursor",
        "transcript--blurred",
    }  # fmt: skip
    DEFAULT_CSS = """
    TranscriptView {
        height: 1fr; background: $surface; color: $foreground;
        & > .transcript--command { color: $text-primary; text-style: bold; }
        & > .transcript--reply { color: $foreground; }
        & > .transcript--refusal { color: $text-error; }
        & > .transcript--stray { color: $text-warning; }
        & > .transcript--remark { color: $text-accent; }
        & > .transcript--body { color: $foreground; }
        & > .transcript--faint { color: $foreground-muted; }
        & > .transcript--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground;
        }
        & > .transcript--blurred {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
        }
        &:nocolor > .transcript--cursor { text-style: reverse; }
        &:nocolor > .transcript--blurred { text-style: underline; }
    }
    """

    class Changed(Message):
        """Something changed that the title shows."""

    def __init__(self, transcript: Transcript) -> None:
        super().__init__()
        self._transcript = transcript
        self.rows = TranscriptRows(transcript)
        """What is shown of the transcript."""
        self._top = self._cursor = FIRST_ROW
        self._on_screen: list[TranscriptRow] = []
        """The rows on screen."""
        self._cells_hidden = 0
        self._timer: asyncio.TimerHandle | None = None
        self.follows = True
        """The cursor stays on the last row while new ones come."""

    def on_mount(self) -> None:
        """Show the transcript, and follow it."""
        self._transcript.keep_more()
        self._transcript.on_change = self._change_soon
        self.sync()

    def on_unmount(self) -> None:
        """Stop following the transcript."""
        self._transcript.on_change = None
        if self._timer is not None:
            self._timer.cancel()

    def _change_soon(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(REDRAW_INTERVAL_S, self._change)

    def _change(self) -> None:
        self._timer = None
        self.sync()

    # Records

    def sync(self) -> None:
        """Take new records, and forget those that the transcript dropped."""
        if gone := self.rows.forget_dropped():
            self._top, self._cursor = self._top.earlier(gone), self._cursor.earlier(gone)
        if self.rows.take_new() and self.follows:
            self._cursor = self.rows.last()
        self._show()

    def toggle_filter(self) -> None:
        """Show commands only, or everything; the cursor stays on its record."""
        self._cursor = self.rows.toggle_filter(self._cursor)
        self._show()

    def toggle_pause(self) -> None:
        """Pause, or show everything new."""
        self.rows.is_paused = not self.rows.is_paused
        self.follows = not self.rows.is_paused
        self.sync()

    def fold_all(self) -> None:
        """Unfold all replies, or fold them if any is unfolded."""
        self.rows.fold_all()
        self._cursor = TranscriptRow(self._cursor.record)
        self._show()

    def action_fold(self) -> None:
        """Fold or unfold the reply under the cursor."""
        if not self.rows.visible:
            return
        record = self.rows.visible[self._cursor.record]
        if is_foldable(record):
            self.rows.toggle_fold(record)
            self._cursor = TranscriptRow(self._cursor.record)
            self.follows = False
            self._show()

    def action_shift(self, direction: int) -> None:
        """Scroll to the right or back, for long lines."""
        self._cells_hidden = max(0, self._cells_hidden + direction * SHIFT_CELLS)
        self.refresh()

    # Moving

    @property
    def cursor_screen_offset(self) -> Offset:
        """Put the terminal's cursor at the row under the cursor."""
        rows = self._on_screen
        line = rows.index(self._cursor) if self._cursor in rows else 0
        return self.region.offset + Offset(0, line)

    def action_move(self, rows: int) -> None:
        """Move by rows."""
        self._go(self.rows.moved(self._cursor, rows))

    def action_page(self, direction: int) -> None:
        """Move by a page."""
        self.action_move(direction * max(1, self.size.height - 1))

    def action_top(self) -> None:
        """Go to the oldest record."""
        self._go(FIRST_ROW)

    def action_bottom(self) -> None:
        """Go to the end and follow it."""
        self._go(self.rows.last())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor with the wheel, so that it is always on screen."""
        event.stop()
        self.action_move(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor with the wheel."""
        event.stop()
        self.action_move(-WHEEL_ROWS)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row clicked; fold or unfold it if the cursor is there already."""
        if event.y >= len(self._on_screen):
            return
        if self._on_screen[event.y] == self._cursor:
            self.action_fold()
        else:
            self._go(self._on_screen[event.y])

    def on_resize(self) -> None:
        """Keep the cursor on screen."""
        self._show()

    def _go(self, row: TranscriptRow) -> None:
        self._cursor = row
        self.follows = not self.rows.is_paused and row == self.rows.last()
        self._show()

    def _show(self) -> None:
        """Draw, with the cursor on screen."""
        height = self.size.height
        if not height:
            return  # not laid out yet
        rows = self.rows
        self._top = min(self._top, self._cursor, rows.moved(rows.last(), 1 - height))
        self._top = max(self._top, rows.moved(self._cursor, 1 - height))
        self._on_screen = list(rows.window(self._top, height))
        self.refresh()
        self.post_message(self.Changed())

    # Searching

    async def search(self, text: str, direction: int) -> bool:
        """Go to the next row (-1: the previous one) with ``text``, wrapping around the ends."""
        wanted, here, total = text.lower(), self._cursor, len(self.rows.visible)
        indices = (
            (here.record + direction * step) % total for step in range(total + 1 if total else 0)
        )
        async for step, index in sliced(enumerate(indices)):
            if index >= len(self.rows.visible):
                return False
            record = self.rows.visible[index]
            rows = self.rows.rows_with(record, wanted)
            if step == 0:
                rows = [row for row in rows if (row - here.line) * direction > 0]
            if rows:
                if rows != [0]:
                    self.rows.unfold(record)
                self._go(TranscriptRow(index, rows[0] if direction > 0 else rows[-1]))
                return True
        return False

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Row ``y`` of those on screen."""
        width = self.size.width
        if y >= len(self._on_screen):
            return Strip([Segment(" " * width, self._style("body"))], width)
        row = self._on_screen[y]
        record = self.rows.visible[row.record]
        here = row == self._cursor
        segments = self._head(row.record, record) if not row.line else self._body(record, row)
        if here:
            style = self._style("cursor" if self.has_focus else "blurred")
            segments = [Segment(segment.text, style) for segment in segments]
        bar = y in thumb(self.size.height, len(self.rows.visible), self._top.record)
        room = max(0, width - 1)
        strip = Strip(segments).adjust_cell_length(room, self._style("cursor" if here else "body"))
        return Strip([*strip, Segment("▐" if bar else " ", self._style("faint"))], width)

    def _head(self, index: int, record: Record) -> list[Segment]:
        """The first row of a record: when, who, how much, what."""
        before = self._columns(record)
        fold = " "
        if is_foldable(record):
            fold = "▾" if self.rows.is_unfolded(record) else "▸"
        summary = self._summary(index, record)
        room = max(1, self.size.width - 1 - cell_width(before) - 2)
        left = max(room // 2, room - cell_width(summary))
        text = cut(self._shifted(head_text(record)), left)
        return [
            Segment(before, self._style("faint")),
            Segment(f"{fold} ", self._style("faint")),
            Segment(text, self._style(_role(record))),
            Segment(cut(summary, max(0, room - cell_width(text))), self._style("faint")),
        ]

    def _columns(self, record: Record) -> str:
        at = datetime.fromtimestamp(record.at)
        sign = _SIGNS[record.kind]
        if self.size.width < WIDE_CELLS:
            return f"{at:%H:%M:%S} {sign}"
        octets = size(record.octets) if record.octets else ""
        return f"{at:%H:%M:%S}.{at.microsecond // 1000:03} {sign} {octets:>7} "

    def _summary(self, index: int, record: Record) -> str:
        """Describe the folded lines, and the command they answer unless it is the row above."""
        parts = []
        if is_foldable(record):
            lines = "1 line" if record.lines == 1 else f"{count(record.lines)} lines"
            parts.append(lines if record.is_complete else f"{lines} so far")
        above = self.rows.visible[index - 1] if index else None
        is_above = above is not None and above.kind is RecordKind.COMMAND
        if record.answers and not (is_above and above and above.line == record.answers):
            parts.append(f"to {shown_line(record.answers)}")
        if record.is_check:
            parts.append("checks that replies match")
        return f"  ({', '.join(parts)})" if parts else ""

    def _body(self, record: Record, row: TranscriptRow) -> list[Segment]:
        """A row of an unfolded reply."""
        lines = self.rows.lines(record)
        indent = " " * cell_width(self._columns(record)) + "│ "
        role = "body"
        if row.line <= len(lines):
            text = self._shifted(shown_line(lines[row.line - 1]))
        elif record.left_out:
            text, role = f"… {count(record.left_out)} more bytes, which were not kept", "remark"
        else:
            text, role = "… more to come", "remark"
        room = max(1, self.size.width - 1 - cell_width(indent))
        return [Segment(indent, self._style("faint")), Segment(cut(text, room), self._style(role))]

    def _shifted(self, text: str) -> str:
        """``text`` without the cells that are scrolled away to the left."""
        if not self._cells_hidden:
            return text
        used = 0
        for start, _, cells in spans(text):
            if used >= self._cells_hidden:
                return text[start:]
            used += cells
        return ""

    def _style(self, role: str) -> Style:
        return self.get_component_rich_style(f"transcript--{role}")


def _role(record: Record) -> str:
    if record.kind is RecordKind.REPLY:
        return "refusal" if record.line.lstrip()[:1] == b"-" else "reply"
    return {
        RecordKind.COMMAND: "command",
        RecordKind.STRAY: "stray",
        RecordKind.CLOSED: "remark",
        RecordKind.REMARK: "remark",
    }[record.kind]
