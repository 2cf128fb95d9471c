"""Drawn text as cells of the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from rich.cells import split_graphemes
from rich.segment import Segment

from poptui.tui.painting.pen import CellStyle, pens

Cell = tuple[str, CellStyle]
"""A letter and its look. A wide letter's second cell holds no text."""

BESIDE = ""
"""The text of a wide letter's second cell."""
_SURE = frozenset("LNPZ")
"""Categories on whose width terminals agree: letters, numbers, punctuation, spaces."""
_BLOCKS = range(0x2500, 0x25A0)
"""Lines and blocks, of which the screen itself is made."""


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
            _add_graphemes(cells, text, pen, blank)
    return cells


def _add_graphemes(cells: list[Cell], text: str, pen: CellStyle, blank: CellStyle) -> None:
    for start, end, width in split_graphemes(text)[0]:
        grapheme = text[start:end]
        if width:
            cells.append((grapheme, blank if grapheme == " " else pen))
            cells += [(BESIDE, pen)] * (width - 1)
        elif cells:
            cells[-1] = (cells[-1][0] + grapheme, cells[-1][1])


@lru_cache(8192)
def sure(text: str) -> bool:
    """Whether every terminal gives this as many cells as we do: not so emoji and combinations."""
    if len(text) > 1:
        return False
    return unicodedata.category(text)[0] in _SURE or text.isascii() or ord(text) in _BLOCKS
