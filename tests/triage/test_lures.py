"""Unwanted mail of today is recognized by its header alone, without another filter's score."""

from __future__ import annotations

from poptui.triage.spam.score import THRESHOLD, Weights, explain
from tests.triage.heads import judged
from tests.triage.lures import LURES
from tests.triage.ordinary import ANN, header_of

FOUND = 0.85
"""The minimum share to recognize: headers don't show everything."""


def test_most_kinds_of_spam_are_found() -> None:
    weights = Weights()
    missed = {}
    for kind, lure in LURES.items():
        verdict = judged(header_of(lure), ANN)
        if weights.score(verdict) < THRESHOLD:
            found = [tuple(reason[:2]) for reason in explain(verdict, weights)]
            missed[kind] = (weights.score(verdict), found)
    assert len(missed) <= len(LURES) * (1 - FOUND), missed
