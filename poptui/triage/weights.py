"""How much each signal counts: the one table, its sentences, and the score they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from poptui.triage.verdict import Verdict

THRESHOLD = 5.0
"""The score from which a message is spam."""

HIGHEST = 10.0


@dataclass(frozen=True, slots=True)
class Reason:
    """One signal as a person reads it."""

    name: str
    weight: float
    """What it added to the score; negative where it speaks for the message."""
    sentence: str
    """Clean text, ready to be shown."""


@dataclass(frozen=True)
class Weights:
    """Points by signal, the user's own instead of ours where the config has some."""

    own: Mapping[str, float] = field(default_factory=dict)

    def score(self, verdict: Verdict) -> float:
        """0 to 10; from ``THRESHOLD`` it is spam."""
        return min(max(sum(self.points(s.name) * s.strength for s in verdict.signals), 0), HIGHEST)

    def points(self, name: str) -> float:
        """The weight of a signal; 0 for one that is not known."""
        return self.own.get(name, 0.0)


def explain(verdict: Verdict, weights: Weights) -> list[Reason]:
    """Why the score is what it is, what counts most first."""
    return [Reason(s.name, weights.points(s.name) * s.strength, s.name) for s in verdict.signals]
