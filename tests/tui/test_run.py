"""The interface in a real terminal: it restores the terminal, and an idle screen writes nothing."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.environment import terminal_environment
from tests.kit.terminal import Terminal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "calls"


@pytest.fixture
def screen(tmp_path: Path, record: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """Provide the program with its list on the screen; a marker has its arguments."""
    arguments = getattr(request, "param", [])
    command = [sys.executable, "-m", "tests.tui.fake_run", str(record), *arguments]
    with Terminal(command, home=tmp_path, env={"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.wait_for("Subject 100")
        terminal.wait_quiet()
        yield terminal


def restored(terminal: Terminal) -> bool:
    return terminal.attributes() == terminal.attributes_before


def calls(record: Path) -> list[str]:
    return record.read_text().splitlines()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_deletes_nothing_and_restores_the_terminal(
    screen: Terminal, record: Path, number: signal.Signals
) -> None:
    screen.press("d", "d", "q")
    screen.wait_for("and quit")
    screen.signal(number)
    assert screen.exit_code() == 128 + number
    assert restored(screen)
    assert "nothing was deleted" in "\n".join(screen.screen())
    assert calls(record)[-1] == "abandon"
    assert not any("commit" in call or "discard" in call for call in calls(record))


def test_a_word_is_shown_while_the_interface_is_loaded(screen: Terminal) -> None:
    before = screen.raw.partition(b"\x1b[?1049h")[0]
    assert before == "Opening the mailbox …\r\x1b[K".encode()


@pytest.mark.parametrize("name", ["COLOR_SYSTEM", "DRIVER", "THEME", "FPS", "ANIMATIONS"])
def test_a_variable_of_textual_that_means_nothing_is_ignored(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-m", "poptui", "demo"]
    with Terminal(command, home=tmp_path, env={f"TEXTUAL_{name}": "bogus"}) as terminal:
        terminal.wait_for("q quit")


def test_a_vanished_terminal_ends_the_program_without_a_quit(
    screen: Terminal, record: Path
) -> None:
    screen.press("d")
    screen.wait_quiet()
    screen.hang_up()
    assert screen.exit_code() == 128 + signal.SIGHUP
    assert calls(record)[-1] == "abandon"


def test_the_end_of_a_session_ends_the_program(screen: Terminal) -> None:
    """When a session leader ends, the kernel sends SIGHUP to its session, and resumes stopped
    processes."""
    screen.hang_up()
    screen.signal(signal.SIGCONT)
    assert screen.exit_code() == 128 + signal.SIGHUP


@pytest.mark.parametrize("screen", [["unpainted"]], indirect=True)
def test_where_the_painter_fails_textual_paints(screen: Terminal) -> None:
    screen.press("j", "d")
    screen.wait_for("1 marked")
    screen.press("x")
    assert screen.exit_code() == 0
    assert restored(screen)


@pytest.mark.parametrize("screen", [["crash"]], indirect=True)
def test_a_crash_restores_the_terminal_and_shows_no_traceback(
    screen: Terminal, record: Path
) -> None:
    screen.press("d")
    assert screen.exit_code() == 5
    assert restored(screen)
    assert "Traceback" not in screen.raw.decode()
    assert "hunter2" not in screen.raw.decode()
    assert "Internal error (ZeroDivisionError)" in "\n".join(screen.screen())
    assert calls(record)[-1] == "abandon"


def test_an_idle_screen_writes_nothing(screen: Terminal) -> None:
    for keys in ("j", "?", "q", "d", "tab"):
        screen.press(keys)
        screen.wait_quiet()
        before = len(screen.raw)
        screen.wait_quiet(0.6)
        assert len(screen.raw) == before


def test_quit_leaves_the_terminal_as_it_was(screen: Terminal) -> None:
    screen.press("d", "q")
    screen.wait_for("Delete 1 message (100 kB) and quit")
    screen.press("c")
    assert screen.exit_code() == 0
    assert restored(screen)
    assert "1 message deleted (100 kB)." in "\n".join(screen.screen())


def test_a_terminal_that_vanishes_without_a_signal_ends_it_too(tmp_path: Path) -> None:
    """As under nohup, or if the terminal never was the controlling one."""
    record = tmp_path / "calls"
    master, slave = os.openpty()
    environment = terminal_environment(tmp_path) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.tui.fake_run", str(record)]
    program = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    try:
        seen = b""
        while b"Subject 100" not in seen:
            seen += os.read(master, 65536)
        os.close(master)
        assert program.wait(60) == 128 + signal.SIGHUP
    finally:
        program.kill()
        program.wait()
    assert calls(record)[-1] == "abandon"


def test_a_terminal_without_a_size_keeps_the_program_quiet(tmp_path: Path) -> None:
    """As on a serial line: Textual and Rich must not use different sizes for it, in turn."""
    master, slave = os.openpty()
    environment = terminal_environment(tmp_path) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.tui.fake_run", str(tmp_path / "calls")]
    program = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    try:
        seen = b""
        while b"Subject 100" not in seen:
            seen += os.read(master, 65536)
        while select.select([master], [], [], 1.0)[0]:
            seen += os.read(master, 65536)
            assert len(seen) < 200_000
    finally:
        program.kill()
        program.wait()
        os.close(master)
