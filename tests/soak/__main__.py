"""``make soak``: a connection that fails at a thousand points, odd servers, and kill -9.

``python -m tests.soak [--points N] [--batch N] [--servers N] [--commits N] [--kills N] [--seed N]``
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.kit.certificates import make_certificates
from tests.kit.dovecot import PROGRAM, DovecotServer
from tests.kit.relay import LineFault
from tests.mailbox import kills
from tests.soak import batch, commits, servers
from tests.soak.points import AT_ONCE, shorten_waits, soak


class Report:
    """Prints and counts what happened."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self.problems: list[str] = []
        self._kinds: Counter[str] = Counter()

    def __call__(self, fault: LineFault, problem: str) -> None:
        self.step(f"{fault.kind.value} {fault.direction.value}")
        if problem:
            self.problems.append(f"{fault}: {problem}")
            print(f"\r{self.problems[-1]}", flush=True)

    def step(self, kind: str) -> None:
        """Count one more run."""
        self._done += 1
        self._kinds[kind] += 1
        if sys.stdout.isatty() or self._done % 100 == 0:
            end = "" if sys.stdout.isatty() else "\n"
            print(f"\r{self._done:,} of {self._total:,}", end=end, flush=True)

    def summary(self) -> str:
        """Return a line for each kind."""
        return "\n".join(f"  {count:6,}  {kind}" for kind, count in sorted(self._kinds.items()))


async def lines(options: argparse.Namespace, home: Path) -> list[str]:
    """Test faults of the connection; return the problems."""
    certificates = make_certificates(home)
    report = Report(options.points)
    with DovecotServer(certificates.good, certificates.ca_file) as server:
        happened = await soak(options.points, server.new_user, report, options.seed)
    print(f"\r{options.points:,} sessions at Dovecot, in {happened:,} of them the line failed:")
    print(report.summary())
    return report.problems


def batches(options: argparse.Namespace, home: Path) -> list[str]:
    """Test faults of the connection during ``poptui triage --delete``; return the problems."""
    report, problems, happened = Report(options.batch), [], 0
    for oddities, fault in batch.points(home, options.batch, options.seed):
        try:
            happened += batch.survives(oddities, fault, home)
        except AssertionError as error:
            problems.append(str(error))
        report.step("triage --delete")
    print(f"\r{options.batch:,} times triage --delete, in {happened:,} of them the line failed.")
    return problems


async def odd_servers(options: argparse.Namespace, home: Path) -> list[str]:
    """Run random sessions with odd servers; return the problems."""
    report, problems = Report(options.servers), []
    seeds = iter(range(options.seed * 1_000_000, options.seed * 1_000_000 + options.servers))

    async def work() -> None:
        for seed in seeds:
            try:
                await servers.survives(seed, home / f"server-{seed}.sqlite3")
            except AssertionError as error:
                problems.append(str(error))
            report.step("odd server")

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    print(f"\r{options.servers:,} random sessions with odd servers (EXPIRE 0, late expunge …).")
    return problems


async def odd_commits(options: argparse.Namespace) -> list[str]:
    """Run commits on servers with several oddities; return the problems."""
    report, problems = Report(options.commits), []
    seeds = iter(range(options.seed * 1_000_000, options.seed * 1_000_000 + options.commits))

    async def work() -> None:
        for seed in seeds:
            try:
                await commits.survives(seed)
            except AssertionError as error:
                problems.append(str(error))
            report.step("odd commits")

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    print(f"\r{options.commits:,} runs of commits (shifting UIDs, session limits, lying DELE …).")
    return problems


async def killing(options: argparse.Namespace, home: Path) -> list[str]:
    """Test kill -9; return the problems."""
    report, problems = Report(options.kills), []
    commands = await kills.commands_of_a_run(home / "whole.sqlite3")
    for moment in range(options.kills):
        try:
            path = home / f"kill-{moment}.sqlite3"
            await kills.survives(moment, options.kills, commands, path)
        except AssertionError as error:
            problems.append(f"kill {moment}: {error}")
        report.step("kill -9")
    print(f"\r{options.kills:,} runs killed, each at a different moment.")
    return problems


def main() -> int:
    """Run everything; return 1 if there was a problem."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--points", type=int, default=1200, help="faults of the line")
    parser.add_argument("--batch", type=int, default=300, help="faults under triage --delete")
    parser.add_argument("--servers", type=int, default=600, help="sessions with odd servers")
    parser.add_argument("--commits", type=int, default=600, help="runs of odd commits")
    parser.add_argument("--kills", type=int, default=100, help="kills")
    parser.add_argument("--seed", type=int, default=1, help="which faults")
    options = parser.parse_args()
    if PROGRAM is None:
        print("Dovecot is not installed (Debian: dovecot-pop3d).", file=sys.stderr)
        return 2
    shorten_waits()
    began = time.monotonic()
    with TemporaryDirectory(prefix="poptui-soak-") as home:
        problems = asyncio.run(lines(options, Path(home)))
        problems += batches(options, Path(home))
        problems += asyncio.run(odd_servers(options, Path(home)))
        problems += asyncio.run(odd_commits(options))
        problems += asyncio.run(killing(options, Path(home)))
    held = "Everything held: nothing unconfirmed went, nothing untrue was said."
    print("\n".join(problems) or held)
    print(f"{time.monotonic() - began:,.0f} s")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
