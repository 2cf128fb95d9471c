"""Around a filter: what it takes from its surroundings, and what it needs of the messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from poptui.triage.spam.score import THRESHOLD

HEADER, VERDICT, EXTRA, ALL = "header", "verdict", "extra", "all"
"""What a term needs: the row's header, its verdict, further headers, the headers of all rows."""


@dataclass(frozen=True)
class FilterContext:
    """What a filter takes from its surroundings."""

    now: datetime = field(default_factory=lambda: datetime.now().astimezone())
    """Aware; ages count from it."""
    threshold: float = THRESHOLD
    """The score from which a message is spam."""
