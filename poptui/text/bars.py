"""Rows of a bar chart, as wide as the terminal. Titles must be clean."""

from __future__ import annotations

from poptui.text.format import fit

MIN_BAR_CELLS = 8
"""A narrower bar says nothing: it is left out."""
MAX_TITLE_CELLS = 48
MAX_ROW_CELLS = 120
"""Wider rows are hard to read: the numbers would be far from the title."""


def drawn(share: float, cells: int) -> str:
    """Return a bar of ``share`` of ``cells``, to the half cell; something is never nothing.

    Only full and half blocks: the fonts of text consoles have no others.
    """
    halves = round(max(0.0, min(1.0, share)) * 2 * cells)
    halves = max(halves, 1 if share > 0 and cells else 0)
    return "█" * (halves // 2) + "▌" * (halves % 2)


def bar_row(title: str, share: float, numbers: str, cells: int) -> str:
    """Return ``title``, a bar of ``share`` and ``numbers`` in exactly ``cells`` cells."""
    if cells > MAX_ROW_CELLS:
        return fit(bar_row(title, share, numbers, MAX_ROW_CELLS), cells)
    room = cells - len(numbers) - 1
    if room < MIN_BAR_CELLS:
        return fit(f"{title} {numbers}", cells)
    title_cells = min(MAX_TITLE_CELLS, room // 2)
    bar_cells = room - title_cells - 1
    if bar_cells < MIN_BAR_CELLS:
        return f"{fit(title, room)} {numbers}"
    return f"{fit(title, title_cells)} {fit(drawn(share, bar_cells), bar_cells)} {numbers}"
