"""What costs processor time alone: decoding a header, starting the program."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter

from poptui.mail.decode import decode_header
from tests.benchmarks.mailbox import SEED, header_block
from tests.benchmarks.poptui_headers import POPTUI, environment
from tests.benchmarks.servers import Mailbox

BLOCKS = 500
BARE = (sys.executable, "-c", "import asyncio, ssl")
"""The least that any program with a TLS line imports."""


@dataclass(frozen=True)
class Decoding:
    """Microseconds that a header block takes to decode."""

    median: float
    p99: float


def decoding(octets: int) -> Decoding:
    """Over generated blocks of so many octets; each at the better of two tries."""
    random = Random(SEED)
    blocks = [header_block(random, number, octets) for number in range(1, BLOCKS + 1)]
    times = [min(_decode(block), _decode(block)) * 1e6 for block in blocks]
    return Decoding(median(times), quantiles(times, n=100)[98])


def _decode(block: bytes) -> float:
    started = perf_counter()
    decode_header(block)
    return perf_counter() - started


@dataclass(frozen=True)
class Starts:
    """Seconds from start to end of three programs, medians."""

    bare: float
    help: float
    list: float


def starts(box: Mailbox, home: Path, runs: int) -> Starts:
    """Of an interpreter with asyncio and ssl, ``--help``, and ``list``, in turn."""
    commands = (BARE, (*POPTUI, "--help"), (*POPTUI, "list", box.url()))
    env = environment(box, home)
    rounds = [[_run(command, env) for command in commands] for _ in range(runs)]
    return Starts(*(median(column) for column in zip(*rounds, strict=True)))


def _run(command: tuple[str, ...], env: dict[str, str]) -> float:
    started = perf_counter()
    subprocess.run(command, env=env, capture_output=True, check=True)
    return perf_counter() - started
