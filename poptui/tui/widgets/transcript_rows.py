"""A transcript as rows: replies of many lines are one row each until they are unfolded."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from poptui.net.transcript import MAX_LINE_BYTES, Record, RecordKind, Transcript, shown_line

_CACHED_BODIES = 16


class TranscriptRow(NamedTuple):
    """A row: a record by its index among the visible ones, and 0 or the number of a body line."""

    record: int = 0
    line: int = 0

    def earlier(self, records: int) -> TranscriptRow:
        """The same row after the first ``records`` are gone, or the first row there is."""
        return self._replace(record=self.record - records) if self.record >= records else FIRST_ROW


FIRST_ROW = TranscriptRow()


class TranscriptRows:
    """The records that are shown, filtered and folded, and the rows that they take."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self.visible: list[Record] = []
        """The records that are shown, folded or not."""
        self._last_taken = -1
        """The number of the last record that was checked for that."""
        self._unfolded: set[int] = set()
        """Numbers of unfolded records."""
        self._bodies: dict[tuple[int, int], list[bytes]] = {}
        """Lines of bodies, by the record's number and how much of it has come."""
        self.commands_only = False
        self.is_paused = False
        """New records are not shown for now."""

    # Which records are shown

    @property
    def waiting(self) -> int:
        """The number of records that came while the transcript was paused."""
        records = self._transcript.records
        return max(0, records[-1].number - self._last_taken) if records else 0

    def forget_dropped(self) -> int:
        """Forget records that the transcript dropped; return how many were visible."""
        first = self._transcript.dropped
        gone = bisect_left(self.visible, first, key=_number)
        if gone:
            del self.visible[:gone]
            self._unfolded = {number for number in self._unfolded if number >= first}
        return gone

    def take_new(self) -> bool:
        """Take the records that are new, unless paused; return whether that was done."""
        records = self._transcript.records
        if self.is_paused or not records:
            return False
        new = records[max(0, self._last_taken + 1 - self._transcript.dropped) :]
        self.visible += [record for record in new if self._shows(record)]
        self._last_taken = records[-1].number
        return True

    def toggle_filter(self, here: TranscriptRow) -> TranscriptRow:
        """Show commands only, or everything; return the row of the record that is at ``here``."""
        number = self.visible[here.record].number if self.visible else 0
        self.commands_only = not self.commands_only
        taken = [record for record in self._transcript.records if record.number <= self._last_taken]
        self.visible = [record for record in taken if self._shows(record)]
        index = bisect_left(self.visible, number, key=_number)
        return TranscriptRow(max(0, min(index, len(self.visible) - 1)))

    def _shows(self, record: Record) -> bool:
        return not self.commands_only or record.kind in (RecordKind.COMMAND, RecordKind.REMARK)

    # Folding

    def is_unfolded(self, record: Record) -> bool:
        """Whether all lines of a record are shown."""
        return record.number in self._unfolded

    def unfold(self, record: Record) -> None:
        """Show all lines of a record."""
        self._unfolded.add(record.number)

    def toggle_fold(self, record: Record) -> None:
        """Show all lines of a record, or one."""
        self._unfolded ^= {record.number}

    def fold_all(self) -> None:
        """Unfold all replies, or fold them if any is unfolded."""
        foldable = {record.number for record in self.visible if is_foldable(record)}
        self._unfolded = set() if self._unfolded & foldable else foldable

    # Rows

    def last(self) -> TranscriptRow:
        """The last row there is."""
        last = len(self.visible) - 1
        return TranscriptRow(last, self._height(last) - 1) if last >= 0 else FIRST_ROW

    def moved(self, row: TranscriptRow, rows: int) -> TranscriptRow:
        """Return the row that is ``rows`` further down, or the first or last row."""
        if not self.visible:
            return FIRST_ROW
        index, line = row.record, row.line + rows
        while line < 0 and index > 0:
            index -= 1
            line += self._height(index)
        while index < len(self.visible) - 1 and line >= (height := self._height(index)):
            line -= height
            index += 1
        return TranscriptRow(index, max(0, min(line, self._height(index) - 1)))

    def window(self, top: TranscriptRow, height: int) -> Iterator[TranscriptRow]:
        """Yield at most ``height`` rows from ``top`` on."""
        index, line = top
        for _ in range(height if self.visible else 0):
            yield TranscriptRow(index, line)
            line += 1
            if line >= self._height(index):
                index, line = index + 1, 0
                if index >= len(self.visible):
                    return

    def _height(self, index: int) -> int:
        record = self.visible[index]
        if not self.is_unfolded(record):
            return 1
        return 1 + len(self.lines(record)) + bool(record.left_out or not record.is_complete)

    def lines(self, record: Record) -> list[bytes]:
        """The kept lines of a body."""
        key = (record.number, len(record.body))
        if (lines := self._bodies.get(key)) is None:
            if len(self._bodies) >= _CACHED_BODIES:
                self._bodies.clear()
            lines = self._bodies[key] = record.body_lines()
        return lines

    def rows_with(self, record: Record, wanted: str) -> list[int]:
        """Return the rows of a record that contain ``wanted``, which is in lower case.

        Bodies are searched as bytes first, because it takes longer to make text of them.
        """
        rows = [0] if wanted in head_text(record).lower() else []
        if is_foldable(record) and wanted.encode() in bytes(record.body).lower():
            lines = enumerate(self.lines(record), 1)
            rows += [row for row, line in lines if wanted in shown_line(line).lower()]
        return rows


def _number(record: Record) -> int:
    return record.number


def is_foldable(record: Record) -> bool:
    """Whether a record has more lines than one row shows."""
    return record.is_multiline or (record.kind is RecordKind.STRAY and record.lines > 1)


def head_text(record: Record) -> str:
    """The text of a record's first row."""
    if record.kind is RecordKind.STRAY:
        if is_foldable(record):
            return "Lines that belong to no reply"
        return shown_line(bytes(record.body[:MAX_LINE_BYTES]).rstrip(b"\r\n"))
    if record.kind is RecordKind.CLOSED:
        return "The server closed the connection."
    return shown_line(record.line)
