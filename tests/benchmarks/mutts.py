"""Run mutt and neomutt in a terminal, from the start until the index is complete."""

from __future__ import annotations

import shutil
from pathlib import Path
from time import perf_counter

from tests.benchmarks.servers import ServedMailbox
from tests.kit.terminal import Terminal

NAMES = ("mutt", "neomutt")
LIMIT = 600.0
"""How long to wait for one, in seconds."""

CONFIGURATION = """\
set folder="{home}"
set spoolfile="{home}/none"
set header_cache=""
set message_cachedir=""
set pop_authenticators="user"
set pop_user="{user}"
set pop_pass="{password}"
set pop_delete=no
set ssl_starttls=no
set ssl_force_tls=no
set quit=yes
set menu_scroll=no
"""


def installed() -> list[str]:
    """Return those of ``NAMES`` that are installed."""
    return [name for name in NAMES if shutil.which(name)]


def open_mutt(name: str, box: ServedMailbox, port: int, home: Path, *, leave: bool) -> Terminal:
    """Start ``name`` on ``box`` in a terminal; with ``leave`` it quits once the index is loaded."""
    file = home / f"{name}-{box.user}-{port}.rc"
    text = CONFIGURATION.format(home=home, user=box.user, password=box.password)
    file.write_text(text + 'push "<exit>"\n' * leave, "utf-8")
    program = str(shutil.which(name))
    return Terminal([program, "-n", "-F", str(file), "-f", f"{box.url(port)}/"], home=home)


def index_seconds(name: str, box: ServedMailbox, port: int, home: Path) -> float:
    """Return how many seconds ``name`` takes to load the index of ``box`` and quit."""
    started = perf_counter()
    with open_mutt(name, box, port, home, leave=True) as terminal:
        code = terminal.exit_code(LIMIT)
        if code:
            raise AssertionError(f"{name} ended with {code}")
    return perf_counter() - started
