"""A third of a mailbox is spam: five keys delete exactly the spam, on a real Dovecot."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.acceptance.program import serving
from tests.acceptance.screen import assert_restored, exit_message
from tests.acceptance.spam import mixed
from tests.kit.dovecot import Dovecot
from tests.kit.relay import Direction, FaultKind, FaultyRelay, LineFault
from tests.kit.terminal import StartTerminal, Terminal

COUNT = 1000
CUTS = [
    LineFault(Direction.DOWN, 600, FaultKind.CUT),
    LineFault(Direction.DOWN, 60_000, FaultKind.RESET),
    LineFault(Direction.DOWN, 150_000, FaultKind.CUT),
    LineFault(Direction.UP, 4_000, FaultKind.RESET),
]
"""Where the connection is cut: before the list, among the headers, among the commands."""


def opened(terminal: StartTerminal, dovecot: Dovecot, port: int | None = None) -> Terminal:
    url = dovecot.url if port is None else re.sub(r":\d+$", f":{port}", dovecot.url)
    return terminal(url, env={"POPTUI_PASSWORD": dovecot.password})


def delivered(dovecot: Dovecot) -> tuple[set[str], set[str]]:
    """Deliver mail; return the files of ordinary messages, and of spam."""
    messages, spams = mixed(COUNT)
    names = dovecot.deliver(messages)
    spam = {names[number - 1] for number in spams}
    return set(names) - spam, spam


def test_five_keys_delete_the_spam_and_nothing_else(
    dovecot: Dovecot, terminal: StartTerminal
) -> None:
    ham, spam = delivered(dovecot)
    screen = opened(terminal, dovecot)
    screen.wait_for(f"{len(spam)} spam")
    screen.press("1")
    screen.wait_for(f"{len(spam)} of 1,000 /is:spam")
    screen.press("D")
    screen.wait_for(f"Mark all {len(spam)} filtered messages")
    screen.press("y")
    screen.wait_for(f"{len(spam)} marked")
    assert dovecot.files() == ham | spam
    screen.press("q")
    screen.wait_for(f"Delete {len(spam)} messages")
    screen.press("c")
    assert screen.exit_code() == 0
    assert dovecot.files() == ham
    assert exit_message(screen).startswith(f"poptui: {len(spam)} messages deleted")
    assert_restored(screen)


def test_five_keys_in_one_packet_do_the_same(dovecot: Dovecot, terminal: StartTerminal) -> None:
    ham, spam = delivered(dovecot)
    screen = opened(terminal, dovecot)
    screen.wait_for(f"{len(spam)} spam")
    screen.write("1Dyqc")
    assert screen.exit_code() == 0
    assert dovecot.files() == ham


def test_five_keys_before_anything_is_loaded_spare_ordinary_mail(
    dovecot: Dovecot, terminal: StartTerminal
) -> None:
    ham, spam = delivered(dovecot)
    screen = opened(terminal, dovecot)
    screen.wait_for("1,000 messages")
    screen.write("1Dyqc")
    screen.exit_code()
    left = dovecot.files()
    assert ham <= left
    assert left <= ham | spam


@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_a_connection_cut_meanwhile_makes_no_difference(
    cut: LineFault, dovecot: Dovecot, terminal: StartTerminal
) -> None:
    ham, spam = delivered(dovecot)
    with serving(FaultyRelay(dovecot.port, cut)) as relay:
        screen = opened(terminal, dovecot, relay.port)
        screen.wait_for(f"{len(spam)} spam", timeout=30)
        assert relay.failed
        screen.write("1")
        screen.wait_for(f"{len(spam)} of 1,000 /is:spam")
        screen.write("Dyqc")
        assert screen.exit_code() == 0
    assert dovecot.files() == ham


def _gave_up(screen: Terminal, done: Callable[[], bool]) -> bool:
    """Whether the connection was lost during the commit, which then deletes nothing."""
    sentence = "Not committed"
    screen.wait_until(lambda lines: done() or sentence in "\n".join(lines), timeout=40)
    return not done()


def test_a_connection_cut_during_the_commit_spares_ordinary_mail(
    dovecot: Dovecot, terminal: StartTerminal
) -> None:
    ham, spam = delivered(dovecot)
    with serving(FaultyRelay(dovecot.port)) as relay:
        screen = opened(terminal, dovecot, relay.port)
        screen.wait_for(f"{len(spam)} spam")
        screen.write("1Dy")
        screen.wait_for(f"{len(spam)} marked")
        relay.fail(Direction.UP, FaultKind.CUT)
        screen.write("q")
        screen.wait_for(f"Delete {len(spam)} messages")
        screen.write("c")
        if _gave_up(screen, lambda: dovecot.files() == ham):
            assert dovecot.files() == ham | spam
            screen.write("\r")
            screen.wait_gone("Not committed")
            screen.write("q")
            screen.wait_for(f"Delete {len(spam)} messages")
            screen.write("c")
        screen.wait_until(lambda lines: dovecot.files() == ham, timeout=40)
        assert screen.exit_code() == 0
