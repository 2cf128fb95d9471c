"""The text that the mouse selects in the viewer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from poptui.text.cells import cell_width
from poptui.tui.reading.document import Document
from poptui.tui.reading.viewport import ViewportRow


class Place(NamedTuple):
    """A character of a document."""

    line: int
    start: int


class TextSelection(NamedTuple):
    """From where the mouse was pressed to where it is."""

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
