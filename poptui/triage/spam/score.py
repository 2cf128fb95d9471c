"""From signals to a score, a word, and reasons: the table of ``signals``, and the user's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from poptui.printable import printable_line
from poptui.triage.spam.signals import SIGNALS
from poptui.triage.spam.verdict import Signal, Verdict

THRESHOLD = 5.0
"""The score from which a message is spam."""

HIGHEST = 10.0


class Reason(NamedTuple):
    """One signal as a person reads it."""

    name: str
    weight: float
    """What it added to the score; negative where it speaks for the message."""
    sentence: str
    """Clean text, ready to be shown."""


@dataclass(frozen=True)
class Weights:
    """Points by signal, the user's own instead of ours where the configuration has some."""

    own: Mapping[str, float] = field(default_factory=dict)
    threshold: float = THRESHOLD

    def points(self, signal: Signal) -> float:
        """What a signal adds to a score; nothing where it is unknown or no number."""
        sense = SIGNALS.get(signal.name)
        weight = self.own.get(signal.name, sense.points if sense else 0.0)
        added = weight * signal.strength
        return added if math.isfinite(added) else 0.0

    def score(self, verdict: Verdict) -> float:
        """0 to 10, to one decimal place; from ``threshold`` it is spam."""
        total = sum(self.points(signal) for signal in verdict.signals)
        return round(min(max(total, 0.0), HIGHEST), 1)

    def word(self, verdict: Verdict) -> str:
        """``spam``, ``newsletter`` or ``ham``."""
        if self.score(verdict) >= self.threshold:
            return "spam"
        return "newsletter" if verdict.newsletter else "ham"


GLYPHS = {"spam": "!", "newsletter": "n", "ham": " "}
"""What the list shows beside the score, readable without colour."""


def explain(verdict: Verdict, weights: Weights) -> list[Reason]:
    """Why the score is what it is: what counts most first, what counts nothing not at all."""
    reasons = [
        Reason(signal.name, round(points, 2), _sentence(signal))
        for signal in verdict.signals
        if (points := weights.points(signal))
    ]
    return sorted(reasons, key=lambda reason: -abs(reason.weight))


def _sentence(signal: Signal) -> str:
    sense = SIGNALS.get(signal.name)
    template = sense.sentence if sense else f"{signal.name}: {{}}."
    detail = printable_line(signal.detail).strip()
    return template.replace("{}", f"“{detail}”" if detail else "(nothing)")
