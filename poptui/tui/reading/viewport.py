"""The part of a document that is on screen, and the text in it that the mouse selects.

The rest is never laid out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from poptui.mail.lines import LineKind
from poptui.text.cells import cell_width
from poptui.text.wrapping import breaks
from poptui.tui.reading.document import Document

MAX_TEXT_CELLS = 100
"""Running text is wrapped at this width even in wider terminals, to be readable."""
_MIN_CELLS = 2
"""Room for one wide character."""
_MAX_CACHED_LINES = 500


class ViewportRow(NamedTuple):
    """One row of the screen: a part of a line, with a prefix if it continues the row above."""

    line: int
    start: int
    end: int
    prefix: str = ""


class RowPosition(NamedTuple):
    """A row of a document by its line and its number within it."""

    line: int = 0
    row: int = 0


class Viewport:
    """A window of ``height`` rows of ``cells`` cells on a document."""

    def __init__(self, document: Document, cells: int, height: int) -> None:
        self.document = document
        self._cells, self._height = max(_MIN_CELLS, cells), max(1, height)
        self._rows: dict[int, list[ViewportRow]] = {}
        self.top = RowPosition()
        """The first row on screen."""

    def resize(self, cells: int, height: int) -> None:
        """Change the size; the first line on screen stays first."""
        start = self._at(self.top).start if len(self.document) else 0
        self._cells, self._height = max(_MIN_CELLS, cells), max(1, height)
        self._rows.clear()
        if len(self.document):
            self.top = self._position_of(self.top.line, start)
            self._stay_inside()

    def rows(self) -> list[ViewportRow]:
        """Return the rows on screen."""
        return self._after(self.top, self._height)

    def scroll(self, by: int) -> None:
        """Move the window by rows, never past the ends."""
        self.top = self._moved(self.top, by)
        self._stay_inside()

    def page(self, direction: int) -> None:
        """Move by a page less one row, so that the reader finds the place."""
        self.scroll(direction * max(1, self._height - 1))

    def to_top(self) -> None:
        """Scroll to the beginning."""
        self.top = RowPosition()

    def to_bottom(self) -> None:
        """Scroll to the end."""
        self.top = self._last_top()

    def go(self, line: int) -> None:
        """Scroll so that ``line`` is first."""
        self.top = RowPosition(min(max(line, 0), max(0, len(self.document) - 1)))
        self._stay_inside()

    def reveal(self, line: int, start: int) -> None:
        """Scroll a character into view, to a third of the height if the window has to move."""
        wanted = self._position_of(line, start)
        if not any((row.line, row.start) == self._key(wanted) for row in self.rows()):
            self.top = self._moved(wanted, -(self._height // 3))
            self._stay_inside()

    @property
    def at_top(self) -> bool:
        """Whether the window is at the beginning."""
        return self.top == RowPosition()

    @property
    def at_end(self) -> bool:
        """Whether the window shows the end."""
        return len(self._after(self.top, self._height + 1)) <= self._height

    @property
    def share(self) -> tuple[float, float]:
        """The part of the document that the window shows, from 0 to 1."""
        total = self.document.weight_before(len(self.document))
        rows = self.rows()
        if not rows or not total:
            return 0.0, 1.0
        begin, end = self._weight(rows[0].line, rows[0].start), self._weight_behind(rows[-1])
        return begin / total, 1.0 if self.at_end else end / total

    def _weight(self, line: int, start: int) -> int:
        return self.document.weight_before(line) + start

    def _weight_behind(self, row: ViewportRow) -> int:
        whole = row.end >= len(self.document.line(row.line).text)
        weight_before = self.document.weight_before
        return weight_before(row.line + 1) if whole else weight_before(row.line) + row.end

    # Rows

    def _rows_of(self, line: int) -> list[ViewportRow]:
        """The rows of a line."""
        if (rows := self._rows.get(line)) is None:
            if len(self._rows) > _MAX_CACHED_LINES:
                self._rows.clear()
            rows = self._rows[line] = list(self._wrapped(line))
        return rows

    def _wrapped(self, index: int) -> Iterator[ViewportRow]:
        line = self.document.line(index)
        cells = min(self._cells, MAX_TEXT_CELLS) if line.kind is not LineKind.FIXED else self._cells
        if line.kind is LineKind.RULE:
            yield ViewportRow(index, 0, len(line.text))
            return
        prefix = line.next if len(line.next) * 2 <= cells else ""
        for number, (start, end) in enumerate(breaks(line.text, cells, cells - len(prefix))):
            yield ViewportRow(index, start, end, prefix if number else "")

    def _after(self, position: RowPosition, count: int) -> list[ViewportRow]:
        """Return at most ``count`` rows from ``position`` on."""
        rows: list[ViewportRow] = []
        skipped = position.row
        for line in range(position.line, len(self.document)):
            rows += self._rows_of(line)[skipped : skipped + count - len(rows)]
            skipped = 0
            if len(rows) >= count:
                break
        return rows

    def _moved(self, position: RowPosition, by: int) -> RowPosition:
        """Return the row that is ``by`` rows further down, or the first or last row."""
        line, row = position.line, position.row + by
        while row < 0 and line:
            line -= 1
            row += len(self._rows_of(line))
        while line < len(self.document) - 1 and row >= (count := len(self._rows_of(line))):
            row -= count
            line += 1
        return RowPosition(line, max(0, row))

    def _last_top(self) -> RowPosition:
        """Return the first row of the window when it shows the end."""
        if not len(self.document):
            return RowPosition()
        last = len(self.document) - 1
        return self._moved(RowPosition(last, len(self._rows_of(last)) - 1), 1 - self._height)

    def _stay_inside(self) -> None:
        if len(self._after(self.top, self._height)) < self._height:
            self.to_bottom()

    def _position_of(self, line: int, start: int) -> RowPosition:
        """The row that holds a character of a line."""
        rows = self._rows_of(line)
        held = [number for number, row in enumerate(rows) if row.start <= start]
        return RowPosition(line, held[-1] if held else 0)

    def _at(self, position: RowPosition) -> ViewportRow:
        rows = self._rows_of(position.line)
        return rows[min(position.row, len(rows) - 1)]

    def _key(self, position: RowPosition) -> tuple[int, int]:
        row = self._at(position)
        return row.line, row.start


class Place(NamedTuple):
    """A character of a document."""

    line: int
    start: int


class TextSelection(NamedTuple):
    """The text between where the mouse was pressed and where it is."""

    anchor: Place
    end: Place

    @property
    def _ordered(self) -> tuple[Place, Place]:
        return (self.anchor, self.end) if self.anchor <= self.end else (self.end, self.anchor)

    def within(self, line: int, length: int) -> tuple[int, int] | None:
        """Return from where to where a line of ``length`` characters is selected, or None."""
        first, last = self._ordered
        if self.anchor == self.end or not first.line <= line <= last.line:
            return None
        start = first.start if line == first.line else 0
        return start, min(length, last.start + 1) if line == last.line else length

    def text(self, document: Document) -> str:
        """Return the selected text."""
        return "\n".join(self._lines(document))

    def _lines(self, document: Document) -> Iterator[str]:
        first, last = self._ordered
        for number in range(first.line, min(last.line, len(document) - 1) + 1):
            text = document.line(number).text
            if (part := self.within(number, len(text))) is not None:
                yield text[part[0] : part[1]]


def place_at(row: ViewportRow, text: str, cell: int) -> Place:
    """Return the character of ``row`` at a cell; ``text`` is its whole line."""
    cell -= cell_width(row.prefix)
    shown = text[row.start : row.end]
    if cell >= cell_width(shown):
        return Place(row.line, max(row.start, row.end - 1))
    at = 0
    while at < len(shown) - 1 and cell_width(shown[: at + 1]) <= cell:
        at += 1
    return Place(row.line, row.start + at)
