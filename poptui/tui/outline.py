"""The list in groups: headings that open and close, with their messages below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.triage import grouping
from poptui.triage.grouping import Group, GroupKey, Groups

SLICE = 500
"""Messages that are looked at between two places where the work can be left off."""

_ORDERS = {
    SortKey.NUMBER: grouping.GroupOrder.COUNT,
    SortKey.DATE: grouping.GroupOrder.DATE,
    SortKey.SIZE: grouping.GroupOrder.SIZE,
    SortKey.FROM: grouping.GroupOrder.TITLE,
    SortKey.SUBJECT: grouping.GroupOrder.TITLE,
    SortKey.SPAM: grouping.GroupOrder.SPAM,
}
"""What groups are sorted by, where the messages are sorted by a column."""


@dataclass(eq=False, repr=False, slots=True)
class Heading:
    """The line of a group."""

    group: Group[MessageEntry]
    opened: bool

    @property
    def key(self) -> str:
        """What it is known by when the groups are made anew; no message has such a key."""
        return f"\ngroup {self.group.key}"

    @property
    def number(self) -> int:
        """The highest number that is shown in or below it."""
        return max(entry.number for entry in self.group.rows)

    @property
    def score(self) -> float | None:
        """The worst of the group."""
        return self.group.worst

    @property
    def newsletter(self) -> bool:
        """All of the group is newsletters."""
        return all(entry.newsletter for entry in self.group.rows)


Row = MessageEntry | Heading
"""A line of the list."""


class GroupedRows:
    """Which groups there are, and which of them are open."""

    def __init__(self) -> None:
        self.by: GroupKey | None = None
        self._groups: Sequence[Group[MessageEntry]] = ()
        self._open: set[str] = set()

    def turn(self) -> GroupKey | None:
        """Group by the next thing, or not at all."""
        ways = [None, *GroupKey]
        self.by = ways[(ways.index(self.by) + 1) % len(ways)]
        self._open.clear()
        self._groups = ()
        return self.by

    def make(
        self, entries: Sequence[MessageEntry], order: SortKey, *, usual: bool
    ) -> Iterator[None]:
        """Group ``entries``, once the iterator is at its end; it may be left off at each step.

        ``usual``: in the direction of the order that is its usual one.
        """
        assert self.by is not None
        groups: Groups[MessageEntry] = Groups(self.by)
        for start in range(0, len(entries), SLICE):
            groups.add(entries[start : start + SLICE])
            yield
        ordered = groups.ordered(_ORDERS[order])
        self._groups = ordered if usual else ordered[::-1]

    def open(self, heading: Heading, opened: bool) -> None:
        """Show what is in a group, or no longer."""
        (self._open.add if opened else self._open.discard)(heading.group.key)

    def rows(self) -> list[Row]:
        """The lines, from the top."""
        rows: list[Row] = []
        for group in self._groups:
            opened = group.key in self._open
            rows.append(Heading(group, opened))
            if opened:
                rows += group.rows
        return rows
