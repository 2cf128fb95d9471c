"""``--read-only`` and ``readonly = true``: all can be read, nothing can be marked or deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.program import PASSWORD, RunBatch, serving, write_config
from tests.acceptance.screen import exit_message
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import make_messages


def configured(home: Path, server: OddServer) -> dict[str, str]:
    url = f"pop://user@127.0.0.1:{server.port}"
    return write_config(home, f'[accounts.work]\nurl = "{url}"\nreadonly = true\n')


def test_d_marks_nothing_and_the_screen_says_why(terminal: StartTerminal) -> None:
    with serving(OddServer(make_messages(3))) as server:
        screen = terminal("--read-only", f"pop://user@127.0.0.1:{server.port}", env=PASSWORD)
        screen.wait_for("letter 3")
        screen.wait_for("read-only")
        screen.press("d")
        screen.wait_for("This mailbox is opened read-only.")
        screen.press("enter")
        screen.wait_for("body 3")
        screen.press("q")
        assert screen.exit_code() == 0
        assert exit_message(screen) == ""
        assert b"DELE" not in server.keywords
        assert b"RETR" in server.keywords


def test_the_demo_can_be_opened_read_only(terminal: StartTerminal) -> None:
    screen = terminal("demo", "--read-only")
    screen.wait_for("read-only")
    screen.press("d")
    screen.wait_for("This mailbox is opened read-only.")
    screen.press("q")
    assert screen.exit_code() == 0
    assert exit_message(screen) == ""


@pytest.mark.parametrize("by", ["option", "account"])
def test_a_batch_deletion_is_a_usage_error(by: str, batch: RunBatch, tmp_path: Path) -> None:
    filter_ = ("--filter", "subject:letter", "--delete", "--yes")
    with serving(OddServer(make_messages(3))) as server:
        if by == "account":
            result = batch("triage", "work", *filter_, env=configured(tmp_path, server))
        else:
            url = f"pop://user@127.0.0.1:{server.port}"
            result = batch("triage", url, *filter_, "--read-only")
        assert server.connections == 0
    assert result.code == 2
    assert "opened read-only" in result.sentence


def test_reading_works(batch: RunBatch, tmp_path: Path) -> None:
    with serving(OddServer(make_messages(3))) as server:
        env = configured(tmp_path, server)
        assert batch("list", "work", env=env).text.count("letter") == 3
        assert "body 2" in batch("show", "work", "2", env=env).text
        found = batch("triage", "work", "--filter", "subject:letter", env=env)
        assert found.code == 0
        assert b"DELE" not in server.keywords
