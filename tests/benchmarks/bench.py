"""What the parts of a benchmark share: servers, a folder, how much to run, the report."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from poptui.errors import PoptuiError
from tests.benchmarks.servers import Servers
from tests.benchmarks.table import Report

T = TypeVar("T")


@dataclass(frozen=True)
class Scale:
    """How much is run."""

    runs: int
    """Runs of what is cheap; the median counts."""
    sample: int
    """Messages that a client which waits for each reply is given at a round trip."""


FULL = Scale(runs=5, sample=50)
QUICK = Scale(runs=1, sample=3)


@dataclass(frozen=True)
class Bench:
    """One run of the benchmark."""

    servers: Servers
    home: Path
    """A folder for what the programs write, removed at the end."""
    scale: Scale
    report: Report
    machine: str

    def fresh(self) -> Path:
        """A home that no program has used: nothing is cached there."""
        return Path(mkdtemp(dir=self.home))

    def progress(self, what: str) -> None:
        """Say on standard error what is measured now."""
        print(f"{what} …", file=sys.stderr, flush=True)

    def tried(self, run: Callable[[], T]) -> list[T]:
        """The figure of a run; none where it failed, which the report then tells."""
        try:
            return [run()]
        except (AssertionError, OSError, PoptuiError) as error:
            self.report.fail(str(error).splitlines()[0])
            return []
