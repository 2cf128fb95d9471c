"""Marks that outlive the program, on a real Dovecot: kept, after kill -9, and forgotten."""

from __future__ import annotations

import re
import signal

import pytest

from tests.acceptance.screen import READ, exit_message
from tests.kit.dovecot import Dovecot
from tests.kit.terminal import StartTerminal, Terminal
from tests.mailbox.watched import make_messages

QUESTION = "2 messages marked by an earlier run"


def opened(terminal: StartTerminal, dovecot: Dovecot, wait: str = "letter 5") -> Terminal:
    screen = terminal(dovecot.url, env={"POPTUI_PASSWORD": dovecot.password})
    screen.wait_for(wait)
    return screen


def two_marked(terminal: StartTerminal, dovecot: Dovecot) -> Terminal:
    screen = opened(terminal, dovecot)
    screen.press("d", "d")
    screen.wait_for("2 marked")
    return screen


@pytest.mark.parametrize("end", ["kept", "killed"])
def test_marks_are_restored_and_deleted_after_confirmation(
    end: str, dovecot: Dovecot, terminal: StartTerminal
) -> None:
    names = dovecot.deliver(make_messages(5))
    screen = two_marked(terminal, dovecot)
    if end == "kept":
        screen.press("q")
        screen.wait_for("Keep marks for next time")
        screen.press("k")
        assert screen.exit_code() == 0
        assert (
            exit_message(screen) == "poptui: Nothing was deleted; 2 marks are kept for next time."
        )
    else:
        screen.wait_for(re.compile(r"^.D .*letter 4 ", re.MULTILINE))
        screen.signal(signal.SIGKILL)
        screen.exit_code()
    assert dovecot.files() == set(names)
    screen = opened(terminal, dovecot, QUESTION)
    screen.wait_quiet(READ)
    screen.press("k")
    screen.wait_for("2 marked")
    screen.press("q")
    screen.wait_for("Delete 2 messages")
    screen.press("c")
    assert screen.exit_code() == 0
    assert dovecot.files() == set(names[:3])
    screen = opened(terminal, dovecot, "letter 3")
    assert QUESTION not in "\n".join(screen.screen())


def test_forgotten_marks_are_not_offered_again(dovecot: Dovecot, terminal: StartTerminal) -> None:
    names = dovecot.deliver(make_messages(5))
    screen = two_marked(terminal, dovecot)
    screen.signal(signal.SIGTERM)
    screen.exit_code()
    screen = opened(terminal, dovecot, QUESTION)
    screen.wait_quiet(READ)
    screen.press("f")
    screen.wait_for("forgotten")
    screen.press("q")
    assert screen.exit_code() == 0
    screen = opened(terminal, dovecot)
    assert QUESTION not in "\n".join(screen.screen())
    assert dovecot.files() == set(names)
