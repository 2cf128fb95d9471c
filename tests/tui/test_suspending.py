"""Ctrl+Z and fg in a shell with job control: the terminal is right on both sides."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.terminal import LIMIT, Terminal

ROOT = Path(__file__).parents[2]
PROMPT = "shell> "


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "calls"


@pytest.fixture
def shell(tmp_path: Path, record: Path) -> Iterator[Terminal]:
    """An interactive shell in which the program runs in the foreground."""
    program = shlex.join([sys.executable, "-m", "tests.tui.fake_run", str(record)])
    bash = ["/bin/bash", "--norc", "--noprofile", "-i"]
    env = {"PYTHONPATH": str(ROOT), "PS1": PROMPT, "BASH_SILENCE_DEPRECATION_WARNING": "1"}
    with Terminal(bash, home=tmp_path, env=env) as terminal:
        terminal.wait_for(PROMPT)
        terminal.write(f"{program}; echo code=$?\r")
        terminal.wait_for("Subject 100")
        terminal.wait_quiet()
        yield terminal


def stop(shell: Terminal) -> None:
    """Press Ctrl+Z, and check that the shell has its terminal back."""
    shell.press("ctrl+z")
    shell.wait_for("Stopped")
    shell.write("echo he''re\r")
    shell.wait_for("\nhere")


def program_of(shell: Terminal) -> int:
    """Return the process id of the stopped program."""
    shell.write("echo pid=$(jobs -p).\r")
    screen = shell.wait_for(re.compile(r"pid=\d+\."))
    return int(re.findall(r"pid=(\d+)\.", "\n".join(screen))[0])


def alive(pid: int) -> bool:
    """Whether the process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_shell_gets_its_terminal_and_fg_brings_the_screen_back(shell: Terminal) -> None:
    shell.press("d")
    shell.wait_for("1 marked")
    before = shell.wait_quiet()
    for _ in range(2):
        stop(shell)
        assert not shell.modes.on & {1049, 1000, 1003, 1006}
        shell.write("fg\r")
        shell.wait_for("Subject 100")
        assert shell.wait_quiet() == before
    shell.press("j", "d", "q")
    shell.wait_for("Delete 2 messages")
    shell.press("esc")
    shell.wait_gone("Delete 2 messages")
    shell.press("x")
    shell.wait_until(lambda lines: "Nothing was deleted" in "".join(lines))
    shell.wait_for(PROMPT)


def test_a_stop_is_not_an_end_and_the_line_is_looked_at_after_it(
    shell: Terminal, record: Path
) -> None:
    stop(shell)
    shell.write("fg\r")
    shell.wait_for("Subject 100")
    shell.wait_quiet()
    assert "check" in record.read_text().splitlines()
    assert not {"abandon", "discard"} & set(record.read_text().splitlines())


def test_resized_while_it_was_stopped(shell: Terminal) -> None:
    stop(shell)
    shell.resize(100, 30)
    shell.write("fg\r")
    shell.wait_for("Subject 100")
    screen = shell.wait_quiet()
    assert len(screen) == 30
    assert "quit" in screen[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_ended_while_it_was_stopped_it_deletes_nothing(
    shell: Terminal, record: Path, number: signal.Signals
) -> None:
    shell.press("d")
    stop(shell)
    pid = program_of(shell)
    shell.write(f"kill -{number.value} {pid}; fg\r")
    shell.wait_for("Interrupted; nothing was deleted.")
    assert "Warning" not in "".join(shell.screen())
    assert "abandon" in record.read_text().splitlines()
    shell.write("echo he''re\r")
    shell.wait_for("\nhere")


def test_after_a_stop_from_outside_the_screen_is_restored(shell: Terminal) -> None:
    """SIGSTOP can't be caught: the terminal stays as it is, and the shell changes it."""
    shell.press("j")
    before = shell.wait_quiet()
    stop(shell)
    pid = program_of(shell)
    shell.write("fg\r")
    shell.wait_for("Subject 100")
    shell.wait_quiet()
    os.kill(pid, signal.SIGSTOP)
    shell.wait_for("Stopped")
    shell.write("fg\r")
    shell.wait_until(lambda screen: screen == before)
    shell.press("x")
    shell.wait_for(PROMPT)
    shell.write("echo he''re\r")
    shell.wait_for("\nhere")


def test_a_terminal_that_vanishes_while_it_is_stopped_ends_it(
    shell: Terminal, record: Path
) -> None:
    stop(shell)
    pid = program_of(shell)
    shell.hang_up()
    deadline = time.monotonic() + LIMIT
    while alive(pid):
        assert time.monotonic() < deadline, "it lives on"
        time.sleep(0.05)
    assert "commit" not in record.read_text()
