"""How a score is shown: a number, and a sign before it so that no colour is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from poptui.triage.spam.score import GLYPHS, HIGHEST, THRESHOLD

SCORE_CELLS = 4
"""What ``score`` fills: ``!9.9``, ``n0.5``, ``! 10``."""


@dataclass(frozen=True, slots=True)
class ScoreStyle:
    """What the rows of a list have in common."""

    threshold: float = THRESHOLD
    """The score from which a message is spam."""
    expects: bool = True
    """Headers that are missing may still come."""
    indent: int = 0
    """Cells by which messages are indented below the heading of their group."""


class Scored(Protocol):
    """What has a score."""

    @property
    def score(self) -> float | None:
        """0 to 10; None where it has not been judged."""

    @property
    def newsletter(self) -> bool:
        """Sent to many who may have asked for it."""


def score(row: Scored, threshold: float) -> str:
    """The score of a message or a group, without the number if it is 0."""
    if row.score is None:
        return " " * SCORE_CELLS
    word = "spam" if row.score >= threshold else "newsletter" if row.newsletter else "ham"
    number = "10" if row.score >= HIGHEST else f"{row.score:.1f}" if row.score else ""
    return GLYPHS[word] + number.rjust(SCORE_CELLS - 1)
