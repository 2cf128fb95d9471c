"""Measure poptui in a real terminal: first screen, bytes for each key, memory."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmarks.mailbox import MARKER
from tests.benchmarks.mutts import open_mutt
from tests.benchmarks.poptui_headers import POPTUI, environment
from tests.benchmarks.servers import ServedMailbox
from tests.kit.terminal import Terminal

LIMIT = 180.0
"""How long to wait for anything on a screen, in seconds."""
FIRST_SCREEN = 20
"""How many headers make a first screen."""
QUIET = 0.15
"""After this many seconds without output a screen is complete."""
IDLE = 3.0
"""How long the idle program is watched, in seconds."""
PRESSES = 7
"""How often a key is pressed; too few to scroll."""
EDGE = 16
"""Enough presses to get to the lower edge at 80x24, from the rows above."""
AS_OVER_SSH = {"COLORTERM": ""}
"""The one variable about the terminal that SSH does not pass on."""

INTERFACE = "q quit"
"""A text in the last line once the interface is painted."""
LOADING = re.compile(r"headers [\d,]+/[\d,]+|connecting")
MINIMAL = (sys.executable, "-m", "tests.benchmarks.minimal")


def open_poptui(box: ServedMailbox, port: int, home: Path, rows: int = 24) -> Terminal:
    """Start ``poptui TARGET`` in a terminal of 80 columns."""
    env = environment(box, home) | AS_OVER_SSH
    return Terminal([*POPTUI, box.url(port)], home=home, rows=rows, env=env)


def first_screen(box: ServedMailbox, port: int, home: Path) -> float:
    """Return the seconds from the start until the first twenty headers are on the screen."""
    with open_poptui(box, port, home, rows=40) as terminal:
        started = perf_counter()
        terminal.wait_until(lambda lines: _headers(lines) >= FIRST_SCREEN, LIMIT, "headers")
        return perf_counter() - started


def _headers(lines: list[str]) -> int:
    return len(re.findall(MARKER, "\n".join(lines)))


def first_paint(
    command: tuple[str, ...], env: dict[str, str], home: Path, shown: str = ""
) -> tuple[float, float]:
    """Return the seconds until a program shows anything, and until it shows ``shown``."""
    with Terminal(command, home=home, env=env) as terminal:
        started = perf_counter()
        terminal.wait_until(lambda lines: any(line.strip() for line in lines), LIMIT, "paint")
        word = perf_counter() - started
        terminal.wait_until(lambda lines: any(shown in line for line in lines), LIMIT, shown)
        return word, perf_counter() - started


@dataclass(frozen=True)
class Octets:
    """How many bytes a program writes to a terminal of 80x24."""

    opening: int
    """From its start until all headers are shown."""
    down: float
    scroll: float
    """Moving down at the lower edge: poptui scrolls by a line, the others jump by a page."""
    mark: float
    """A mark and the move to the next row, on the rows of ``down``."""
    unmark: int
    """Unmarking the message under the cursor."""
    idle: int


def poptui_octets(box: ServedMailbox, home: Path) -> Octets:
    """Count the bytes that poptui writes for its keys, with all headers loaded."""
    with open_poptui(box, box.port, home) as terminal:
        terminal.wait_for(re.compile(MARKER), LIMIT)
        terminal.wait_gone(LOADING, LIMIT)
        return _octets(terminal, median)


def mutt_octets(name: str, box: ServedMailbox, home: Path) -> Octets:
    """Count the bytes that mutt or neomutt writes for the same keys."""
    with open_mutt(name, box, box.port, home, leave=False) as terminal:
        terminal.wait_for(re.compile(MARKER), LIMIT)
        return _octets(terminal, max)


def _octets(terminal: Terminal, at_edge: Callable[[list[int]], float]) -> Octets:
    terminal.wait_quiet(1.0)
    before = opening = len(terminal.raw)
    terminal.wait_quiet(IDLE)
    idle = len(terminal.raw) - before
    _written(terminal, "j")
    down = median(_written(terminal, "j") for _ in range(PRESSES))
    for _ in range(PRESSES):
        _written(terminal, "k")
    mark = median(_written(terminal, "d") for _ in range(PRESSES))
    _written(terminal, "k")
    unmark = _written(terminal, "u")
    moves = [_written(terminal, "j") for _ in range(EDGE + PRESSES)]
    scroll = at_edge(moves[EDGE:] if at_edge is median else moves)
    return Octets(opening, down, scroll, mark, unmark, idle)


def _written(terminal: Terminal, key: str) -> int:
    before = len(terminal.raw)
    terminal.press(key)
    terminal.wait_quiet(QUIET)
    return len(terminal.raw) - before


def resident(box: ServedMailbox, home: Path) -> float:
    """Return poptui's memory in megabytes, with its interface, once all headers are loaded."""
    with open_poptui(box, box.port, home) as terminal:
        terminal.wait_for(re.compile(MARKER), LIMIT)
        terminal.wait_gone(LOADING, LIMIT)
        terminal.wait_quiet(QUIET)
        status = Path(f"/proc/{terminal.pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6
