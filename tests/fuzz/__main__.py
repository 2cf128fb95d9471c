"""``make fuzz``: feed garbage to every parser, and print the failures.

``python -m tests.fuzz [--seconds N] [--quick] [TARGET ...]``
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS

FOLDER = Path(".fuzz")
_COUNT = re.compile(r"(?:executions|stat::number_of_executed_units:)\s+(\d+)")


def main() -> int:
    """Fuzz one target after another; return 1 if any failed."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--quick", action="store_true", help="five seconds for each")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    options = parser.parse_args()
    seconds = 5 if options.quick else options.seconds
    FOLDER.mkdir(exist_ok=True)
    total = found = 0
    for name in options.targets or TARGETS:
        executions, problem = fuzz(name, seconds)
        total += executions
        found += bool(problem)
        pace = executions / seconds
        print(f"{name:10} {executions:>12,} executions  {pace:>9,.0f}/s", flush=True)
        if problem:
            print(problem)
    print(f"{total:,} executions, {found or 'nothing'} found; what is found lies in {FOLDER}/")
    return 1 if found else 0


def fuzz(name: str, seconds: int) -> tuple[int, str]:
    """Return the number of runs, and the end of the output if one failed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", name, str(seconds), str(FOLDER)],
        capture_output=True,
        text=True,
        errors="replace",
    )
    output = done.stdout + done.stderr
    counts = _COUNT.findall(output)
    problem = "" if done.returncode == 0 else "\n".join(output.splitlines()[-40:])
    return int(counts[-1]) if counts else 0, problem


if __name__ == "__main__":
    sys.exit(main())
