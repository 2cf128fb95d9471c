"""Batch commands on a terminal, or with output that nobody reads: they need a real process."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from poptui.storage.safety_copy_index import copies_of
from tests.acceptance.hostile import PAYLOADS, assert_harmless
from tests.acceptance.program import (
    PASSWORD,
    PATIENCE,
    batch_environment,
    command,
    serving,
    write_config,
)
from tests.acceptance.screen import exit_message
from tests.acceptance.spam import mixed
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal

MESSAGES, SPAM = mixed(9)
EVERYTHING = list(range(1, 10))
HAM = [number for number in EVERYTHING if number not in SPAM]


def triage(server: OddServer) -> list[str]:
    target = f"pop://user@127.0.0.1:{server.port}"
    return ["triage", target, "--filter", "is:spam", "--delete"]


@pytest.mark.parametrize(
    ("keys", "code", "remaining"),
    [
        (["y", "enter"], 0, HAM),
        (["n", "enter"], 1, EVERYTHING),
        (["enter"], 1, EVERYTHING),
        (["ctrl+d"], 1, EVERYTHING),
        (["ctrl+c"], 130, EVERYTHING),
    ],
    ids=["yes", "no", "enter", "end of input", "interrupt"],
)
def test_triage_deletes_only_after_a_yes(
    keys: list[str], code: int, remaining: list[int], terminal: StartTerminal
) -> None:
    with serving(OddServer(MESSAGES)) as server:
        screen = terminal(*triage(server), env=PASSWORD)
        screen.wait_for("Delete 3 messages")
        assert b"DELE" not in server.keywords
        screen.press(*keys)
        assert screen.exit_code() == code
        assert [int(uid.rpartition("-")[2]) for uid in server.uids] == remaining


def keep_copies(account: str, *messages: bytes) -> None:
    """Make safety copies in the data folder of the environment."""
    copies = copies_of(account, whole=True, limit=10**9, days=30)
    copies.open()
    drafts = [copies.begin_copy(len(message), lambda octets: None) for message in messages]
    for draft, message in zip(drafts, messages, strict=True):
        draft.write(message)
        draft.finish()
    copies.publish(drafts)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment with a separate data folder, which ``keep_copies`` fills."""
    monkeypatch.setenv("POPTUI_DATA", str(tmp_path / "data"))
    return {"POPTUI_DATA": str(tmp_path / "data")}


@pytest.mark.parametrize(("answer", "left"), [("y", 7), ("n", 9)])
def test_triage_asks_whether_to_delete_only_what_was_copied(
    answer: str, left: int, terminal: StartTerminal, tmp_path: Path, data: dict[str, str]
) -> None:
    env = {**PASSWORD, **data, **write_config(tmp_path, 'safety_copy = "full"\n')}
    with serving(OddServer(MESSAGES, ["retr-refused:3"])) as server:
        screen = terminal(*triage(server), env=env)
        screen.wait_for("[y/N]")
        screen.write("y\r")
        screen.wait_for("Only 2 of 3")
        screen.write(f"{answer}\r")
        assert screen.exit_code() == 1
        assert len(server.messages) == left
    assert len(list(Path(data["POPTUI_DATA"]).glob("rescue/*/cur/*"))) == 9 - left


def test_hostile_copies_are_listed_harmlessly(
    terminal: StartTerminal, data: dict[str, str]
) -> None:
    messages = [f"Subject: hostile {payload}\r\n\r\n".encode() for payload in PAYLOADS.values()]
    keep_copies("me@mail.example.com:995", *messages)
    screen = terminal("rescue", "list", env=data)
    assert screen.exit_code() == 0
    assert b"hostile" in screen.raw
    assert_harmless(screen.raw)


def test_rescue_show_ends_quietly_if_its_reader_goes_away(
    tmp_path: Path, data: dict[str, str]
) -> None:
    keep_copies("me@mail.example.com:995", b"Subject: long\r\n\r\n" + b"line\r\n" * 100_000)
    env = batch_environment(tmp_path, data)
    listed = subprocess.run(
        command("rescue", "list"), env=env, capture_output=True, timeout=PATIENCE, check=True
    )
    identity = listed.stdout.decode().split()[0]
    program = subprocess.Popen(
        command("rescue", "show", identity),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert program.stdout is not None
    program.stdout.readline()
    program.stdout.close()
    _, err = program.communicate(timeout=PATIENCE)
    assert (program.returncode, err) == (0, b"")


@pytest.mark.parametrize(
    "arguments",
    [["imap://user@host"], ["--no-such-option"], ["pop://user@127.0.0.1", "--delete-everything"]],
    ids=" ".join,
)
def test_a_bad_command_line_leaves_the_terminal_alone(
    arguments: list[str], terminal: StartTerminal
) -> None:
    screen = terminal(*arguments, columns=500)
    assert screen.exit_code() == 2
    assert exit_message(screen)
    assert b"\x1b" not in screen.raw
