"""The result of a commit is shown, even if the server answers oddly or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.program import PASSWORD, serving, write_config
from tests.acceptance.screen import READ, assert_restored, exit_message
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal, Terminal
from tests.mailbox.watched import make_messages

Opened = Callable[[OddServer], Terminal]


@pytest.fixture
def two_marked(terminal: StartTerminal, tmp_path: Path) -> Opened:
    """Open a server's mailbox and mark the two newest messages, also on the server."""
    settings = write_config(tmp_path, "timeout = 3\n")

    def start(server: OddServer) -> Terminal:
        screen = terminal(f"pop://user@127.0.0.1:{server.port}", env=PASSWORD | settings)
        screen.wait_for("letter 5")
        screen.press("d", "d")
        screen.wait_until(lambda lines: sum(line[1:3] in ("D ", "! ") for line in lines) == 2)
        return screen

    return start


def commit(screen: Terminal) -> None:
    screen.press("q")
    screen.wait_for("Delete 2 messages")
    screen.press("c")


@pytest.mark.parametrize("oddity", ["quit-eof", "quit-silent"])
def test_a_commit_without_an_answer_is_verified(oddity: str, two_marked: Opened) -> None:
    with serving(OddServer(make_messages(5), [oddity])) as server:
        screen = two_marked(server)
        commit(screen)
        assert screen.exit_code() == 0
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003"]
    assert exit_message(screen).startswith("poptui: 2 messages deleted")
    assert_restored(screen)


def test_a_commit_without_an_answer_that_did_nothing(two_marked: Opened) -> None:
    with serving(OddServer(make_messages(5), ["quit-eof", "quit-ok-removes-nothing"])) as server:
        screen = two_marked(server)
        commit(screen)
        screen.wait_for("Still there: 2 messages")
        screen.wait_quiet(READ)
        screen.press("enter")
        assert screen.exit_code() == 1
        assert len(server.uids) == 5
    assert "still there" in exit_message(screen)


def test_a_partial_commit(two_marked: Opened) -> None:
    with serving(OddServer(make_messages(5), ["quit-err"])) as server:
        screen = two_marked(server)
        commit(screen)
        screen.wait_for("some deleted messages not removed")
        screen.wait_for("Still there: 1 message")
        screen.wait_quiet(READ)
        screen.press("enter")
        assert screen.exit_code() == 1
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003", "uid-0005"]
    assert "1 message deleted" in exit_message(screen)


def test_a_refusal_is_shown_with_its_reason_after_a_reconnect(
    two_marked: Opened,
) -> None:
    with serving(OddServer(make_messages(5), ["dele-refused:4"])) as server:
        screen = two_marked(server)
        server.become()
        screen.press("$")
        screen.wait_for("; 1 refused by the server stays")
        screen.press("c")
        screen.wait_for("Refused by the server: 1 message")
        screen.wait_for("not this one")
        screen.wait_quiet(READ)
        screen.press("enter")
        screen.wait_gone("Enter  Continue")
        screen.press("x")
        assert screen.exit_code() == 0
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003", "uid-0004"]


def test_a_connection_lost_before_the_commit_deletes_nothing(two_marked: Opened) -> None:
    with serving(OddServer(make_messages(5), ["retr-hangs-up"])) as server:
        screen = two_marked(server)
        screen.press("enter")
        screen.wait_for("closed by the server")
        assert len(server.uids) == 5
        server.become()
        screen.press("tab", "r")
        screen.wait_until(lambda lines: sum(line[1:3] == "D " for line in lines) == 2)
        commit(screen)
        assert screen.exit_code() == 0
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003"]


def test_messages_that_share_a_uid_are_not_marked(terminal: StartTerminal) -> None:
    with serving(OddServer(make_messages(5), ["duplicate-uids"])) as server:
        screen = terminal(f"pop://user@127.0.0.1:{server.port}", env=PASSWORD)
        screen.wait_for("letter 5")
        screen.press("G", "d")
        screen.wait_quiet()
        screen.press("q")
        assert screen.exit_code() == 0
        assert b"DELE" not in b"".join(server.keywords)
        assert len(server.messages) == 5


def test_without_uids_the_screen_says_how_long_marks_last(terminal: StartTerminal) -> None:
    with serving(OddServer(make_messages(5), ["no-uidl"])) as server:
        screen = terminal(f"pop://user@127.0.0.1:{server.port}", env=PASSWORD)
        screen.wait_for("marks hold for this connection only")
        screen.press("d", "d")
        screen.wait_for("2 marked")
        commit(screen)
        assert screen.exit_code() == 0
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003"]


def test_without_uids_and_headers_the_screen_says_both(terminal: StartTerminal) -> None:
    with serving(OddServer(make_messages(5), ["no-uidl", "no-top"])) as server:
        screen = terminal(f"pop://user@127.0.0.1:{server.port}", columns=160, env=PASSWORD)
        screen.wait_for("headers 0/5")
        shown = "".join(screen.wait_quiet(0.5))
        assert "UIDL" in shown
        assert "TOP" in shown
        assert b"RETR" not in server.keywords
        screen.press("x")
        assert screen.exit_code() == 0
