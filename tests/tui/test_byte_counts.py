"""The exact number of bytes sent to a terminal of 80x24 for the most frequent keys.

The program runs as over SSH, which doesn't forward COLORTERM. A change of appearance changes these
numbers: run this file and enter its counts, if they are within the limits.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.kit.terminal import Terminal
from tests.tui.test_octets import ROOT, written

COUNTS = {
    "opening": 2173,
    "cursor down": 216,
    "mark and move": 253,
    "scroll by a line": 269,
    "page down": 1051,
    "open a message": 1338,
    "idle": 0,
}
LIMITS = {
    "opening": 2891,
    "cursor down": 288,
    "mark and move": 300,
    "scroll by a line": 500,
    "page down": 1766,
    "open a message": 1577,
    "idle": 0,
}
"""Neomutt's on the benchmark's mail, and 500 for a scroll. 1.5 times that for the cursor and a
mark, although both change the card, and a mark the line above the list."""


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Terminal]:
    """Provide the program with a hundred messages, on a fixed day."""
    command = [sys.executable, "-m", "tests.tui.fake_run", str(tmp_path / "calls"), "mail", ""]
    env = {"PYTHONPATH": str(ROOT), "COLORTERM": "", "TZ": "UTC"}
    with Terminal(command, home=tmp_path, env=env) as terminal:
        yield terminal


def test_the_bytes_of_the_usual_keys(screen: Terminal) -> None:
    screen.wait_for("<100>")
    screen.wait_quiet(0.7)
    counts = {"opening": len(screen.raw)}
    counts["cursor down"] = written(screen, "j")
    written(screen, "d")  # the first mark also changes the keys on the last line
    counts["mark and move"] = sorted(written(screen, "d") for _ in range(5))[2]
    screen.write("j" * 5)
    screen.wait_for(re.compile("▌.*<88>"))
    screen.wait_quiet(0.4)
    counts["scroll by a line"] = written(screen, "j")
    counts["page down"] = written(screen, "pgdn")
    counts["open a message"] = written(screen, "enter")
    before = len(screen.raw)
    screen.wait_quiet(0.7)
    counts["idle"] = len(screen.raw) - before
    assert counts == COUNTS
    assert [what for what, count in counts.items() if count > LIMITS[what]] == []
    follow_the_cursor(screen)


def follow_the_cursor(screen: Terminal) -> None:
    """Check that the terminal's cursor is on what has the focus, for screen readers and magnifiers.

    It is shown once, and never hidden for a repaint.
    """

    def is_on(text: str, lines: list[str]) -> bool:
        return not screen.emulator.cursor.hidden and text in lines[screen.cursor[1]]

    for key, text in [
        ("esc", "<"),
        ("g", "<100>"),
        ("j", "<99>"),
        ("tab", "Subject  <99>"),
        ("q", "Cancel"),
        ("up", "Keep marks"),
        ("esc", "Subject  <99>"),
        ("tab", "<99>"),
        ("G", "<1>"),
        ("/", "/"),
        ("esc", "<1>"),
        ("%", "example"),
    ]:
        screen.press(key)
        screen.wait_until(partial(is_on, text), what=f"the cursor on {text} by {key}")
    assert screen.raw.count(b"\x1b[?25") == 2
