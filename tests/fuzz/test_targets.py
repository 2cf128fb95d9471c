"""The fuzz targets pass on valid input and on some garbage."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.mutation import mutated
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS

CHANGED = 40


@pytest.mark.parametrize("name", TARGETS)
def test_targets(name: str) -> None:
    corpus, rng = seeds(name), random.Random(name)
    for octets in (*corpus[:CHANGED], *(mutated(corpus, rng) for _ in range(CHANGED))):
        TARGETS[name](octets)
