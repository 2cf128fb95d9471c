"""Commands without a terminal or with a dumb one, and empty mailboxes."""

from __future__ import annotations

import pytest

from tests.acceptance.program import PASSWORD, RunBatch, serving
from tests.acceptance.screen import assert_restored, exit_message
from tests.kit.dovecot import Dovecot
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import make_messages

EMPTY = "The mailbox is empty."
DUMB = [{"TERM": "dumb"}, {"TERM": ""}]


def test_without_a_terminal_nothing_opens(batch: RunBatch) -> None:
    with serving(OddServer(make_messages(2))) as server:
        result = batch(f"pop://user@127.0.0.1:{server.port}")
        assert server.connections == 0
    assert result.code == 2
    assert "poptui list" in result.sentence


def test_without_a_terminal_and_with_the_password_on_stdin(batch: RunBatch) -> None:
    with serving(OddServer(make_messages(2))) as server:
        result = batch(f"pop://user@127.0.0.1:{server.port}", "--password-stdin", stdin=b"secret\n")
    assert result.code == 2
    assert result.sentence


@pytest.mark.parametrize("env", DUMB)
def test_a_dumb_terminal_opens_nothing(env: dict[str, str], terminal: StartTerminal) -> None:
    with serving(OddServer(make_messages(2))) as server:
        screen = terminal(f"pop://user@127.0.0.1:{server.port}", env=PASSWORD | env)
        assert screen.exit_code() == 2
        assert server.connections == 0
    assert "poptui list" in "".join(screen.screen())
    assert b"\x1b" not in screen.raw
    assert_restored(screen)


def test_without_a_terminal_the_demo_prints_its_list(batch: RunBatch) -> None:
    result = batch("demo")
    assert result.code == 0
    assert len(result.text.splitlines()) > 40
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("env", DUMB)
def test_on_a_dumb_terminal_the_demo_prints_its_list(
    env: dict[str, str], terminal: StartTerminal
) -> None:
    screen = terminal("demo", env=env, columns=100)
    assert screen.exit_code() == 0
    assert screen.raw.count(b"\n") > 40
    assert b"\x1b]" not in screen.raw
    assert b"\x1b[?" not in screen.raw


def test_no_target_and_no_account(batch: RunBatch) -> None:
    result = batch()
    assert result.code == 2
    assert "poptui --help" in result.sentence


def test_no_password_and_no_terminal_to_ask_on(batch: RunBatch) -> None:
    with serving(OddServer(make_messages(2))) as server:
        result = batch("list", f"pop://user@127.0.0.1:{server.port}", env={"POPTUI_PASSWORD": ""})
    assert result.code == 4
    assert "--password-stdin" in result.sentence


@pytest.mark.parametrize(("form", "printed"), [("--json", b"[]\n"), ("--jsonl", b"")])
def test_list_of_an_empty_mailbox(
    form: str, printed: bytes, batch: RunBatch, dovecot: Dovecot
) -> None:
    env = {"POPTUI_PASSWORD": dovecot.password}
    result = batch("list", dovecot.url, form, env=env)
    assert (result.code, result.out) == (0, printed)
    table = batch("list", dovecot.url, env=env)
    assert (table.code, table.out) == (0, b"")
    assert EMPTY in table.err


def test_show_in_an_empty_mailbox(batch: RunBatch, dovecot: Dovecot) -> None:
    result = batch("show", dovecot.url, "latest", env={"POPTUI_PASSWORD": dovecot.password})
    assert (result.code, result.out) == (1, b"")
    assert EMPTY in result.sentence


def test_an_empty_mailbox_on_the_screen(terminal: StartTerminal, dovecot: Dovecot) -> None:
    screen = terminal(dovecot.url, env={"POPTUI_PASSWORD": dovecot.password})
    screen.wait_for(EMPTY)
    screen.press("d", "u", "z", "U", "enter", "tab", "G", "j", "$")
    screen.wait_for("Nothing is marked.")
    screen.press("q")
    assert screen.exit_code() == 0
    assert exit_message(screen) in ("", "poptui: Nothing was deleted.")
    assert_restored(screen)
