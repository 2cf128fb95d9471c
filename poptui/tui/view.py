"""Decides which messages the list shows and in what order, by a filter and a sort order."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey

if TYPE_CHECKING:
    from poptui.triage.filters.filter import Filter

CHUNK_MESSAGES = 500
"""Other tasks can run after this many messages."""

_Key = tuple[Any, int]
"""The sort key of a message: a value of the same type for all, and the number."""


class ViewSpec(NamedTuple):
    """A sort order and a filter."""

    order: SortKey = SortKey.NUMBER
    descending: bool = True
    filter: Filter | None = None

    @property
    def sentence(self) -> str:
        """The order in words."""
        return f"Sorted by {self.order.value}, {self.order.first(self.descending)} first."

    @property
    def waits(self) -> bool:
        """Whether it needs headers, which may not be loaded yet."""
        return self.order.by_header or bool(self.filter and self.filter.needs)


class _Rows:
    """The messages that a spec shows, in its order."""

    def __init__(self, spec: ViewSpec) -> None:
        self.spec = spec
        self.keys: dict[MessageEntry, _Key | None] = {}
        """The sort key of each shown message; None if it needs a header that isn't loaded."""
        self.known: list[MessageEntry] = []
        """The entries with a sort key, ascending."""
        self.others: list[MessageEntry] = []
        """The entries without one, newest first; they are shown last in either direction."""

    @property
    def _sign(self) -> int:
        """Sorts the newer of two equal messages first, in either direction."""
        return 1 if self.spec.descending else -1

    @property
    def _key_of(self) -> Callable[[MessageEntry], _Key]:
        """A function that returns the key of a message in ``known``."""
        return cast("Callable[[MessageEntry], _Key]", self.keys.__getitem__)

    def key(self, entry: MessageEntry) -> _Key | None:
        value = self.spec.order.reader(entry)
        return None if value is None else (value, self._sign * entry.number)

    def matches(self, entry: MessageEntry) -> bool:
        wanted = self.spec.filter
        return wanted is None or wanted.matches(entry)

    def add(self, entries: Iterable[MessageEntry]) -> None:
        """Add messages; ``order`` sorts them afterwards."""
        wanted, value_of, sign = self.spec.filter, self.spec.order.reader, self._sign
        for entry in entries if wanted is None else wanted.select(entries):
            if (value := value_of(entry)) is None:
                self.keys[entry] = None
                self.others.append(entry)
            else:
                self.keys[entry] = (value, sign * entry.number)
                self.known.append(entry)

    def order(self) -> None:
        """Sort the added messages."""
        self.known.sort(key=self._key_of)
        self.others.sort(key=_newest_first)

    def move(self, entry: MessageEntry) -> bool:
        """Move a message that changed to its place; return whether it moved."""
        there, wanted, key = entry in self.keys, self.matches(entry), self.key(entry)
        if there == wanted and (not there or self.keys[entry] == key):
            return False
        if there:
            self._remove(entry)
        if wanted:
            self.keys[entry] = key
            if key is None:
                insort(self.others, entry, key=_newest_first)
            else:
                insort(self.known, entry, key=self._key_of)
        return True

    def _remove(self, entry: MessageEntry) -> None:
        key = self.keys[entry]
        if key is None:
            del self.others[bisect_left(self.others, -entry.number, key=_newest_first)]
        else:
            del self.known[bisect_left(self.known, key, key=self._key_of)]
        del self.keys[entry]

    def shown(self) -> list[MessageEntry]:
        known = reversed(self.known) if self.spec.descending else self.known
        return [*known, *self.others]


class View:
    """The messages of the listing as the list shows them."""

    def __init__(self) -> None:
        self.entries: Sequence[MessageEntry] = ()
        """The messages that are shown, from the top."""
        self._listed: frozenset[MessageEntry] = frozenset()
        self._rows = _Rows(ViewSpec())
        self._changed_meanwhile: set[MessageEntry] = set()
        """Messages that changed while a new view is being made."""

    @property
    def spec(self) -> ViewSpec:
        """The present order and filter."""
        return self._rows.spec

    @property
    def total(self) -> int:
        """The number of messages, shown or not."""
        return len(self._listed)

    def make(self, listing: Sequence[MessageEntry], spec: ViewSpec) -> Iterator[None]:
        """Show ``listing``, which is newest first, as ``spec`` says. The view changes only once the
        iterator is exhausted. Raises FilterError if a regular expression takes too long.
        """
        rows, entries = _Rows(spec), iter(() if spec == _AS_LISTED else listing)
        changed = self._changed_meanwhile = set[MessageEntry]()
        while taken := list(islice(entries, CHUNK_MESSAGES)):
            rows.add(taken)
            yield
        rows.order()
        self._rows, self._listed = rows, frozenset(listing)
        self.entries = listing if spec == _AS_LISTED else rows.shown()
        self.update(changed)

    def update(self, changed: Iterable[MessageEntry]) -> bool:
        """Move messages that changed to their places; return whether any row changed.

        Raises FilterError, as ``make`` does.
        """
        entries = set(changed)
        self._changed_meanwhile |= entries
        if self.spec == _AS_LISTED:
            return False
        moved = [self._rows.move(entry) for entry in entries & self._listed]
        if any(moved):
            self.entries = self._rows.shown()
        return any(moved)


_AS_LISTED = ViewSpec()


def _newest_first(entry: MessageEntry) -> int:
    return -entry.number
