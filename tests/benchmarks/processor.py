"""Measure processor time: decoding and scoring a header, starting the program."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter

from poptui.mail.headers.decode import decode_fields, decode_header, split_header
from poptui.triage.spam.judge import judge
from poptui.triage.spam.verdict import Context
from tests.benchmarks.mailbox import SEED, header_block
from tests.benchmarks.poptui_headers import POPTUI, environment
from tests.benchmarks.servers import ServedMailbox

BLOCKS = 500
BARE = (sys.executable, "-c", "import asyncio, ssl")
"""The least that any program with a TLS connection imports."""


@dataclass(frozen=True)
class Cost:
    """The time for one message, in microseconds."""

    median: float
    p99: float


def decoding(octets: int) -> Cost:
    """Decoding a header block of ``octets`` bytes."""
    return _cost([partial(decode_header, block) for block in _blocks(octets)])


def judging(octets: int) -> Cost:
    """Scoring a header block of ``octets`` bytes that is already decoded."""
    context = Context(frozenset({"me@example.com"}), frozenset({"mx.example.com"}))
    heads = [split_header(block) for block in _blocks(octets)]
    return _cost([partial(judge, head, decode_fields(head), context) for head in heads])


def _blocks(octets: int) -> list[bytes]:
    rng = Random(SEED)
    return [header_block(rng, number, octets) for number in range(1, BLOCKS + 1)]


def _cost(works: list[Callable[[], object]]) -> Cost:
    """Measure each, the better of two tries."""
    times = [min(took(work), took(work)) * 1e6 for work in works]
    return Cost(median(times), quantiles(times, n=100)[98])


def took(work: Callable[[], object]) -> float:
    """Return how long a call takes, in seconds."""
    started = perf_counter()
    work()
    return perf_counter() - started


@dataclass(frozen=True)
class Starts:
    """Seconds from start to end of three programs (medians)."""

    bare: float
    help: float
    list: float


def starts(box: ServedMailbox, home: Path, runs: int) -> Starts:
    """Time an interpreter with asyncio and ssl, ``--help``, and ``list``, in turn."""
    commands = (BARE, (*POPTUI, "--help"), (*POPTUI, "list", box.url()))
    env = environment(box, home)
    rounds = [[_run(command, env) for command in commands] for _ in range(runs)]
    return Starts(*(median(column) for column in zip(*rounds, strict=True)))


def _run(command: tuple[str, ...], env: dict[str, str]) -> float:
    started = perf_counter()
    subprocess.run(command, env=env, capture_output=True, check=True)
    return perf_counter() - started
