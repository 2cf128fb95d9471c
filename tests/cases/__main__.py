"""Run the tests of all cases and print a table: the case, the correct behaviour, and the result."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict

import pytest

from tests.cases.table import CASES


class Outcomes:
    """Counts the outcomes of each test function; a plugin of pytest."""

    def __init__(self) -> None:
        self.by_test: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.by_test[report.nodeid.partition("[")[0]][report.outcome] += 1


def main() -> int:
    outcomes = Outcomes()
    tests = sorted({test for case in CASES for test in case.tests})
    code = pytest.main(["-q", "--no-header", *tests, *sys.argv[1:]], [outcomes])
    print()
    for case in CASES:
        total = sum((outcomes.by_test[test] for test in case.tests), Counter[str]())
        ran = all(outcomes.by_test[test]["passed"] for test in case.tests)
        verdict = "FAILED" if total["failed"] else "ok" if ran else "not run"
        print(f"{case.name:<26}{case.right:<40}{verdict:<9}{total['passed']:>4} passed")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
