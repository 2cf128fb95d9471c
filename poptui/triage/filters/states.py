"""The states that ``is:`` asks for."""

from __future__ import annotations

from collections.abc import Mapping

from poptui.triage.filters.context import ALL, HEADER, VERDICT
from poptui.triage.filters.tree import Ask
from poptui.triage.row import MessageRow


def states_by_name(limit: float) -> Mapping[str, tuple[Ask, frozenset[str]]]:
    """What asks for each state, and what that needs; from ``limit`` on a score is spam.

    Rules tag and protect once the header is there.
    """
    judged, loaded = frozenset({HEADER, VERDICT}), frozenset({HEADER})
    nothing = frozenset[str]()

    def spam(row: MessageRow) -> bool | None:
        return None if row.score is None else row.score >= limit

    def ham(row: MessageRow) -> bool | None:
        return None if row.score is None else row.score < limit

    def newsletter(row: MessageRow) -> bool | None:
        if row.score is None or row.verdict is None:
            return None
        return row.verdict.newsletter and row.score < limit

    def duplicate(row: MessageRow) -> bool | None:
        return None if row.header is None else row.duplicate

    def tagged(row: MessageRow) -> bool | None:
        return True if row.tagged else None if row.header is None else False

    def protected(row: MessageRow) -> bool | None:
        return None if row.header is None else row.protected

    return {
        "spam": (spam, judged),
        "ham": (ham, judged),
        "newsletter": (newsletter, judged),
        "new": (lambda row: row.new, nothing),
        "marked": (lambda row: row.marked, nothing),
        "tagged": (tagged, loaded),
        "protected": (protected, loaded),
        "opened": (lambda row: row.opened, nothing),
        "dup": (duplicate, frozenset({HEADER, ALL})),
    }
