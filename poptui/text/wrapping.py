"""Wrap text into rows of a given width, in one pass, fast enough for lines of megabytes."""

from __future__ import annotations

import unicodedata

from poptui.patterns import lazy_pattern
from poptui.text.cells import cell_width

TAB_CELLS = 8
_NARROW = lazy_pattern("[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f]*")
"""Only Latin, Greek and Cyrillic letters, which fill one cell per code point."""
_CODE_POINTS_PER_CELL = 8
"""A row with more of them has too many combining marks: the line is broken there."""

Pieces = list[tuple[int, int]]
"""Start and end of each row in the line; the space between two rows is in neither."""


def wrap(line: str, cells: int) -> list[str]:
    """Wrap one line (without LF) into rows of at most ``cells`` cells (two or more)."""
    if "\t" in line:
        line = line.expandtabs(TAB_CELLS)
    return [line[start:end] for start, end in breaks(line, cells)]


def breaks(line: str, cells: int, rest: int = 0) -> Pieces:
    """Return the rows of a line without tabs: the first of ``cells`` cells, the others of ``rest``.

    Break at spaces and before wide characters; anywhere in a word that is longer than a row. Both
    widths must be two or more; without ``rest`` all rows have the same width.
    """
    if _NARROW.fullmatch(line):
        if len(line) <= cells:
            return [(0, len(line))]
        return _narrow_breaks(line, cells, rest or cells)
    if cell_width(line) <= cells and len(line) <= cells * _CODE_POINTS_PER_CELL:
        return [(0, len(line))]
    return _wide_breaks(line, cells, rest or cells)


def _narrow_breaks(line: str, cells: int, rest: int) -> Pieces:
    rows: Pieces = []
    start = 0
    while len(line) - start > cells:
        space = line.rfind(" ", start + 1, start + cells + 1)
        if space >= 0 and _fills_rows(line, space + 1, rest):
            space = -1
        end = start + cells if space < 0 else space
        rows.append((start, end))
        start = end if space < 0 else end + 1
        cells = rest
    rows.append((start, len(line)))
    return rows


def _fills_rows(line: str, start: int, cells: int) -> bool:
    """Whether the word that begins here is longer than a row, so that it may begin anywhere."""
    end = start + cells
    return end < len(line) and line.find(" ", start, end + 1) < 0


def _wide_breaks(line: str, cells: int, rest: int) -> Pieces:
    rows: Pieces = []
    index = start = used = 0
    end = following = 0  # the latest place to break: where a row ends and the next begins
    while index < len(line):
        character = line[index]
        own = cell_width(character)
        if character == " ":
            end, following = index, index + 1
        elif own == 2:
            end = following = index
        if used + own > cells or index - start >= cells * _CODE_POINTS_PER_CELL:
            if end <= start:
                end = following = _unit_start(line, start, index)
            rows.append((start, end))
            index = start = following
            used, cells = 0, rest
        else:
            used += own
            index += 1
    rows.append((start, len(line)))
    return rows


def _unit_start(line: str, start: int, index: int) -> int:
    """Return where to break a word: before a letter, not between it and its vowel sign."""
    back = index
    while back > start and unicodedata.category(line[back])[0] == "M":
        back -= 1
    return back if back > start else index
