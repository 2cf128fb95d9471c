"""Which messages the list shows, and in what order: sorted by a column, narrowed by a filter."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.triage.filters.filter import Filter

SLICE = 500
"""Messages that are looked at between two places where the work can be left off."""

_Key = tuple[Any, int]
"""What a message is compared by: a value, the same kind for all, and its number."""


@dataclass(frozen=True)
class ViewSpec:
    """How the user wants the messages: by which column, in which direction, which of them."""

    order: SortKey = SortKey.NUMBER
    descending: bool = True
    filter: Filter | None = None

    @property
    def sentence(self) -> str:
        """The order in words."""
        return f"Sorted by {self.order.value}, {self.order.first(self.descending)} first."

    @property
    def waits(self) -> bool:
        """Whether it asks for what comes with the headers."""
        return self.order.by_header or bool(self.filter and self.filter.needs)


@dataclass
class _Rows:
    """The messages that a spec shows, in its order."""

    spec: ViewSpec
    keys: dict[MessageEntry, _Key | None] = field(default_factory=dict)
    """Of each message shown; None where it has no place in the order yet."""
    known: list[MessageEntry] = field(default_factory=list)
    """Ascending, those that have a key."""
    others: list[MessageEntry] = field(default_factory=list)
    """Behind them in either direction: the newest first."""

    @property
    def _sign(self) -> int:
        """Of equals the newer one stands above, in either direction."""
        return 1 if self.spec.descending else -1

    @property
    def _place(self) -> Callable[[MessageEntry], _Key]:
        """The key of a message that has one."""
        return cast("Callable[[MessageEntry], _Key]", self.keys.__getitem__)

    def key(self, entry: MessageEntry) -> _Key | None:
        value = self.spec.order.reader(entry)
        return None if value is None else (value, self._sign * entry.number)

    def wants(self, entry: MessageEntry) -> bool:
        wanted = self.spec.filter
        return wanted is None or wanted.matches(entry)

    def take(self, entries: Iterable[MessageEntry]) -> None:
        """Add messages without a place, for ``order`` to sort."""
        wanted, value_of, sign = self.spec.filter, self.spec.order.reader, self._sign
        for entry in entries if wanted is None else wanted.select(entries):
            if (value := value_of(entry)) is None:
                self.keys[entry] = None
                self.others.append(entry)
            else:
                self.keys[entry] = (value, sign * entry.number)
                self.known.append(entry)

    def order(self) -> None:
        """Sort all that was taken."""
        self.known.sort(key=self._place)
        self.others.sort(key=_newest_first)

    def move(self, entry: MessageEntry) -> bool:
        """Put a message that changed where it belongs now; whether that is another place."""
        there, wanted, key = entry in self.keys, self.wants(entry), self.key(entry)
        if there == wanted and (not there or self.keys[entry] == key):
            return False
        if there:
            self._remove(entry)
        if wanted:
            self.keys[entry] = key
            if key is None:
                insort(self.others, entry, key=_newest_first)
            else:
                insort(self.known, entry, key=self._place)
        return True

    def _remove(self, entry: MessageEntry) -> None:
        key = self.keys[entry]
        if key is None:
            del self.others[bisect_left(self.others, -entry.number, key=_newest_first)]
        else:
            del self.known[bisect_left(self.known, key, key=self._place)]
        del self.keys[entry]

    def shown(self) -> list[MessageEntry]:
        known = reversed(self.known) if self.spec.descending else self.known
        return [*known, *self.others]


class View:
    """The messages of the listing as the list shows them."""

    def __init__(self) -> None:
        self.entries: Sequence[MessageEntry] = ()
        """Those that are shown, from the top."""
        self._listed: frozenset[MessageEntry] = frozenset()
        self._rows = _Rows(ViewSpec())
        self._late: set[MessageEntry] = set()
        """What changed while another view is being made."""

    @property
    def spec(self) -> ViewSpec:
        """How the messages are shown now."""
        return self._rows.spec

    @property
    def total(self) -> int:
        """Messages there are, shown or not."""
        return len(self._listed)

    def make(self, listing: Sequence[MessageEntry], spec: ViewSpec) -> Iterator[None]:
        """Show ``listing``, the newest first, as ``spec`` says, once the iterator is at its end.

        It may be left off at each step, and then all stays as it was. Raises FilterError where
        a regular expression takes too long.
        """
        rows, entries = _Rows(spec), iter(() if spec == _AS_LISTED else listing)
        late = self._late = set[MessageEntry]()
        while taken := list(islice(entries, SLICE)):
            rows.take(taken)
            yield
        rows.order()
        self._rows, self._listed = rows, frozenset(listing)
        self.entries = listing if spec == _AS_LISTED else rows.shown()
        self.update(late)

    def update(self, changed: Iterable[MessageEntry]) -> bool:
        """Put messages that changed where they belong; whether other rows are shown now.

        Raises FilterError as ``make`` does.
        """
        entries = set(changed)
        self._late |= entries
        if self.spec == _AS_LISTED:
            return False
        moved = [self._rows.move(entry) for entry in entries & self._listed]
        if any(moved):
            self.entries = self._rows.shown()
        return any(moved)


_AS_LISTED = ViewSpec()


def _newest_first(entry: MessageEntry) -> int:
    return -entry.number
