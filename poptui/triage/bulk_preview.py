"""Preview of marking many messages: what would be marked, what is left out, what looks odd."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from poptui.patterns import lazy_pattern
from poptui.triage.filters.row import MessageRow
from poptui.triage.spam.score import THRESHOLD

MAJORITY = 0.8
"""A trait that at least this share of the messages has is what they have in common."""

MINORITY = 0.1
"""A trait that at most this share of the messages has makes one of them an outlier."""

_REPLY = lazy_pattern(r"\s*(?:re|aw|sv|vs|antw|odp|res|ref)\b[^:]{0,8}:", re.IGNORECASE)


class MarkableRow(MessageRow, Protocol):
    """A row that can be marked."""

    @property
    def ambiguous(self) -> bool:
        """Several messages have its UID, so it must be opened before it can be marked."""


C = TypeVar("C", bound=MarkableRow)


@dataclass(frozen=True)
class Outlier(Generic[C]):
    """A message that looks different from the others."""

    row: C
    reasons: tuple[str, ...]
    """Printable parts of a sentence, weightiest first."""


@dataclass(frozen=True)
class BulkPreview(Generic[C]):
    """The effect of marking the chosen messages."""

    to_mark: tuple[C, ...]
    """Would be marked, in the order they were chosen."""
    marked: tuple[C, ...] = ()
    """Already marked."""
    protected: tuple[C, ...] = ()
    """Left out: protected from bulk actions."""
    ambiguous: tuple[C, ...] = ()
    """Left out: several messages have the same UID."""
    outliers: tuple[Outlier[C], ...] = ()
    """The messages in ``to_mark`` that look different from the rest, oddest first."""

    @property
    def octets(self) -> int:
        """Total size of what would be marked, in octets."""
        return sum(row.size for row in self.to_mark)


def preview_marking(
    chosen: Iterable[C],
    *,
    is_friend: Callable[[MessageRow], bool] = lambda row: False,
    threshold: float = THRESHOLD,
) -> BulkPreview[C]:
    """Preview marking ``chosen``.

    Every bulk action marks only what is ``to_mark`` here.
    """
    chosen = list(dict.fromkeys(chosen))
    marked = tuple(row for row in chosen if row.marked)
    free = [row for row in chosen if not row.marked]
    protected = tuple(row for row in free if row.protected)
    reachable = [row for row in free if not row.protected]
    ambiguous = tuple(row for row in reachable if _is_ambiguous(row))
    to_mark = tuple(row for row in reachable if not _is_ambiguous(row))
    outliers = _find_outliers(to_mark, _Majority(to_mark, threshold), is_friend)
    return BulkPreview(to_mark, marked, protected, ambiguous, outliers)


def _is_ambiguous(row: MarkableRow) -> bool:
    return row.ambiguous and not row.opened


class _Majority:
    """The traits that most of the chosen messages share."""

    def __init__(self, rows: Sequence[MessageRow], threshold: float) -> None:
        self._threshold = threshold
        judged = [row for row in rows if row.score is not None]
        self._spam = _share(judged, self.is_spam) >= MAJORITY
        self._replies = _share(rows, _is_reply) > MINORITY
        self._lists = _share(rows, _is_newsletter) > MINORITY
        self._tagged = _share(rows, lambda row: row.tagged) >= MAJORITY
        domains = Counter(_domain(row) for row in rows)
        domain, count = domains.most_common(1)[0] if domains else ("", 0)
        self._domain = domain if count >= MAJORITY * len(rows) and len(rows) > 2 else ""

    def is_spam(self, row: MessageRow) -> bool:
        return row.score is not None and row.score >= self._threshold

    def oddities(self, row: MessageRow) -> list[str]:
        """Return how the row differs from the majority."""
        odd = []
        if self._spam and row.score is not None and not self.is_spam(row):
            odd.append(f"scores {row.score:.1f} where the others look like spam")
        if self._domain and _domain(row) != self._domain:
            odd.append("comes from another domain than the others")
        if not self._replies and _is_reply(row):
            odd.append("is a reply")
        if self._spam and not self._lists and _is_newsletter(row):
            odd.append("is a newsletter")
        if row.tagged and not self._tagged:
            odd.append("is tagged")
        return odd


def _find_outliers(
    rows: Sequence[C], majority: _Majority, is_friend: Callable[[MessageRow], bool]
) -> tuple[Outlier[C], ...]:
    found = []
    for row in rows:
        reasons = [*_warnings(row, is_friend), *majority.oddities(row)]
        if reasons:
            found.append(Outlier(row, tuple(reasons)))
    return tuple(sorted(found, key=lambda outlier: -len(outlier.reasons)))


def _warnings(row: MessageRow, is_friend: Callable[[MessageRow], bool]) -> list[str]:
    """Return reasons to keep the message that don't depend on the others."""
    reasons = ["comes from a friend"] if is_friend(row) else []
    if row.opened:
        reasons.append("was opened")
    if row.header is None:
        reasons.append("has no header yet")
    return reasons


def _share(rows: Sequence[MessageRow], is_so: Callable[[MessageRow], bool]) -> float:
    return sum(map(is_so, rows)) / len(rows) if rows else 0.0


def _domain(row: MessageRow) -> str:
    return row.header.from_.address.rpartition("@")[2].lower() if row.header else ""


def _is_reply(row: MessageRow) -> bool:
    return row.header is not None and _REPLY.match(row.header.subject) is not None


def _is_newsletter(row: MessageRow) -> bool:
    return row.verdict is not None and row.verdict.newsletter
