"""How a score is shown: a number, with a sign so that no colour is needed; low ones not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from poptui.triage.spam.score import HIGHEST, THRESHOLD

SCORE_CELLS = 4
"""The longest result of ``score``: ``!9.9``."""
LOWEST_SHOWN = 1.0
"""A lower score says nothing."""
LOWEST_CAUTION = 3.0
"""A score from here on is worth a look."""
NEWSLETTER = "nl"

ScoreRole = Literal["spam", "caution", "news", "dim"]


@dataclass(frozen=True, slots=True)
class ScoreStyle:
    """What the rows of a list have in common."""

    threshold: float = THRESHOLD
    """The score from which a message is spam."""
    expects: bool = True
    """Headers that are missing may still come."""
    indent: int = 0
    """Cells by which messages are indented below the heading of their group."""


class HasScore(Protocol):
    """What has a score."""

    @property
    def score(self) -> float | None:
        """0 to 10; None where it has not been judged."""

    @property
    def newsletter(self) -> bool:
        """Sent to many who may have asked for it."""


def score(row: HasScore, threshold: float) -> tuple[ScoreRole, str]:
    """How the score of a message or a group looks: ``!9.1``, ``3.1``, ``nl`` or nothing."""
    if row.score is None:
        return "dim", ""
    number = "10" if row.score >= HIGHEST else f"{row.score:.1f}"
    if row.score >= threshold:
        return "spam", f"!{number}"
    if row.newsletter:
        return "news", NEWSLETTER
    if row.score < LOWEST_SHOWN:
        return "dim", ""
    return "caution" if row.score >= LOWEST_CAUTION else "dim", number
