"""Turn the signals of a message into a score, a classification and reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from poptui.printable import printable_line
from poptui.triage.spam.signals import SIGNALS
from poptui.triage.spam.verdict import Signal, Verdict

THRESHOLD = 5.0
"""Messages with this score or more are spam."""

MAX_SCORE = 10.0


class Reason(NamedTuple):
    """A signal as shown to the user."""

    name: str
    weight: float
    """Points added to the score; negative for signals of wanted mail."""
    sentence: str
    """Printable text."""


class Weights(NamedTuple):
    """Points by signal: the default table, overridden by the user's configuration."""

    own: Mapping[str, float] = MappingProxyType({})
    threshold: float = THRESHOLD

    def points(self, signal: Signal) -> float:
        """Return the points that a signal adds; 0 if it is unknown or the product isn't finite."""
        known = SIGNALS.get(signal.name)
        weight = self.own.get(signal.name, known.points if known else 0.0)
        added = weight * signal.strength
        return added if math.isfinite(added) else 0.0

    def score(self, verdict: Verdict) -> float:
        """Return the score, 0 to 10, rounded to one decimal place."""
        total = sum(self.points(signal) for signal in verdict.signals)
        return round(min(max(total, 0.0), MAX_SCORE), 1)

    def classify(self, verdict: Verdict) -> str:
        """Return ``spam``, ``newsletter`` or ``ham``."""
        if self.score(verdict) >= self.threshold:
            return "spam"
        return "newsletter" if verdict.newsletter else "ham"


def explain(verdict: Verdict, weights: Weights) -> list[Reason]:
    """Return the reasons for a score, weightiest first, without those that add nothing."""
    reasons = [
        Reason(signal.name, round(points, 2), _sentence(signal))
        for signal in verdict.signals
        if (points := weights.points(signal))
    ]
    return sorted(reasons, key=lambda reason: -abs(reason.weight))


def _sentence(signal: Signal) -> str:
    """Return the signal's text with the sender's words, or without its end if there are none."""
    known = SIGNALS.get(signal.name)
    template = known.sentence if known else f"{signal.name}: {{}}"
    detail = printable_line(signal.detail).strip()
    return template.replace("{}", f"“{detail}”") if detail else template.removesuffix(": {}")
