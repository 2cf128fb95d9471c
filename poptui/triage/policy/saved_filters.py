"""Saved filters: the menu, and the number of messages that each matches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from poptui.triage.filters.error import FilterError
from poptui.triage.filters.row import MessageRow

if TYPE_CHECKING:
    from poptui.triage.filters.filter import Filter, FilterContext

MAX_SAVED_FILTERS = 9
"""One for each digit key."""

DEFAULTS = {
    "spam": "is:spam",
    "newsletters": "is:newsletter",
    "older than a year": "older:1y",
    "over 5 MB": "size:>5M",
    "duplicates": "is:dup",
    "new": "is:new",
}
"""The menu if the configuration has no filters."""


class SavedFilter(NamedTuple):
    """A named filter of the menu; its key is its position, from 1."""

    name: str
    text: str

    def filter(self, scope: FilterContext | None = None) -> Filter:
        """Parse the text, so that ages like ``older:1y`` count from now."""
        from poptui.triage.filters.filter import parse

        return parse(self.text, scope=scope)


class MatchCounts:
    """Counts of the messages that each filter matches, updated as messages load and change."""

    def __init__(self, filters: Iterable[Filter]) -> None:
        self._tests = [filter_.matches for filter_ in filters]
        self._found: dict[str, int] = {}
        self.counts = [0] * len(self._tests)
        """One count for each filter, in order. A filter that takes too long counts nothing more."""

    def replace(self, rows: Iterable[MessageRow]) -> None:
        """Count these messages only."""
        self._found.clear()
        self.counts = [0] * len(self._tests)
        self.update(rows)

    def update(self, rows: Iterable[MessageRow]) -> None:
        """Count these messages again, because they were loaded or changed."""
        for row in rows:
            before, now = self._found.get(row.key, 0), self._matching_filters(row)
            if before != now:
                self._found[row.key] = now
                self._count(before, now)

    def _count(self, before: int, now: int) -> None:
        for index in range(len(self.counts)):
            self.counts[index] += (now >> index & 1) - (before >> index & 1)

    def _matching_filters(self, row: MessageRow) -> int:
        """Return the filters that match the row, as a bit mask."""
        found = 0
        for index, test in enumerate(self._tests):
            try:
                if test(row):
                    found |= 1 << index
            except FilterError:
                self._tests[index] = _never
        return found


def _never(row: MessageRow) -> bool:
    return False
