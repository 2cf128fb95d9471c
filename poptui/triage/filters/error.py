"""An error in a filter, and where it is.

It is apart from the filter language, which is loaded when a filter is parsed.
"""

from __future__ import annotations

from poptui.errors import UsageError, quoted
from poptui.printable import printable_line

MAX_FILTER_CHARS = 4000
"""Filters up to this length are parsed between two keys without a noticeable delay."""
_MARGIN_CHARS = 30
"""An error shows this much of a long filter before its position."""

_MAX_LINE_CHARS = 76
"""An error shows this much of a filter."""


class FilterError(UsageError):
    """An invalid filter; the error is at ``text[start:end]``."""

    def __init__(self, problem: str, text: str, start: int, end: int) -> None:
        """``problem`` is a printable sentence without its full stop."""
        self.problem, self.text = problem, text
        self.start, self.end = start, max(end, start)
        where = f"at {quoted(text[start:end])}" if text[start:end].strip() else "at the end"
        super().__init__(f"Filter error {where}: {problem}.")

    @property
    def caret(self) -> str:
        """The filter on one line, with carets below the error."""
        from poptui.text.cells import cell_width

        begin = max(0, self.start - _MARGIN_CHARS) if len(self.text) > _MAX_LINE_CHARS else 0
        before = printable_line(self.text[begin : self.start].replace(" ", "\xa0"))
        rest = printable_line(self.text[self.start : begin + _MAX_LINE_CHARS].replace(" ", "\xa0"))
        width = max(1, cell_width(rest[: self.end - self.start]))
        return f"{before}{rest}\n{' ' * cell_width(before)}{'^' * width}".replace("\xa0", " ")
