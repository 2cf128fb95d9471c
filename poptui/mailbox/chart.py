"""Draw bar charts of a mailbox as rows of text, for the screen and for ``poptui stats``."""

from __future__ import annotations

from poptui.printable import printable_line
from poptui.text.format import count, fit, size
from poptui.triage.statistics import Bar, Dimension, Statistics

BLOCK = "▄"
"""The character that bars consist of."""
MIN_BAR_CELLS = 8
"""Narrower bars are left out."""
MAX_TITLE_CELLS = 48
MAX_ROW_CELLS = 120
"""Wider rows are hard to read: the numbers would be far from the title."""
_COUNT_CELLS, _SIZE_CELLS, _SHARE_CELLS = 7, 8, 6


class Chart:
    """The bars of one dimension, the longest of which fills the row."""

    def __init__(self, statistics: Statistics, by: Dimension, *, by_count: bool = False) -> None:
        self.by, self.bars = by, statistics.bars(by, by_count=by_count)
        self._by_count = by_count
        self._total = statistics.total
        self._longest = max(map(self._value, self.bars), default=0) or 1

    @property
    def heading(self) -> str:
        """The titles of the numbers."""
        if self.by is Dimension.SPAM:
            return f"{'spam':>{_COUNT_CELLS}}{'of all':>{_SIZE_CELLS}}{'share':>{_SHARE_CELLS}}"
        return f"{'number':>{_COUNT_CELLS}}{'size':>{_SIZE_CELLS}}{'share':>{_SHARE_CELLS}}"

    def heading_row(self, cells: int) -> str:
        """Return the heading in the layout of the rows."""
        return bar_row(self.by.value, 0.0, self.heading, cells)

    def row(self, index: int, cells: int) -> str:
        """Return a bar in exactly ``cells`` cells."""
        bar = self.bars[index]
        if self.by is Dimension.SPAM:
            length = share = bar.spam_share
            first, second = count(bar.spam), count(bar.count)
        else:
            length = self._value(bar) / self._longest
            whole = self._total.count if self._by_count else self._total.octets
            share = self._value(bar) / whole if whole else 0.0
            first, second = count(bar.count), size(bar.octets)
        numbers = f"{first:>{_COUNT_CELLS}}{second:>{_SIZE_CELLS}}{percent(share):>{_SHARE_CELLS}}"
        return bar_row(printable_line(bar.title), length, numbers, cells)

    def _value(self, bar: Bar) -> int:
        return bar.count if self._by_count else bar.octets


def percent(share: float) -> str:
    """Return a percentage such as ``12%``; ``<1%`` if it is small but not 0."""
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return "99%"
    return f"{share:.0%}"


def draw_bar(share: float, cells: int) -> str:
    """Return a bar of ``share`` of ``cells``; it is empty only if ``share`` is 0.

    Half as high as the row, so that the bars of two rows do not touch. The fonts of text consoles
    have this block, but none that would show fractions of a cell.
    """
    length = round(max(0.0, min(1.0, share)) * cells)
    return BLOCK * max(length, 1 if share > 0 and cells else 0)


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
    return f"{fit(title, title_cells)} {fit(draw_bar(share, bar_cells), bar_cells)} {numbers}"
