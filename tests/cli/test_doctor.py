"""``poptui doctor`` on the command line: the report, JSON, exit codes, a terminal."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.program import PASSWORD, RunBatch, serving
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal

MESSAGES = [b"From: a@b.example\r\nSubject: hello\r\nTo: me\r\n\r\nText.\r\n"] * 3


def test_the_report(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES, ["expire-0"])) as server:
        result = batch("doctor", f"pop://user@127.0.0.1:{server.port}", env={"COLUMNS": "80"})
    lines = result.text.splitlines()
    assert result.code == 0
    assert (
        lines[0]
        == f"user@127.0.0.1, port {server.port}; unencrypted: the connection stays on this machine"
    )
    assert lines[2].startswith("ok      Address     127.0.0.1 answers in ")
    assert (
        "note    Expiry      EXPIRE 0: this server deletes what is downloaded, at the end" in lines
    )
    assert lines[-1] == "No problems, 1 note. Nothing was downloaded or deleted."
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in result.text
    assert result.err == ""


def test_json_and_the_exit_code_for_a_problem(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES, ["uid-blank"])) as server:
        result = batch("doctor", f"pop://user@127.0.0.1:{server.port}", "--json")
    findings = json.loads(result.text)
    assert result.code == 1
    assert all(set(each) == {"check", "status", "text", "advice", "data"} for each in findings)
    (uids,) = (each for each in findings if each["check"] == "uids")
    assert (uids["status"], uids["data"]["missing"]) == ("problem", 1)


def test_without_a_password(batch: RunBatch) -> None:
    with serving(OddServer(MESSAGES)) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        result = batch("doctor", url, env={"POPTUI_PASSWORD": ""})
    assert result.code == 1
    assert "ok      Offers      TOP, UIDL" in result.text
    assert "PROBLEM Login       " in result.text
    assert "--password-stdin" in result.text


@pytest.mark.parametrize("target", ["pop://", "nobody", "ftp://me@example.com"])
def test_a_usage_error_is_not_a_finding(batch: RunBatch, target: str) -> None:
    result = batch("doctor", target)
    assert (result.code, result.text) == (2, "")


def test_on_a_terminal(terminal: StartTerminal) -> None:
    """Badges are words in colour, and Ctrl-C ends it."""
    with serving(OddServer(MESSAGES, ["top-hangs"])) as server:
        screen = terminal("doctor", f"pop://user@127.0.0.1:{server.port}", env=PASSWORD)
        screen.wait_for("UIDs again")
        screen.wait_for("Trying TOP")
        screen.press("ctrl+c")
        assert screen.exit_code() == 130
        assert b"\x1b[32mok" in screen.raw
