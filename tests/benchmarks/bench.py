"""What all measurements share: servers, a folder, how much to run, the report."""

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
    """How much to run."""

    runs: int
    """Repetitions of a cheap measurement; the median counts."""
    sample: int
    """The number of messages that a client loads that waits for each reply, by round trip."""


FULL = Scale(runs=5, sample=50)
QUICK = Scale(runs=1, sample=3)


@dataclass(frozen=True)
class Bench:
    """One run of the benchmark."""

    servers: Servers
    home: Path
    """A folder for the files that the programs write, removed at the end."""
    scale: Scale
    report: Report
    machine: str

    def fresh(self) -> Path:
        """Return a fresh home directory, without caches."""
        return Path(mkdtemp(dir=self.home))

    def progress(self, what: str) -> None:
        """Print on standard error what is being measured."""
        print(f"{what} …", file=sys.stderr, flush=True)

    def attempt(self, run: Callable[[], T]) -> list[T]:
        """Return a list with the figure of a run; empty if it failed, and the report says why."""
        try:
            return [run()]
        except (AssertionError, OSError, PoptuiError) as error:
            self.report.fail(str(error).splitlines()[0])
            return []
