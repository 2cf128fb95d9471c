"""Count messages, sizes and spam by sender, domain, month and type, and what a clean-up would free.

Each bar has the filter that finds its messages, so that choosing one can show them. By sender,
domain, month and type, each message counts in exactly one bar, or as unknown as long as its header
or score isn't known: the bars add up to the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from heapq import nlargest

from poptui.mail.headers.header import Header
from poptui.triage.filters.filter import parse
from poptui.triage.filters.row import MessageRow
from poptui.triage.filters.tree import FilterContext
from poptui.triage.grouping import NO_SENDER
from poptui.triage.spam.domains import organization

MAX_BARS = 1000
"""The rest is one bar, because sorting all of them would take long."""
CLEANUP_SENDER_COUNT = 10
"""The number of senders that the clean-up counts together."""

_BARE = re.compile(r"[A-Za-z0-9_.@<>+=-]+")
_NO_DATE = "(no date)"
_NO_DOMAIN = "(no domain)"


class Dimension(Enum):
    """The property that bars count by. The value is shown, and is the word on the command line."""

    SENDER = "sender"
    DOMAIN = "domain"
    MONTH = "month"
    TYPE = "type"
    SPAM = "spam"
    """The share of spam in each month."""
    CLEANUP = "clean-up"
    """The space that deleting certain messages would free; one message may be in several bars."""


@dataclass(slots=True)
class Bar:
    """The messages that have something in common."""

    title: str
    """Not safe to print."""
    filter: str = ""
    """Finds these messages; empty if no filter does."""
    count: int = 0
    octets: int = 0
    spam: int = 0

    def add(self, octets: int, *, is_spam: bool) -> None:
        """Count a message."""
        self.count += 1
        self.octets += octets
        self.spam += is_spam

    def include(self, other: Bar) -> None:
        """Count the messages of ``other``."""
        self.count += other.count
        self.octets += other.octets
        self.spam += other.spam

    @property
    def spam_share(self) -> float:
        """The share of spam, from 0 to 1."""
        return self.spam / self.count if self.count else 0.0


class Statistics:
    """The bars of some messages. Making them takes a while: for many messages, in a thread."""

    def __init__(self, rows: Iterable[MessageRow], scope: FilterContext) -> None:
        self.total = Bar("all")
        self._scope = scope
        self._bars: dict[Dimension, dict[str, Bar]] = {by: {} for by in Dimension}
        self._unknown: dict[Dimension, Bar] = {by: Bar("unknown") for by in Dimension}
        counted = list(rows)
        for row in counted:
            self._count(row)
        self._make_domain_filters()
        self._ordered: dict[tuple[Dimension, bool], list[Bar]] = {}
        for by in Dimension:
            if by is Dimension.CLEANUP:
                self._count_cleanup(counted)
            for by_count in (False, True):
                self._ordered[by, by_count] = self._order(by, by_count=by_count)

    def bars(self, by: Dimension, *, by_count: bool = False) -> list[Bar]:
        """Return the bars, the largest first; months from the newest on."""
        return self._ordered[by, by_count]

    def _order(self, by: Dimension, *, by_count: bool) -> list[Bar]:
        bars = self._bars[by].values()
        if by in (Dimension.MONTH, Dimension.SPAM):
            return sorted(bars, key=lambda bar: ("(" not in bar.title, bar.title), reverse=True)
        if by is Dimension.CLEANUP:
            return list(bars)
        # Unlike sorting, this lets the event loop's thread run in between.
        first = nlargest(MAX_BARS, bars, key=_count_of if by_count else _size_of)
        if len(first) == len(bars):
            return first
        shown = set(map(id, first))
        rest = [bar for bar in bars if id(bar) not in shown]
        others = Bar(f"({len(rest):,} others)")
        for bar in rest:
            others.include(bar)
        return [*first, others]

    def unknown(self, by: Dimension) -> Bar:
        """Return the messages that are in no bar because their header or score isn't known yet."""
        return self._unknown[by]

    def _count(self, row: MessageRow) -> None:
        is_spam = row.score is not None and row.score >= self._scope.threshold
        self.total.add(row.size, is_spam=is_spam)
        header = row.header
        if header is None:
            for unknown in self._unknown.values():
                unknown.add(row.size, is_spam=is_spam)
            return
        address = header.from_.address.lower()
        month = _month(header)
        self._add(Dimension.SENDER, row, is_spam, address, _sender_filter(address))
        self._add(Dimension.DOMAIN, row, is_spam, _organization(address), "")
        self._add(Dimension.MONTH, row, is_spam, month, f"date:{month}" if month else "")
        if row.score is None or row.verdict is None:
            self._unknown[Dimension.TYPE].add(row.size, is_spam=False)
            self._unknown[Dimension.SPAM].add(row.size, is_spam=False)
            return
        spam_filter = f"is:spam date:{month}" if month else ""
        self._add(Dimension.SPAM, row, is_spam, month, spam_filter)
        kind = _type(row, header, is_spam=is_spam)
        self._add(Dimension.TYPE, row, is_spam, kind, _TYPES[kind])

    def _add(self, by: Dimension, row: MessageRow, is_spam: bool, key: str, filter_: str) -> None:
        bars = self._bars[by]
        bar = bars.get(key)
        if bar is None:
            bar = bars[key] = Bar(key or _NAMELESS[by], filter_)
        bar.add(row.size, is_spam=is_spam)

    def _make_domain_filters(self) -> None:
        """Give bars of domains the filter ``domain:``, unless it would find other messages, too."""
        bars = self._bars[Dimension.DOMAIN]
        above = {domain[at + 1 :] for domain in bars for at in _dots(domain)}
        for domain, bar in bars.items():
            if not domain:
                bar.filter = "from:/<[^@]*>$/"
            elif "." in domain and domain not in above:
                bar.filter = f"domain:{_value(domain)}"
            else:
                bar.filter = f"from:{_value(f'@{domain}>')}"

    def _count_cleanup(self, rows: Sequence[MessageRow]) -> None:
        senders = self.bars(Dimension.SENDER)[:CLEANUP_SENDER_COUNT]
        largest = " OR ".join(bar.filter for bar in senders)
        bars = {
            "spam": "is:spam",
            "newsletters over a year old": "is:newsletter older:1y",
            f"the {CLEANUP_SENDER_COUNT} largest senders": largest,
            "larger than 5 MB": "size:>5M",
            "marked now": "is:marked",
        }
        for title, text in bars.items():
            bar = self._bars[Dimension.CLEANUP][title] = Bar(title, text)
            if text == largest:
                for sender in senders:
                    bar.include(sender)
                continue
            for row in parse(text, scope=self._scope).select(rows):
                is_spam = row.score is not None and row.score >= self._scope.threshold
                bar.add(row.size, is_spam=is_spam)


def combined(shown: str, chosen: str) -> str:
    """Return a filter for the messages that both find; ``shown`` may be empty."""
    if not shown:
        return chosen
    return " ".join(f"({text})" if " OR " in text else text for text in (shown, chosen))


_NAMELESS = {
    Dimension.SENDER: NO_SENDER,
    Dimension.DOMAIN: _NO_DOMAIN,
    Dimension.MONTH: _NO_DATE,
    Dimension.SPAM: _NO_DATE,
}
"""The titles of bars of messages that lack what the others have."""

_TYPES = {
    "spam": "is:spam",
    "newsletters": "is:newsletter",
    "mailing lists": "-is:spam|newsletter list:/./",
    "with attachments": "-is:spam|newsletter -list:/./ has:attachment",
    "other messages": "-is:spam|newsletter -list:/./ -has:attachment",
}
"""The filter of each type, in the order in which they are tried."""


def _type(row: MessageRow, header: Header, *, is_spam: bool) -> str:
    if is_spam:
        return "spam"
    if row.verdict is not None and row.verdict.newsletter:
        return "newsletters"
    if header.list_id:
        return "mailing lists"
    return "with attachments" if header.attachments else "other messages"


def _size_of(bar: Bar) -> tuple[int, int, str]:
    return bar.octets, bar.count, bar.title


def _count_of(bar: Bar) -> tuple[int, int, str]:
    return bar.count, bar.octets, bar.title


def _month(header: Header) -> str:
    """Return the month in the local time zone, as ``date:`` reads it; empty without a date."""
    if header.date is None:
        return ""
    try:
        local = header.date.astimezone()
    except (OverflowError, ValueError):
        return ""
    return f"{local.year:04}-{local.month:02}"


def _organization(address: str) -> str:
    domain = address.rpartition("@")[2] if "@" in address else ""
    return organization(domain) if domain else ""


def _sender_filter(address: str) -> str:
    return f"from:{_value(f'<{address}>')}"


def _value(text: str) -> str:
    """Return ``text`` as the value of a field."""
    if _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _dots(domain: str) -> list[int]:
    return [at for at, character in enumerate(domain) if character == "."]
