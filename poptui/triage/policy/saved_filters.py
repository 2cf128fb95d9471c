"""Saved filters: a short menu with the number of messages that each of them finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from poptui.triage.filters.filter import Filter, FilterContext, FilterError, MessageRow, parse

MAX_SAVED_FILTERS = 9
"""As many as there are keys for them."""

DEFAULTS = {
    "spam": "is:spam",
    "newsletters": "is:newsletter",
    "older than a year": "older:1y",
    "over 5 MB": "size:>5M",
    "duplicates": "is:dup",
    "new": "is:new",
}
"""The menu if the configuration names no filters."""


@dataclass(frozen=True)
class SavedFilter:
    """A filter with a name, as the menu shows it; its key is its place, from 1."""

    name: str
    text: str

    def filter(self, scope: FilterContext | None = None) -> Filter:
        """Read anew, so that ages count from now."""
        return parse(self.text, scope=scope)


class Tally:
    """How many messages each of some filters finds, kept up as messages come and change."""

    def __init__(self, filters: Iterable[Filter]) -> None:
        self._tests = [filter_.matches for filter_ in filters]
        self._found: dict[str, int] = {}
        self.counts = [0] * len(self._tests)
        """By filter, in their order. A filter that takes too long finds no more."""

    def replace(self, rows: Iterable[MessageRow]) -> None:
        """Count these, and no others."""
        self._found.clear()
        self.counts = [0] * len(self._tests)
        self.update(rows)

    def update(self, rows: Iterable[MessageRow]) -> None:
        """Count these anew: they came, or something of them changed."""
        for row in rows:
            before, now = self._found.get(row.key, 0), self._finds(row)
            if before != now:
                self._found[row.key] = now
                self._count(before, now)

    def _count(self, before: int, now: int) -> None:
        for place in range(len(self.counts)):
            self.counts[place] += (now >> place & 1) - (before >> place & 1)

    def _finds(self, row: MessageRow) -> int:
        """The filters that match, one bit each."""
        found = 0
        for place, test in enumerate(self._tests):
            try:
                if test(row):
                    found |= 1 << place
            except FilterError:
                self._tests[place] = _never
        return found


def _never(row: MessageRow) -> bool:
    return False
