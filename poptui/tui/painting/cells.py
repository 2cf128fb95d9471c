"""Drawn text as cells of the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment

from poptui.text.cells import units
from poptui.tui.painting.pen import CellStyle, pens

Cell = tuple[str, CellStyle]
"""A unit of text (a letter, its marks, its vowel signs) and its look. The other cells of a unit
that fills several hold no text."""

BESIDE = ""
"""The text of those other cells."""


def cells_of(segments: Iterable[Segment]) -> list[Cell]:
    """Segments as cells."""
    cells: list[Cell] = []
    for text, style, control in segments:
        if control or not text:
            continue
        pen, blank = pens(style)
        if text.isascii():
            cells += [(letter, pen) if letter != " " else (" ", blank) for letter in text]
        else:
            _add_units(cells, text, pen, blank)
    return cells


def _add_units(cells: list[Cell], text: str, pen: CellStyle, blank: CellStyle) -> None:
    for unit, width in units(text):
        if width:
            cells.append((unit, blank if unit == " " else pen))
            cells += [(BESIDE, pen)] * (width - 1)
        else:
            _add_marks(cells, unit)


def _add_marks(cells: list[Cell], marks: str) -> None:
    """Marks at the start of a segment belong to the letter that ends the one before."""
    for index in reversed(range(len(cells))):
        text, pen = cells[index]
        if text != BESIDE:
            cells[index] = (text + marks, pen)
            return
