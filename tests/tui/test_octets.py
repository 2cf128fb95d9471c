"""The bytes that keys cost in a real terminal; and saving bytes paints no wrong cell."""

from __future__ import annotations

import random
import re
import sys
import termios
import tty
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.kit.terminal import Terminal

ROOT = Path(__file__).parents[2]
DOWN, MARK = 420, 200
"""Maximum bytes for moving the cursor and for a mark at 80x24: two whole rows, and the card."""
KEYS = ("j", "k", "j", "d", "u", "G", "g", "pgdn", "pgup", "tab", "?", "esc", "z", "d", "end", "o",
        "O", "down", "up")  # fmt: skip


@pytest.fixture
def screen(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """Provide the program with a hundred messages in many scripts; the parameter is size and
    theme."""
    columns, rows, theme = getattr(request, "param", (80, 24, ""))
    command = [sys.executable, "-m", "tests.tui.fake_run", str(tmp_path / "calls"), "mail", theme]
    env = {"PYTHONPATH": str(ROOT), "COLORTERM": "truecolor"}
    with Terminal(command, home=tmp_path, columns=columns, rows=rows, env=env) as terminal:
        terminal.wait_for("<100>")
        terminal.wait_quiet(1.0)
        yield terminal


def written(terminal: Terminal, key: str) -> int:
    """Return the number of bytes after ``key``, however late a busy machine begins to write."""
    before = len(terminal.raw)
    terminal.press(key)
    terminal.wait_output(before)
    terminal.wait_quiet(0.4)
    return len(terminal.raw) - before


def test_a_move_costs_little_and_idleness_nothing(screen: Terminal) -> None:
    written(screen, "j")
    moves = [written(screen, "j") for _ in range(7)]
    assert median(moves) <= DOWN
    assert min(moves) > 0
    before = len(screen.raw)
    screen.wait_quiet(2.0)
    assert len(screen.raw) == before


def test_a_mark_costs_little(screen: Terminal) -> None:
    written(screen, "d")
    marks_and_moves = [written(screen, "d") for _ in range(3)]
    assert median(marks_and_moves) <= DOWN
    screen.press("k")
    screen.wait_quiet()
    assert 0 < written(screen, "u") <= MARK


def test_a_line_feed_takes_one_byte(screen: Terminal) -> None:
    assert screen.attributes_before[tty.OFLAG] & termios.ONLCR
    assert not screen.attributes()[tty.OFLAG] & termios.ONLCR  # type: ignore[operator]


@pytest.mark.parametrize(
    ("setup", "sends"), [("", True), ("stty tab3", False), ("export NCURSES_NO_HARD_TABS=1", False)]
)
def test_tabs_are_sent_unless_blanks_or_nothing_would_arrive(
    tmp_path: Path, setup: str, *, sends: bool
) -> None:
    program = f"{sys.executable} -m tests.tui.fake_run {tmp_path / 'calls'} mail ''"
    env = {"PYTHONPATH": str(ROOT), "COLORTERM": ""}
    command = ["/bin/sh", "-c", f"{setup or ':'}; exec {program}"]
    with Terminal(command, home=tmp_path, env=env) as terminal:
        terminal.wait_for("<100>")
        terminal.press("j")
        terminal.wait_for(re.compile("▌.*<99>"))
        assert (b"\t" in terminal.raw) is sends


def test_only_a_long_update_is_bracketed_for_the_terminal(screen: Terminal) -> None:
    """A terminal that supports it holds back what it draws until an update ends."""
    screen.write("\x1b[?2026;2$y")
    screen.wait_quiet()
    written(screen, "j")
    assert b"\x1b[?2026h" not in screen.raw
    screen.press("?")
    screen.wait_until(lambda lines: b"\x1b[?2026h" in screen.raw, what="a long update")
    screen.wait_quiet()
    assert screen.raw.count(b"\x1b[?2026h") == screen.raw.count(b"\x1b[?2026l")


def test_keys_in_one_packet_are_painted_once(screen: Terminal) -> None:
    """A key that is held down over a slow connection arrives like that."""
    before = len(screen.raw)
    screen.write("j" * 12)
    screen.wait_quiet(0.5)
    assert 0 < len(screen.raw) - before <= 3 * DOWN
    screen.wait_for(re.compile("▌.*<88>"))


@pytest.mark.parametrize(
    "screen",
    [(80, 24, "poptui-dark"), (200, 50, "poptui-light"), (40, 10, "poptui-mono")],
    indirect=True,
)
def test_the_screen_after_many_keys_equals_a_repainted_one(screen: Terminal) -> None:
    rng = random.Random(7)
    for _ in range(3):
        screen.press(*rng.choices(KEYS, k=20), "esc")
        screen.wait_quiet(1.5)
        shown = cells(screen)
        written(screen, "ctrl+l")
        assert cells(screen) == shown


def test_a_resized_screen_equals_a_repainted_one(screen: Terminal) -> None:
    rng = random.Random(3)
    for size in ((1, 1), (200, 50), (7, 3), (80, 24), (40, 10)):
        screen.press(*rng.choices(KEYS, k=4), "esc")
        screen.resize(*size)
        screen.press(*rng.choices(KEYS, k=4), "esc")
    screen.wait_quiet(1.0)
    shown = cells(screen)
    written(screen, "ctrl+l")
    assert cells(screen) == shown


def cells(terminal: Terminal) -> list[tuple[object, ...]]:
    """Return every cell with its style; of a blank only what is visible."""
    buffer, screen = terminal._screen.buffer, terminal._screen
    rows = ((buffer[y][x] for x in range(screen.columns)) for y in range(screen.lines))
    return [
        tuple(cell) if cell.data.strip() or cell.reverse else (cell.data, cell.bg)
        for row in rows
        for cell in row
    ]
