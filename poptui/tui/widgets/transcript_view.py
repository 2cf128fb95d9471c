"""The transcript as rows: replies of many lines are one row each until they are unfolded."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from poptui.net.transcript import (
    MAX_LINE_BYTES,
    Record,
    RecordKind,
    Transcript,
    shown_line,
)
from poptui.text.cells import cell_width, spans
from poptui.text.format import count, cut, size
from poptui.tui.slicing import sliced
from poptui.tui.widgets.line_widget import LineWidget, thumb

REDRAW_INTERVAL_S = 0.1
"""Ten redraws a second look live and spare a slow line."""
WIDE_CELLS = 70
"""From this width on each row has milliseconds and its size."""
SHIFT_CELLS = 20
WHEEL_ROWS = 3
_CACHED_BODIES = 16

_SIGNS = {
    RecordKind.COMMAND: "C",
    RecordKind.REPLY: "S",
    RecordKind.STRAY: "?",
    RecordKind.CLOSED: "-",
    RecordKind.REMARK: "-",
}


class TranscriptRow(NamedTuple):
    """A row: a record by its place among the visible ones, and 0 or the number of a body line."""

    place: int = 0
    line: int = 0


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
        """What the title says of the transcript has changed."""

    def __init__(self, transcript: Transcript) -> None:
        super().__init__()
        self._transcript = transcript
        self._visible: list[Record] = []
        """The records that are shown, folded or not."""
        self._taken = -1
        """The number of the last record that was considered for that."""
        self._unfolded: set[int] = set()
        """Numbers of unfolded records."""
        self._bodies: dict[tuple[int, int], list[bytes]] = {}
        """Lines of bodies, by the record's number and how much of it has come."""
        self._top = self._cursor = TranscriptRow()
        self._rows: list[TranscriptRow] = []
        """The rows on screen."""
        self._cells_hidden = 0
        self._timer: asyncio.TimerHandle | None = None
        self.commands_only = False
        self.follows = True
        """The cursor stays on the last row while new ones come."""
        self.is_paused = False
        """New records are not shown for now."""

    def on_mount(self) -> None:
        """Show what there is, and follow it from now on."""
        self._transcript.keep_more()
        self._transcript.on_change = self._change_soon
        self.sync()

    def on_unmount(self) -> None:
        """Follow it no more."""
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

    # What is shown

    @property
    def waiting(self) -> int:
        """How many records came while the view was paused."""
        records = self._transcript.records
        return max(0, records[-1].number - self._taken) if records else 0

    def sync(self) -> None:
        """Take what is new, and let go of what was dropped."""
        records, first = self._transcript.records, self._transcript.dropped
        gone = bisect_left(self._visible, first, key=_number)
        if gone:
            del self._visible[:gone]
            self._unfolded = {number for number in self._unfolded if number >= first}
            self._top, self._cursor = _earlier(self._top, gone), _earlier(self._cursor, gone)
        if not self.is_paused and records:
            new = records[max(0, self._taken + 1 - first) :]
            self._visible += [record for record in new if self._shows(record)]
            self._taken = records[-1].number
            if self.follows:
                self._cursor = self._last()
        self._show()

    def _shows(self, record: Record) -> bool:
        return not self.commands_only or record.kind in (RecordKind.COMMAND, RecordKind.REMARK)

    def toggle_filter(self) -> None:
        """Show commands only, or everything; the cursor stays on its record."""
        here = self._visible[self._cursor.place].number if self._visible else 0
        self.commands_only = not self.commands_only
        taken = [record for record in self._transcript.records if record.number <= self._taken]
        self._visible = [record for record in taken if self._shows(record)]
        place = bisect_left(self._visible, here, key=_number)
        self._cursor = TranscriptRow(max(0, min(place, len(self._visible) - 1)))
        self._show()

    def toggle_pause(self) -> None:
        """Show nothing new for now, or all of it."""
        self.is_paused = not self.is_paused
        self.follows = not self.is_paused
        self.sync()

    def fold_all(self) -> None:
        """Unfold all replies, or fold them if any is unfolded."""
        foldable = {record.number for record in self._visible if _is_foldable(record)}
        self._unfolded = set() if self._unfolded & foldable else foldable
        self._cursor = TranscriptRow(self._cursor.place)
        self._show()

    def action_fold(self) -> None:
        """Fold or unfold the reply under the cursor."""
        if not self._visible:
            return
        record = self._visible[self._cursor.place]
        if _is_foldable(record):
            self._unfolded ^= {record.number}
            self._cursor = TranscriptRow(self._cursor.place)
            self.follows = False
            self._show()

    def action_shift(self, direction: int) -> None:
        """Show what is to the right of long lines, or return."""
        self._cells_hidden = max(0, self._cells_hidden + direction * SHIFT_CELLS)
        self.refresh()

    # Moving

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the terminal's cursor belongs: at the row under the cursor."""
        line = self._rows.index(self._cursor) if self._cursor in self._rows else 0
        return self.region.offset + Offset(0, line)

    def action_move(self, rows: int) -> None:
        """Move by rows."""
        self._go(self._moved(self._cursor, rows))

    def action_page(self, direction: int) -> None:
        """Move by a page."""
        self.action_move(direction * max(1, self.size.height - 1))

    def action_top(self) -> None:
        """Go to the oldest record."""
        self._go(TranscriptRow())

    def action_bottom(self) -> None:
        """Go to the end and follow it."""
        self._go(self._last())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor, which so is always on screen."""
        event.stop()
        self.action_move(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor."""
        event.stop()
        self.action_move(-WHEEL_ROWS)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; on the row under the cursor it folds."""
        if event.y >= len(self._rows):
            return
        if self._rows[event.y] == self._cursor:
            self.action_fold()
        else:
            self._go(self._rows[event.y])

    def on_resize(self) -> None:
        """Keep the cursor on screen."""
        self._show()

    def _go(self, spot: TranscriptRow) -> None:
        self._cursor = spot
        self.follows = not self.is_paused and spot == self._last()
        self._show()

    def _show(self) -> None:
        """Draw, with the cursor on screen."""
        height = self.size.height
        if not height:
            return  # not laid out yet
        last_top = self._moved(self._last(), 1 - height)
        self._top = min(self._top, self._cursor, last_top)
        self._top = max(self._top, self._moved(self._cursor, 1 - height))
        self._rows = list(self._on_screen(height))
        self.refresh()
        self.post_message(self.Changed())

    def _on_screen(self, height: int) -> Iterator[TranscriptRow]:
        """Yield at most ``height`` rows from the top."""
        place, line = self._top
        for _ in range(height if self._visible else 0):
            yield TranscriptRow(place, line)
            line += 1
            if line >= self._height(place):
                place, line = place + 1, 0
                if place >= len(self._visible):
                    return

    def _last(self) -> TranscriptRow:
        last = len(self._visible) - 1
        return TranscriptRow(last, self._height(last) - 1) if last >= 0 else TranscriptRow()

    def _height(self, place: int) -> int:
        record = self._visible[place]
        if record.number not in self._unfolded:
            return 1
        return 1 + len(self._lines(record)) + bool(record.left_out or not record.is_complete)

    def _moved(self, spot: TranscriptRow, rows: int) -> TranscriptRow:
        """The spot ``rows`` on, or the first or last there is."""
        if not self._visible:
            return TranscriptRow()
        place, line = spot.place, spot.line + rows
        while line < 0 and place > 0:
            place -= 1
            line += self._height(place)
        while place < len(self._visible) - 1 and line >= (height := self._height(place)):
            line -= height
            place += 1
        return TranscriptRow(place, max(0, min(line, self._height(place) - 1)))

    def _lines(self, record: Record) -> list[bytes]:
        """The kept lines of a body."""
        key = (record.number, len(record.body))
        if (lines := self._bodies.get(key)) is None:
            if len(self._bodies) >= _CACHED_BODIES:
                self._bodies.clear()
            lines = self._bodies[key] = record.body_lines()
        return lines

    # Searching

    async def search(self, text: str, direction: int) -> bool:
        """Go to the next row (-1: the previous one) with ``text``, around the ends."""
        wanted, here, total = text.lower(), self._cursor, len(self._visible)
        places = (
            (here.place + direction * step) % total for step in range(total + 1 if total else 0)
        )
        async for step, place in sliced(enumerate(places)):
            if place >= len(self._visible):
                return False
            record = self._visible[place]
            rows = self._found(record, wanted)
            if step == 0:
                rows = [row for row in rows if (row - here.line) * direction > 0]
            if rows:
                if rows != [0]:
                    self._unfolded.add(record.number)
                self._go(TranscriptRow(place, rows[0] if direction > 0 else rows[-1]))
                return True
        return False

    def _found(self, record: Record, wanted: str) -> list[int]:
        """The rows of a record in which ``wanted`` can be read; bodies are searched as bytes
        first, for what is shown of them costs more to find out."""
        rows = [0] if wanted in _head_text(record).lower() else []
        if _is_foldable(record) and wanted.encode() in bytes(record.body).lower():
            lines = enumerate(self._lines(record), 1)
            rows += [row for row, line in lines if wanted in shown_line(line).lower()]
        return rows

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Row ``y`` of those on screen."""
        width = self.size.width
        if y >= len(self._rows):
            return Strip([Segment(" " * width, self._style("body"))], width)
        spot = self._rows[y]
        record = self._visible[spot.place]
        here = spot == self._cursor
        segments = self._head(spot.place, record) if not spot.line else self._body(record, spot)
        if here:
            style = self._style("cursor" if self.has_focus else "blurred")
            segments = [Segment(segment.text, style) for segment in segments]
        bar = y in thumb(self.size.height, len(self._visible), self._top.place)
        room = max(0, width - 1)
        strip = Strip(segments).adjust_cell_length(room, self._style("cursor" if here else "body"))
        return Strip([*strip, Segment("▐" if bar else " ", self._style("faint"))], width)

    def _head(self, place: int, record: Record) -> list[Segment]:
        """The first row of a record: when, who, how much, what."""
        before = self._columns(record)
        fold = " "
        if _is_foldable(record):
            fold = "▾" if record.number in self._unfolded else "▸"
        summary = self._summary(place, record)
        room = max(1, self.size.width - 1 - cell_width(before) - 2)
        left = max(room // 2, room - cell_width(summary))
        text = cut(self._shifted(_head_text(record)), left)
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

    def _summary(self, place: int, record: Record) -> str:
        """What is folded away, and which command is answered if that isn't the row above."""
        parts = []
        if _is_foldable(record):
            lines = "1 line" if record.lines == 1 else f"{count(record.lines)} lines"
            parts.append(lines if record.is_complete else f"{lines} so far")
        above = self._visible[place - 1] if place else None
        is_above = above is not None and above.kind is RecordKind.COMMAND
        if record.answers and not (is_above and above and above.line == record.answers):
            parts.append(f"to {shown_line(record.answers)}")
        if record.is_check:
            parts.append("are replies still in step?")
        return f"  ({', '.join(parts)})" if parts else ""

    def _body(self, record: Record, spot: TranscriptRow) -> list[Segment]:
        """A row of an unfolded reply."""
        lines = self._lines(record)
        indent = " " * cell_width(self._columns(record)) + "│ "
        role = "body"
        if spot.line <= len(lines):
            text = self._shifted(shown_line(lines[spot.line - 1]))
        elif record.left_out:
            text, role = f"… {count(record.left_out)} more bytes, which were not kept", "remark"
        else:
            text, role = "… the end has not come yet", "remark"
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


def _number(record: Record) -> int:
    return record.number


def _earlier(spot: TranscriptRow, records: int) -> TranscriptRow:
    return (
        TranscriptRow(spot.place - records, spot.line) if spot.place >= records else TranscriptRow()
    )


def _is_foldable(record: Record) -> bool:
    return record.is_multiline or (record.kind is RecordKind.STRAY and record.lines > 1)


def _head_text(record: Record) -> str:
    """The text of a record's first row."""
    if record.kind is RecordKind.STRAY:
        if _is_foldable(record):
            return "Lines that belong to no reply"
        return shown_line(bytes(record.body[:MAX_LINE_BYTES]).rstrip(b"\r\n"))
    if record.kind is RecordKind.CLOSED:
        return "The server closed the connection."
    return shown_line(record.line)


def _role(record: Record) -> str:
    if record.kind is RecordKind.REPLY:
        return "refusal" if record.line.lstrip()[:1] == b"-" else "reply"
    return {
        RecordKind.COMMAND: "command",
        RecordKind.STRAY: "stray",
        RecordKind.CLOSED: "remark",
        RecordKind.REMARK: "remark",
    }[record.kind]
