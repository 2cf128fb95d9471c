"""mutt and neomutt as whole programs in a terminal, from the start until the index stands."""

from __future__ import annotations

import shutil
from pathlib import Path
from time import perf_counter

from tests.benchmarks.servers import ServedMailbox
from tests.kit.terminal import Terminal

NAMES = ("mutt", "neomutt")
LIMIT = 600.0
"""Seconds after which one is given up."""

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
    """Those of ``NAMES`` that this machine has."""
    return [name for name in NAMES if shutil.which(name)]


def open_mutt(name: str, box: ServedMailbox, port: int, home: Path, *, leave: bool) -> Terminal:
    """``name`` at ``box`` in a terminal; with ``leave`` it ends once the index is loaded."""
    file = home / f"{name}-{box.user}-{port}.rc"
    text = CONFIGURATION.format(home=home, user=box.user, password=box.password)
    file.write_text(text + 'push "<exit>"\n' * leave, "utf-8")
    program = str(shutil.which(name))
    return Terminal([program, "-n", "-F", str(file), "-f", f"{box.url(port)}/"], home=home)


def index_seconds(name: str, box: ServedMailbox, port: int, home: Path) -> float:
    """Seconds that ``name`` takes to load the index of ``box`` and leave."""
    started = perf_counter()
    with open_mutt(name, box, port, home, leave=True) as terminal:
        code = terminal.exit_code(LIMIT)
        if code:
            raise AssertionError(f"{name} ended with {code}")
    return perf_counter() - started
