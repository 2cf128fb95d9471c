"""Ordinary mail in many languages, under many names, and automatic mail: none of it is spam."""

from __future__ import annotations

import pytest

from poptui.triage.spam.score import THRESHOLD, Weights, explain
from tests.triage.heads import judged
from tests.triage.ordinary import ANN, MACHINES, NAMES, SUBJECTS, Machine, header_of

HARMLESS = 3.0
"""The score that most ordinary mail stays below."""

WEIGHTS = Weights()


def score(machine: Machine) -> tuple[float, str]:
    """Return the score, and the reasons to show if a test fails."""
    verdict = judged(header_of(machine), ANN)
    return WEIGHTS.score(verdict), str([tuple(r[:2]) for r in explain(verdict, WEIGHTS)])


@pytest.mark.parametrize("language", SUBJECTS)
def test_subjects_in_every_language(language: str) -> None:
    for subject in SUBJECTS[language]:
        for results in ("pass", "none"):
            found, why = score(
                Machine("Tomas Lind <tomas@firm-sample.org>", subject, results=results)
            )
            assert found < (HARMLESS if results == "pass" else THRESHOLD), (subject, why)


@pytest.mark.parametrize(("name", "address"), NAMES)
def test_names_that_are_people_places_and_firms(name: str, address: str) -> None:
    for subject in ("See you next week", "Your invoice for November", "Re: dinner on Saturday"):
        found, why = score(Machine(f"{name} <{address}>", subject, ("In-Reply-To: <1@x.example>",)))
        assert found < HARMLESS, why


@pytest.mark.parametrize("kind", MACHINES)
def test_mail_from_machines_is_not_spam(kind: str) -> None:
    found, why = score(MACHINES[kind])
    assert found < THRESHOLD, why


def test_most_machines_are_far_from_the_threshold() -> None:
    near = {kind: score(machine) for kind, machine in MACHINES.items()}
    near = {kind: found for kind, found in near.items() if found[0] >= HARMLESS}
    assert len(near) * 10 <= len(MACHINES), near
