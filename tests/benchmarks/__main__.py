"""``python -m tests.benchmarks [--quick]``: measure poptui and print a report."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from tests.benchmarks import machine
from tests.benchmarks.bench import FULL, QUICK, Bench
from tests.benchmarks.comparison import compare
from tests.benchmarks.figures import measure
from tests.benchmarks.servers import start_servers
from tests.benchmarks.table import Report
from tests.kit.environment import scrub


def main() -> None:
    """Run everything and print the report."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="fewer runs, within two minutes; no picture is drawn"
    )
    options = parser.parse_args()
    scrub()
    started = perf_counter()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="poptui-bench-")))
        servers = start_servers(stack, home)
        kind = f"{machine.kind()}, {machine.today()}"
        bench = Bench(servers, home, QUICK if options.quick else FULL, Report(), kind)
        _head(bench)
        compare(bench)
        measure(bench)
    print("\n".join((*bench.report.lines, *bench.report.failures)))
    print(f"Took {perf_counter() - started:.0f} s.", file=sys.stderr)


def _head(bench: Bench) -> None:
    say = bench.report.say
    say(f"{bench.machine}; load at the start {machine.load()}.")
    say(f"Mail on loopback from {bench.servers.name}, through a relay that adds the round trip.")
    say()


if __name__ == "__main__":
    main()
