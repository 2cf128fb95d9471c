"""Text broken into rows by the cells it fills, in one pass that two megabytes do not notice."""

from __future__ import annotations

import re
import unicodedata

from poptui.text.cells import cell_width

TAB_CELLS = 8
_NARROW = re.compile("[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f]*")
"""Lines of nothing but Latin, Greek and Cyrillic letters: one cell for each code point."""
_CODE_POINTS_PER_CELL = 8
"""More of them in one row are a heap of combining marks: the line is broken there."""

Pieces = list[tuple[int, int]]
"""Where each row begins and ends in the line; the space between two rows belongs to neither."""


def wrap(line: str, cells: int) -> list[str]:
    """One line (no LF in it) as rows of at most ``cells`` (two or more) cells."""
    if "\t" in line:
        line = line.expandtabs(TAB_CELLS)
    return [line[start:end] for start, end in breaks(line, cells)]


def breaks(line: str, cells: int, rest: int = 0) -> Pieces:
    """The rows of a line without tabs: the first of ``cells`` cells, the others of ``rest``.

    Breaks at spaces, before wide characters, and where there is neither, or in a word that is
    longer than a row, anywhere. Both widths are two or more; without ``rest`` all rows are alike.
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
    """Whether the word that begins here is broken in any case: then it need not begin a row."""
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
    """Where to break in a word: before a letter, not between it and its vowel sign."""
    back = index
    while back > start and unicodedata.category(line[back])[0] == "M":
        back -= 1
    return back if back > start else index
