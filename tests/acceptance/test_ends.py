"""Endings without a confirmation delete nothing; and the ways to enter a password."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.program import command
from tests.acceptance.screen import assert_restored, exit_message
from tests.kit.dovecot import Dovecot
from tests.kit.terminal import StartTerminal, Terminal
from tests.mailbox.watched import make_messages


@pytest.fixture
def marked(terminal: StartTerminal, dovecot: Dovecot) -> Iterator[Terminal]:
    """Open a mailbox of five and mark two, also on the server; all five must stay."""
    names = dovecot.deliver(make_messages(5))
    screen = terminal(dovecot.url, env={"POPTUI_PASSWORD": dovecot.password})
    screen.wait_for("letter 5")
    screen.press("d", "d")
    screen.wait_until(lambda lines: sum(line[1:3] == "D " for line in lines) == 2)
    yield screen
    assert dovecot.files() == set(names)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_restores_the_terminal_and_deletes_nothing(
    number: signal.Signals, marked: Terminal
) -> None:
    marked.signal(number)
    assert marked.exit_code() == 128 + number
    assert_restored(marked)
    assert exit_message(marked) == "poptui: Interrupted; nothing was deleted."


@pytest.mark.parametrize("number", [signal.SIGTERM])
def test_a_signal_in_the_quit_dialog_deletes_nothing(
    number: signal.Signals, marked: Terminal
) -> None:
    marked.press("q")
    marked.wait_for("Delete 2 messages")
    marked.signal(number)
    assert marked.exit_code() == 128 + number
    assert_restored(marked)


def test_a_kill_deletes_nothing(marked: Terminal) -> None:
    marked.signal(signal.SIGKILL)
    assert marked.exit_code() == -signal.SIGKILL


def test_a_closed_terminal_deletes_nothing(marked: Terminal) -> None:
    marked.hang_up()
    assert marked.exit_code() == 128 + signal.SIGHUP


def test_ctrl_c_asks_like_q(marked: Terminal) -> None:
    marked.press("ctrl+c")
    marked.wait_for("Delete 2 messages")
    marked.press("n")
    assert marked.exit_code() == 0
    assert_restored(marked)


def test_ctrl_c_without_marks_ends_it(dovecot: Dovecot, terminal: StartTerminal) -> None:
    screen = terminal(dovecot.url, env={"POPTUI_PASSWORD": dovecot.password})
    screen.wait_for("0 messages")
    screen.press("ctrl+c")
    assert screen.exit_code() == 0
    assert_restored(screen)


def test_the_prompt_reads_the_password_without_showing_it(
    dovecot: Dovecot, terminal: StartTerminal
) -> None:
    dovecot.deliver(make_messages(2))
    screen = terminal(dovecot.url)
    screen.wait_for(f"Password for {dovecot.user}@127.0.0.1:")
    screen.write(dovecot.password + "\r")
    screen.wait_for("letter 2")
    screen.press("x")
    assert screen.exit_code() == 0
    assert dovecot.password.encode() not in screen.raw
    assert_restored(screen)


@pytest.mark.parametrize(("key", "code"), [("ctrl+c", 130), ("ctrl+d", 4), ("enter", 4)])
def test_an_unanswered_prompt(
    key: str, code: int, dovecot: Dovecot, terminal: StartTerminal
) -> None:
    screen = terminal(dovecot.url)
    screen.wait_for("Password for")
    screen.press(key)
    assert screen.exit_code() == code
    assert "Traceback" not in "".join(screen.screen())
    assert screen.attributes() == screen.attributes_before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_at_the_prompt_restores_the_echo(
    number: signal.Signals, dovecot: Dovecot, terminal: StartTerminal
) -> None:
    screen = terminal(dovecot.url)
    screen.wait_for("Password for")
    screen.signal(number)
    assert screen.exit_code() == 128 + number
    assert screen.attributes() == screen.attributes_before
    assert screen.raw.endswith(b"poptui: Interrupted.\r\n")


def test_the_prompt_is_not_echoed_after_a_wrong_password(
    dovecot: Dovecot, terminal: StartTerminal
) -> None:
    screen = terminal(dovecot.url)
    screen.wait_for("Password for")
    screen.write("not-the-password\r")
    assert screen.exit_code() == 4
    assert b"not-the-password" not in screen.raw
    assert "refused the login" in exit_message(screen)
    assert_restored(screen)


def test_the_password_is_read_from_stdin_and_keys_from_the_terminal(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    names = dovecot.deliver(make_messages(3))
    line = 'printf "%s\\n" "$GIVEN" | "$@" --password-stdin'
    shell = ["/bin/sh", "-c", line, "sh", *command(dovecot.url)]
    with Terminal(shell, home=tmp_path, env={"GIVEN": dovecot.password}) as screen:
        screen.wait_for("letter 3")
        screen.press("j", "d", "q")
        screen.wait_for("Delete 1 message ")
        screen.press("c")
        assert screen.exit_code() == 0
        assert_restored(screen)
    assert dovecot.files() == set(names) - {names[1]}
