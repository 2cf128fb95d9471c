"""An action on many messages, told before it is done: what it takes and leaves, what is odd."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from poptui.triage.row import MessageRow
from poptui.triage.spam.score import THRESHOLD

MOST = 0.8
"""The share from which something is what the chosen have in common."""

FEW = 0.1
"""The share up to which something makes a message unlike the others."""

_ANSWER = re.compile(r"\s*(?:re|aw|sv|vs|antw|odp|res|ref)\b[^:]{0,8}:", re.IGNORECASE)


class Chosen(MessageRow, Protocol):
    """A row that an action may take."""

    @property
    def ambiguous(self) -> bool:
        """Its UID is not its own, so that it must be opened before it can be marked."""


C = TypeVar("C", bound=Chosen)


@dataclass(frozen=True)
class Unlike(Generic[C]):
    """A message that looks unlike the others that are chosen."""

    row: C
    reasons: tuple[str, ...]
    """Parts of a sentence, clean; the weightiest first."""


@dataclass(frozen=True)
class BulkPreview(Generic[C]):
    """What marking the chosen would do."""

    taken: tuple[C, ...]
    """What would be marked, in the order of choice."""
    marked: tuple[C, ...] = ()
    """Marked already."""
    protected: tuple[C, ...] = ()
    """Left out: out of the reach of actions on many."""
    ambiguous: tuple[C, ...] = ()
    """Left out: the UID does not tell it from another message."""
    unlike: tuple[Unlike[C], ...] = ()
    """Of what is taken, those that look unlike the rest; the oddest first."""

    @property
    def octets(self) -> int:
        """Octets of what would be marked."""
        return sum(row.size for row in self.taken)


def rehearse(
    chosen: Iterable[C],
    *,
    is_friend: Callable[[MessageRow], bool] = lambda row: False,
    threshold: float = THRESHOLD,
) -> BulkPreview[C]:
    """What an action that marks ``chosen`` would do.

    Every action on more than one message takes only what is ``taken`` here.
    """
    chosen = list(dict.fromkeys(chosen))
    marked = tuple(row for row in chosen if row.marked)
    free = [row for row in chosen if not row.marked]
    protected = tuple(row for row in free if row.protected)
    reachable = [row for row in free if not row.protected]
    ambiguous = tuple(row for row in reachable if _unclear(row))
    taken = tuple(row for row in reachable if not _unclear(row))
    unlike = _unlike(taken, _Rest(taken, threshold), is_friend)
    return BulkPreview(taken, marked, protected, ambiguous, unlike)


def _unclear(row: Chosen) -> bool:
    return row.ambiguous and not row.opened


class _Rest:
    """What most of the chosen have in common."""

    def __init__(self, rows: Sequence[MessageRow], threshold: float) -> None:
        self._threshold = threshold
        judged = [row for row in rows if row.score is not None]
        self._spam = _share(judged, self.is_spam) >= MOST
        self._answers = _share(rows, _is_answer) > FEW
        self._lists = _share(rows, _is_newsletter) > FEW
        self._tagged = _share(rows, lambda row: row.tagged) >= MOST
        domains = Counter(_domain(row) for row in rows)
        domain, count = domains.most_common(1)[0] if domains else ("", 0)
        self._domain = domain if count >= MOST * len(rows) and len(rows) > 2 else ""

    def is_spam(self, row: MessageRow) -> bool:
        return row.score is not None and row.score >= self._threshold

    def oddities(self, row: MessageRow) -> list[str]:
        """What sets the row apart."""
        odd = []
        if self._spam and row.score is not None and not self.is_spam(row):
            odd.append(f"scores {row.score:.1f} where the others look like spam")
        if self._domain and _domain(row) != self._domain:
            odd.append("comes from elsewhere than the others")
        if not self._answers and _is_answer(row):
            odd.append("is an answer")
        if self._spam and not self._lists and _is_newsletter(row):
            odd.append("is a newsletter")
        if row.tagged and not self._tagged:
            odd.append("is tagged")
        return odd


def _unlike(
    rows: Sequence[C], rest: _Rest, is_friend: Callable[[MessageRow], bool]
) -> tuple[Unlike[C], ...]:
    found = []
    for row in rows:
        reasons = [*_always(row, is_friend), *rest.oddities(row)]
        if reasons:
            found.append(Unlike(row, tuple(reasons)))
    return tuple(sorted(found, key=lambda unlike: -len(unlike.reasons)))


def _always(row: MessageRow, is_friend: Callable[[MessageRow], bool]) -> list[str]:
    """What makes anybody think again, whatever the others are."""
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


def _is_answer(row: MessageRow) -> bool:
    return row.header is not None and _ANSWER.match(row.header.subject) is not None


def _is_newsletter(row: MessageRow) -> bool:
    return row.verdict is not None and row.verdict.newsletter
