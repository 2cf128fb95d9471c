"""The list in groups: headings that open and close, with their messages below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.triage import grouping
from poptui.triage.grouping import Group, GroupKey, Groups

CHUNK_MESSAGES = 500
"""The work can be interrupted after this many messages."""

_ORDERS = {
    SortKey.NUMBER: grouping.GroupOrder.COUNT,
    SortKey.DATE: grouping.GroupOrder.DATE,
    SortKey.SIZE: grouping.GroupOrder.SIZE,
    SortKey.FROM: grouping.GroupOrder.TITLE,
    SortKey.SUBJECT: grouping.GroupOrder.TITLE,
    SortKey.SPAM: grouping.GroupOrder.SPAM,
}
"""The order of groups for each sort order of messages."""


class Heading:
    """The line of a group."""

    def __init__(self, group: Group[MessageEntry], *, opened: bool) -> None:
        self.group, self.opened = group, opened

    @property
    def key(self) -> str:
        """Identifies the group after grouping again; differs from all keys of messages."""
        return f"\ngroup {self.group.key}"

    @property
    def number(self) -> int:
        """The highest message number in the group."""
        return max(entry.number for entry in self.group.rows)

    @property
    def score(self) -> float | None:
        """The highest score in the group."""
        return self.group.worst

    @property
    def newsletter(self) -> bool:
        """Whether all messages of the group are newsletters."""
        return all(entry.newsletter for entry in self.group.rows)


Row = MessageEntry | Heading
"""A line of the list."""


class GroupedRows:
    """The groups of a view, and which of them are open."""

    def __init__(self) -> None:
        self.by: GroupKey | None = None
        self._groups: Sequence[Group[MessageEntry]] = ()
        self._open: set[str] = set()

    def next_key(self) -> GroupKey | None:
        """Group by the next property, or not at all."""
        ways = [None, *GroupKey]
        self.by = ways[(ways.index(self.by) + 1) % len(ways)]
        self._open.clear()
        self._groups = ()
        return self.by

    def make(
        self, entries: Sequence[MessageEntry], order: SortKey, *, usual: bool
    ) -> Iterator[None]:
        """Group ``entries``; the groups change only once the iterator is exhausted.

        ``usual``: the order has its usual direction.
        """
        assert self.by is not None
        groups: Groups[MessageEntry] = Groups(self.by)
        for start in range(0, len(entries), CHUNK_MESSAGES):
            groups.add(entries[start : start + CHUNK_MESSAGES])
            yield
        ordered = groups.ordered(_ORDERS[order])
        self._groups = ordered if usual else ordered[::-1]

    def open(self, heading: Heading, opened: bool) -> None:
        """Open a group or close it."""
        (self._open.add if opened else self._open.discard)(heading.group.key)

    def rows(self) -> list[Row]:
        """The lines, from the top."""
        rows: list[Row] = []
        for group in self._groups:
            opened = group.key in self._open
            rows.append(Heading(group, opened=opened))
            if opened:
                rows += group.rows
        return rows
