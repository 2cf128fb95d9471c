"""What is wrong with a filter, and where."""

from __future__ import annotations

from poptui.errors import UsageError, quoted
from poptui.printable import printable_line

MARGIN = 30
"""Characters of a long filter that are shown before the place of its fault."""

LINE = 76
"""Characters of a filter that are shown at all."""


class FilterError(UsageError):
    """A filter that is not understood. ``start`` and ``end`` are places in ``text``."""

    def __init__(self, complaint: str, text: str, start: int, end: int) -> None:
        """``complaint`` is a sentence without its full stop, clean."""
        self.complaint, self.text = complaint, text
        self.start, self.end = start, max(end, start)
        where = f"at {quoted(text[start:end])}" if text[start:end].strip() else "at its end"
        super().__init__(f"Filter, {where}: {complaint}.")

    @property
    def caret(self) -> str:
        """The filter on one line, and below it carets that point at the place."""
        from poptui.text.cells import cell_width

        begin = max(0, self.start - MARGIN) if len(self.text) > LINE else 0
        before = printable_line(self.text[begin : self.start].replace(" ", "\xa0"))
        rest = printable_line(self.text[self.start : begin + LINE].replace(" ", "\xa0"))
        width = max(1, cell_width(rest[: self.end - self.start]))
        return f"{before}{rest}\n{' ' * cell_width(before)}{'^' * width}".replace("\xa0", " ")
