"""Text broken into lines by the cells it fills, in one pass that two megabytes do not notice."""

from __future__ import annotations

import re

from rich.cells import cell_len, get_character_cell_size

TAB_CELLS = 8
_NARROW = re.compile("[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f]*")
"""Lines of nothing but Latin, Greek and Cyrillic letters: one cell for each code point."""
_CODE_POINTS_PER_CELL = 8
"""More of them in one line are a heap of combining marks: the line is broken there."""


def wrap(line: str, cells: int) -> list[str]:
    """One line (no LF in it) as lines of at most ``cells`` (two or more) cells.

    Breaks at spaces, before wide characters, and where there is neither, anywhere.
    """
    if "\t" in line:
        line = line.expandtabs(TAB_CELLS)
    if _NARROW.fullmatch(line):
        return [line] if len(line) <= cells else _wrap_narrow(line, cells)
    if cell_len(line) <= cells and len(line) <= cells * _CODE_POINTS_PER_CELL:
        return [line]
    return _wrap_cells(line, cells)


def _wrap_narrow(line: str, cells: int) -> list[str]:
    lines: list[str] = []
    start = 0
    while len(line) - start > cells:
        space = line.rfind(" ", start + 1, start + cells + 1)
        end = start + cells if space < 0 else space
        lines.append(line[start:end])
        start = end if space < 0 else end + 1
    lines.append(line[start:])
    return lines


def _wrap_cells(line: str, cells: int) -> list[str]:
    lines: list[str] = []
    start = used = 0
    end = following = 0  # the latest place to break: where a line ends and the next begins
    for index, character in enumerate(line):
        width = _WIDTHS[character]
        if character == " ":
            end, following = index, index + 1
        elif width == 2:
            end = following = index
        if used + width > cells or index - start >= cells * _CODE_POINTS_PER_CELL:
            if end <= start:
                end = following = index
            lines.append(line[start:end])
            start, used = following, cell_len(line[following:index])
        if start <= index:
            used += width
    lines.append(line[start:])
    return lines


class _Widths(dict[str, int]):
    """Cells by character, each asked for once."""

    def __missing__(self, character: str) -> int:
        width = self[character] = get_character_cell_size(character)
        return width


_WIDTHS = _Widths()
