"""Whole sessions on a real Dovecot with each login; the Maildir shows what was deleted."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.acceptance.screen import assert_restored, exit_message
from tests.kit.dovecot import Dovecot
from tests.kit.terminal import StartTerminal, Terminal
from tests.mailbox.watched import make_messages

WAYS: dict[str, Callable[[Dovecot], list[str]]] = {
    "plain": lambda dovecot: [dovecot.url],
    "stls": lambda dovecot: [dovecot.url, "--starttls", "--ca-file", dovecot.ca_file],
    "tls": lambda dovecot: [dovecot.tls_url, "--ca-file", dovecot.ca_file],
    "apop": lambda dovecot: [dovecot.apop_url],
}
LOGGED = {"stls": ", TLS", "tls": ", TLS", "apop": "method=APOP"}
"""What Dovecot logs for each login."""

DIALOG = "Delete 2 messages"
Opened = Callable[..., Terminal]


@pytest.fixture
def opened(terminal: StartTerminal, dovecot: Dovecot) -> Opened:
    """Open the user's mailbox, and wait for a text on the screen."""

    def start(*arguments: str, wait: str = "letter 5") -> Terminal:
        env = {"POPTUI_PASSWORD": dovecot.password}
        screen = terminal(*(arguments or (dovecot.url,)), env=env)
        screen.wait_for(wait)
        return screen

    return start


@pytest.mark.parametrize("way", WAYS)
def test_three_marked_one_undone_two_deleted(way: str, dovecot: Dovecot, opened: Opened) -> None:
    names = dovecot.deliver(make_messages(5))
    screen = opened(*WAYS[way](dovecot))
    screen.press("j", "enter")
    screen.wait_for("body 4")
    screen.press("tab", "d", "d", "d")
    screen.wait_for("3 marked")
    screen.press("z")
    screen.wait_for("2 marked")
    screen.press("q")
    screen.wait_for(DIALOG)
    assert dovecot.files() == set(names)
    screen.press("c")
    assert screen.exit_code() == 0
    assert dovecot.files() == set(names) - {names[3], names[2]}
    assert exit_message(screen).startswith("poptui: 2 messages deleted")
    assert_restored(screen)
    dovecot.wait_for_log(LOGGED.get(way, "Login"))


def test_u_unmarks_the_message_under_the_cursor(dovecot: Dovecot, opened: Opened) -> None:
    names = dovecot.deliver(make_messages(5))
    screen = opened()
    screen.press("d", "d", "d", "k", "k", "u")
    screen.wait_for("2 marked")
    screen.press("q")
    screen.wait_for(DIALOG)
    screen.press("c")
    assert screen.exit_code() == 0
    assert dovecot.files() == set(names) - {names[4], names[2]}


def test_x_deletes_nothing(dovecot: Dovecot, opened: Opened) -> None:
    names = dovecot.deliver(make_messages(5))
    screen = opened()
    screen.press("d", "d")
    screen.wait_for("2 marked")
    screen.press("x")
    assert screen.exit_code() == 0
    assert dovecot.files() == set(names)
    assert exit_message(screen) == "poptui: Nothing was deleted. 2 messages no longer marked."
    assert_restored(screen)


def test_a_cancelled_dialog_deletes_nothing_and_the_session_continues(
    dovecot: Dovecot, opened: Opened
) -> None:
    names = dovecot.deliver(make_messages(5))
    screen = opened()
    screen.press("d", "d", "q")
    screen.wait_for(DIALOG)
    screen.press("esc")
    screen.wait_gone(DIALOG)
    screen.press("d")
    screen.wait_for("3 marked")
    screen.press("x")
    assert screen.exit_code() == 0
    assert dovecot.files() == set(names)


def test_enter_in_the_dialog_is_cancel_and_n_deletes_nothing(
    dovecot: Dovecot, opened: Opened
) -> None:
    names = dovecot.deliver(make_messages(5))
    screen = opened()
    screen.press("d", "d", "q")
    screen.wait_for(DIALOG)
    screen.press("enter")
    screen.wait_gone(DIALOG)
    screen.press("q")
    screen.wait_for(DIALOG)
    screen.press("n")
    assert screen.exit_code() == 0
    assert dovecot.files() == set(names)


def test_commit_and_stay_then_go_on(dovecot: Dovecot, opened: Opened) -> None:
    names = dovecot.deliver(make_messages(5))
    screen = opened()
    screen.press("d", "d", "$")
    screen.wait_for("and stay")
    screen.press("c")
    screen.wait_for("3 messages")
    screen.wait_gone("letter 5")
    assert dovecot.files() == set(names[:3])
    screen.press("g", "d")
    screen.wait_for("1 marked")
    screen.press("q")
    screen.wait_for("Delete 1 message ")
    screen.press("c")
    assert screen.exit_code() == 0
    assert dovecot.files() == set(names[:2])


def test_refresh_shows_new_mail_and_keeps_the_marks(dovecot: Dovecot, opened: Opened) -> None:
    names = dovecot.deliver(make_messages(5))
    screen = opened()
    screen.press("d")
    screen.wait_for("1 marked")
    names += dovecot.deliver([b"Subject: arrived meanwhile\r\n\r\nnew\r\n"])
    screen.press("r")
    screen.wait_for("arrived meanwhile")
    screen.wait_for(re.compile(r"^.D .*letter 5", re.MULTILINE))
    screen.press("q")
    screen.wait_for("Delete 1 message ")
    screen.press("c")
    assert screen.exit_code() == 0
    assert dovecot.files() == set(names) - {names[4]}


def test_all_can_be_deleted(dovecot: Dovecot, opened: Opened) -> None:
    dovecot.deliver(make_messages(2))
    screen = opened(wait="letter 2")
    screen.press("d", "d", "$")
    screen.wait_for("and stay")
    screen.press("c")
    screen.wait_for("0 messages")
    screen.press("q")
    assert screen.exit_code() == 0
    assert dovecot.files() == set()


def test_a_thousand_messages(dovecot: Dovecot, opened: Opened) -> None:
    names = dovecot.deliver(make_messages(1000))
    screen = opened(wait="letter 1000")
    screen.wait_for("1,000 messages")
    screen.press("G")
    screen.wait_for(re.compile(r"▌.*letter 1 "))
    screen.press("d", "g", "d", "d", "pgdn", "d", "enter")
    screen.wait_for("4 marked")
    screen.wait_for(re.compile(r"body \d+"))
    screen.press("q")
    screen.wait_for("Delete 4 messages")
    screen.press("c")
    assert screen.exit_code() == 0
    gone = set(names) - dovecot.files()
    assert {names[0], names[999], names[998]} < gone
    assert len(gone) == 4
    assert_restored(screen)
