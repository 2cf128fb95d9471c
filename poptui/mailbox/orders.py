"""The sort orders of a list, and the value of a message in each."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from poptui.mailbox.entry import MessageEntry
from poptui.patterns import lazy_pattern

Value = float | str
"""The value by which a message is sorted in one order."""

_REPLY = lazy_pattern(r"(?:\s*(?:re|aw|sv|fwd?|wg|tr|rv)\s*(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)


class SortKey(Enum):
    """A column to sort by. The value is its name in a sentence."""

    NUMBER = "number"
    DATE = "date"
    SIZE = "size"
    FROM = "sender"
    SUBJECT = "subject"
    SPAM = "spam score"

    @property
    def descends(self) -> bool:
        """Whether the highest value comes first: the newest, the largest, the worst."""
        return self not in (SortKey.FROM, SortKey.SUBJECT)

    def first(self, descending: bool) -> str:
        """Describe the first message: ``newest``, ``smallest`` …"""
        return _ENDS[self][descending]

    @property
    def by_header(self) -> bool:
        """Whether a message can be sorted only once its header is loaded."""
        return self not in (SortKey.NUMBER, SortKey.SIZE)

    @property
    def next(self) -> SortKey:
        """The column to its right, from the last one to the first."""
        orders = list(SortKey)
        return orders[(orders.index(self) + 1) % len(orders)]

    @property
    def reader(self) -> Callable[[MessageEntry], Value | None]:
        """Return the value that a message is sorted by, None if it is unknown or missing."""
        return _VALUES[self]


_ENDS = {
    SortKey.NUMBER: ("oldest", "newest"),
    SortKey.DATE: ("earliest", "latest"),
    SortKey.SIZE: ("smallest", "largest"),
    SortKey.FROM: ("A", "Z"),
    SortKey.SUBJECT: ("A", "Z"),
    SortKey.SPAM: ("lowest", "highest"),
}
"""The first message in ascending and in descending order."""


def _date(entry: MessageEntry) -> Value | None:
    """Return seconds since 1970; impossible for dates at the very ends of the calendar."""
    if entry.header is None or entry.header.date is None:
        return None
    try:
        return entry.header.date.timestamp()
    except (OverflowError, ValueError):
        return None


def _sender(entry: MessageEntry) -> Value | None:
    return None if entry.header is None else entry.header.from_.shown.casefold()


def _subject(entry: MessageEntry) -> Value | None:
    """Return the subject without Re: and Fwd: before it."""
    if entry.header is None:
        return None
    subject = entry.header.subject
    reply = _REPLY.match(subject)
    return (subject[reply.end() :] if reply else subject).casefold()


_VALUES: dict[SortKey, Callable[[MessageEntry], Value | None]] = {
    SortKey.NUMBER: lambda entry: entry.number,
    SortKey.DATE: _date,
    SortKey.SIZE: lambda entry: entry.size,
    SortKey.FROM: _sender,
    SortKey.SUBJECT: _subject,
    SortKey.SPAM: lambda entry: entry.score,
}
