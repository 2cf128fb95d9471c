"""Rules of the user: what is done with a message that a filter matches, when it is listed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from poptui.triage.filters.filter import Filter


class RuleAction(Enum):
    """What a rule does. None of them deletes: a mark only declares."""

    MARK = "mark"
    TAG = "tag"
    PROTECT = "protect"
    SCORE = "score"


@dataclass(frozen=True)
class Rule:
    """One rule."""

    name: str
    filter: Filter
    action: RuleAction
    points: float = 0.0
    """What SCORE adds to a message's score."""
