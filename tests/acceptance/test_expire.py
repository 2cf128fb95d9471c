"""A server that deletes downloads at QUIT (EXPIRE 0), and a program killed after QUIT."""

from __future__ import annotations

import signal

import pytest

from tests.acceptance.program import PASSWORD, RunBatch, serving
from tests.acceptance.screen import READ
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import make_messages


def expiring(*more: str) -> OddServer:
    return OddServer(make_messages(300), ["expire-0", "downloads-go", *more])


@pytest.mark.parametrize("read_only", [False, True])
def test_opening_a_message_and_leaving_deletes_nothing(
    read_only: bool, terminal: StartTerminal
) -> None:
    with serving(expiring()) as server:
        options = ["--read-only"] if read_only else []
        screen = terminal(*options, f"pop://user@127.0.0.1:{server.port}", env=PASSWORD)
        screen.wait_for("letter 300")
        screen.wait_for("EXPIRE 0")
        screen.press("\r")
        screen.wait_for("body 300")
        screen.press("\x1b", "q")
        assert screen.exit_code() == 0
        assert len(server.uids) == 300


def test_a_commit_after_reading_deletes_only_what_was_confirmed(terminal: StartTerminal) -> None:
    with serving(expiring()) as server:
        screen = terminal(f"pop://user@127.0.0.1:{server.port}", env=PASSWORD)
        screen.wait_for("letter 300")
        screen.press("\r")
        screen.wait_for("body 300")
        screen.press("\x1b", "j", "d", "$")
        screen.wait_for("and stay")
        screen.press("c")
        screen.wait_for("1 message deleted")
        assert sorted(server.uids) == [f"uid-{n:04}" for n in range(1, 301) if n != 299]
        screen.press("q")
        assert screen.exit_code() == 0
        assert len(server.uids) == 299


def test_after_a_kill_following_quit_the_next_start_names_the_deleted_messages(
    terminal: StartTerminal,
) -> None:
    with serving(OddServer(make_messages(5), ["quit-silent"])) as server:
        screen = terminal(f"pop://user@127.0.0.1:{server.port}", env=PASSWORD)
        screen.wait_for("letter 5")
        screen.press("d", "d", "q")
        screen.wait_for("Delete 2 messages")
        screen.press("c")
        screen.wait_until(lambda lines: len(server.uids) == 3)
        screen.signal(signal.SIGKILL)
        screen.exit_code()
        server.become()
        screen = terminal(f"pop://user@127.0.0.1:{server.port}", env=PASSWORD)
        screen.wait_for("2 messages marked by an earlier run")
        shown = "\n".join(screen.screen())
        assert "not deleted" not in shown
        screen.wait_for("Deleted, as you confirmed before that run ended: 2")
        screen.wait_for("“letter 5” from Sender 5")
        screen.wait_for("“letter 4” from Sender 4")
        screen.wait_quiet(READ)
        screen.press("\r")
        screen.wait_for("letter 3")
        screen.press("q")
        assert screen.exit_code() == 0
        assert len(server.uids) == 3


@pytest.mark.parametrize("command", ["show", "save", "raw", "headers"])
def test_batch_commands_delete_nothing(
    command: str, batch: RunBatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp("saved"))
    with serving(OddServer(make_messages(5), ["expire-0", "downloads-go"])) as server:
        target = f"pop://user@127.0.0.1:{server.port}"
        arguments = {
            "show": ["show", target, "2"],
            "raw": ["show", target, "2", "--raw"],
            "headers": ["show", target, "2", "--headers"],
            "save": ["save", target, "2", folder],
        }[command]
        assert batch(*arguments).code == 0
        assert len(server.uids) == 5
