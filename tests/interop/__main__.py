"""Run the interop tests and print a table: a row for each server, a column for each feature."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.interop import OVERLAY_VARIABLE

FEATURES = {
    "test_login": "login",
    "test_each_login_method": "each method",
    "test_doctor": "doctor",
    "test_list": "list",
    "test_read": "read",
    "test_read_raw_utf8_header": "read raw UTF-8",
    "test_delete_one_in_the_middle": "delete 1 of 40",
    "test_marks_over_reconnect": "marks",
    "test_idle_release": "idle",
}
WIDTH = 16


class Table:
    """Collects the outcomes of the tests; a plugin of pytest."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, str], str] = {}
        self._reasons: dict[str, str] = {}
        self._methods: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name, _, server = report.nodeid.rpartition("::")[2].removesuffix("]").partition("[")
        if report.failed:
            self._cells[server, name] = "FAILED"
        elif report.skipped:
            self._cells[server, name] = "–"
            if isinstance(report.longrepr, tuple):
                self._reasons[server] = report.longrepr[2].removeprefix("Skipped: ")
        elif report.when == "call":
            self._cells[server, name] = "ok"
        if report.when == "call" and report.user_properties:
            ways = (f"{how}: {methods}" for how, methods in report.user_properties)
            self._methods[server] = "; ".join(ways)

    def text(self) -> str:
        """The table, why servers were left out, and which login methods the others have."""
        rows = [["server", *FEATURES.values()]]
        for server in dict.fromkeys(server for server, _ in self._cells):
            rows.append([server, *(self._cells.get((server, test), "–") for test in FEATURES)])
        lines = ["".join(f"{cell:<{WIDTH}}" for cell in row).rstrip() for row in rows]
        lines += [f"{name}: {why}" for name, why in self._reasons.items()]
        if self._methods:
            lines += ["", "Login methods, those in brackets refused:"]
        return "\n".join(lines + [f"{name}  {result}" for name, result in self._methods.items()])


def main() -> int:
    table = Table()
    os.environ[OVERLAY_VARIABLE] = "yes"
    here = str(Path(__file__).parent)
    code = pytest.main(["-q", "--no-header", "-p", "no:xdist", here, *sys.argv[1:]], [table])
    print(f"\n{table.text()}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
