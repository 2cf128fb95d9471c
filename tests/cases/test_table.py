"""The table of cases names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cases.table import CASES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("test", sorted({test for case in CASES for test in case.tests}))
def test_the_tests_of_a_case_exist(test: str) -> None:
    file, _, name = test.partition("::")
    assert re.search(rf"(?m)^(async )?def {name}\(", (ROOT / file).read_text("utf-8")), test


def test_the_cases_have_unique_names() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
