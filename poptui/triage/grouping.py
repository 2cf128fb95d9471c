"""Group messages by sender, domain, subject or mailing list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Generic, TypeVar

from poptui.mail.headers.header import Header
from poptui.patterns import lazy_pattern
from poptui.triage.filters.row import MessageRow
from poptui.triage.filters.text import fold

R = TypeVar("R", bound=MessageRow)

UNLOADED = "(headers not loaded yet)"
NO_LIST = "(no list)"
NO_SUBJECT = "(no subject)"
NO_SENDER = "(no sender)"


class GroupKey(Enum):
    """The property that the messages of a group share. The value is shown to the user."""

    SENDER = "sender"
    DOMAIN = "domain"
    SUBJECT = "subject"
    LIST = "list"


class GroupOrder(Enum):
    """The property to sort groups by: titles ascending, everything else highest first."""

    COUNT = "count"
    SIZE = "size"
    DATE = "date"
    SPAM = "spam"
    TITLE = "title"


class Group(Generic[R]):
    """Messages with the same sender, domain, subject or mailing list."""

    def __init__(self, key: str, title: str) -> None:
        self.key = key
        """Doesn't change when messages come and go, so that an open group stays open."""
        self.title = title
        """The title to show, from the first message. Not safe to print."""
        self.rows: list[R] = []
        """The messages, in the order they were added."""
        self.octets = 0
        self.newest: datetime | None = None
        self.worst: float | None = None
        """The highest spam score in the group."""

    def add(self, row: R) -> None:
        """Add a message and update the totals."""
        self.rows.append(row)
        self.octets += row.size
        date = row.header.date if row.header else None
        if date is not None and (self.newest is None or date > self.newest):
            self.newest = date
        if row.score is not None and (self.worst is None or row.score > self.worst):
            self.worst = row.score


class Groups(Generic[R]):
    """Sort messages into groups, a batch at a time."""

    def __init__(self, by: GroupKey) -> None:
        self._key_and_title = _KEY_AND_TITLE[by]
        self._groups: dict[str, Group[R]] = {}

    def add(self, rows: Iterable[R]) -> None:
        """Put ``rows`` into their groups."""
        groups, key_and_title = self._groups, self._key_and_title
        for row in rows:
            key, title = key_and_title(row.header) if row.header else ("", UNLOADED)
            group = groups.get(key)
            if group is None:
                group = groups[key] = Group(key, title)
            group.add(row)

    def ordered(self, order: GroupOrder) -> list[Group[R]]:
        """Return all groups, sorted by ``order``."""
        return sorted(self._groups.values(), key=_ORDERS[order])


_ORDERS: dict[GroupOrder, Callable[[Group[R]], tuple[float, str]]] = {
    GroupOrder.COUNT: lambda group: (-len(group.rows), group.key),
    GroupOrder.SIZE: lambda group: (-group.octets, group.key),
    GroupOrder.DATE: lambda group: (-group.newest.timestamp() if group.newest else 1e18, group.key),
    GroupOrder.SPAM: lambda group: (1.0 if group.worst is None else -group.worst, group.key),
    GroupOrder.TITLE: lambda group: (0.0, fold(group.title)),
}


def _sender(header: Header) -> tuple[str, str]:
    sender = header.from_
    if not sender.address:
        return f"sender:{fold(sender.name)}", sender.name or NO_SENDER
    title = f"{sender.name} <{sender.address}>" if sender.name else sender.address
    return f"sender:{sender.address.lower()}", title


def _domain(header: Header) -> tuple[str, str]:
    domain = header.from_.address.rpartition("@")[2].lower()
    return f"domain:{domain}", domain or NO_SENDER


def _subject(header: Header) -> tuple[str, str]:
    return f"subject:{subject_key(header.subject)}", header.subject or NO_SUBJECT


def _list(header: Header) -> tuple[str, str]:
    return f"list:{header.list_id.lower()}", header.list_id or NO_LIST


_KEY_AND_TITLE: dict[GroupKey, Callable[[Header], tuple[str, str]]] = {
    GroupKey.SENDER: _sender,
    GroupKey.DOMAIN: _domain,
    GroupKey.SUBJECT: _subject,
    GroupKey.LIST: _list,
}

_MAX_SUBJECT_CHARS = 500
"""Maximum number of characters of a subject to compare."""

_PREFIX = lazy_pattern(
    r"\A(?:(?:re|aw|sv|vs|antw|odp|ynt|res|ref|rif|fwd?|wg|tr|rv|enc|vb|i|"
    r"отв|ответ|пересл|回复|答复|转发)(?:\s?\[\d{1,4}\]|\s?\(\d{1,4}\)|\^\d{1,4})?\s?:\s*"
    r"|\[[^\[\]]{1,40}\]\s*)+"
)
_DIGITS = lazy_pattern(r"\d+(?:[.,:/-]\d+)*")


@lru_cache(maxsize=65536)
def subject_key(subject: str) -> str:
    """Drop case, accents, and reply and list prefixes. Replace each number by ``#``."""
    folded = fold(subject[:_MAX_SUBJECT_CHARS])
    if ":" in folded or folded[:1] == "[":
        folded = _PREFIX.sub("", folded, count=1).strip() or folded
    return _DIGITS.sub("#", folded)
