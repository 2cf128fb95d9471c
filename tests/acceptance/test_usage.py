"""A command line or a configuration that is not understood: one sentence, exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from poptui.cli.arguments import COMMANDS
from tests.acceptance.conftest import RunBatch
from tests.acceptance.program import write_config
from tests.acceptance.screen import farewell
from tests.kit.terminal import StartTerminal

TARGETS = {
    "imap://user@host": "imap",
    "pops://": "no host",
    "pops://user@": "no host",
    "pops://user@host:99999": "99999",
    "pops://user@host:port": "port",
    "pops://user:secret@host": "A password does not belong in a TARGET",
    "pops://user@ho st": "ho st",
    "pops://user@::1": "brackets",
    "pops://user@host;auth=": ";auth=+APOP",
    "pops://us%zzer@host": "%25",
    "pops://us\x1b]0;PWNED\x07er@host": "control characters",
    "user@host": "pops://user@host",
    "nowhere": "nowhere",
}
"""What is no TARGET, and what the sentence names."""
OPTIONS = [
    ["--no-such-option"],
    ["pop://user@127.0.0.1", "--delete-everything"],
    ["pop://user@127.0.0.1", "and", "more"],
    ["pops://user@127.0.0.1", "--starttls"],
    ["pops://user@127.0.0.1", "--pin", "abc"],
    ["pops://user@127.0.0.1", "--ca-file", "/no/such/file"],
    ["pops://user@127.0.0.1", "--ca-file", "/dev/null"],
    ["pops://user@127.0.0.1", "--debug", "/no/such/folder/file"],
    ["pop://user@127.0.0.1", "--limit", "0"],
    ["pop://user@127.0.0.1", "--sort", "colour"],
    ["pop://user@127.0.0.1", "--json", "--jsonl"],
]


@pytest.mark.parametrize("target", TARGETS)
def test_a_malformed_target(target: str, batch: RunBatch) -> None:
    result = batch("list", target)
    assert result.code == 2
    assert TARGETS[target] in result.sentence
    assert "secret" not in result.sentence


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_bad_options(options: list[str], batch: RunBatch) -> None:
    result = batch("list", *options)
    assert result.code == 2
    assert result.sentence


@pytest.mark.parametrize("arguments", [["imap://user@host"], OPTIONS[0], OPTIONS[1]])
def test_a_bad_command_line_on_a_terminal(arguments: list[str], terminal: StartTerminal) -> None:
    screen = terminal(*arguments, columns=500)
    assert screen.exit_code() == 2
    assert farewell(screen)
    assert b"\x1b" not in screen.raw


def test_no_such_account(batch: RunBatch, tmp_path: Path) -> None:
    file = write_config(tmp_path, '[accounts.work]\nurl = "pops://me@mail.example.org"\n')
    result = batch("list", "wrok", env=file)
    assert result.code == 2
    assert "work" in result.sentence
    assert file["POPTUI_CONFIG"] in result.sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("timeout = 'soon'\n", "timeout"),
        ("timeouts = 1\n", "timeout"),
        ("[accounts.work]\nurl = 'imap://x@y'\n", "accounts.work.url"),
        ("[accounts.work]\n", "accounts.work"),
        ("[accounts\n", "line 1"),
        ("theme = 1\n", "theme"),
    ],
)
def test_a_bad_configuration(text: str, said: str, batch: RunBatch, tmp_path: Path) -> None:
    file = write_config(tmp_path, text)
    result = batch("list", "work", env=file)
    assert result.code == 2
    assert file["POPTUI_CONFIG"] in result.sentence
    assert said in result.sentence


def test_a_configuration_that_is_not_text(batch: RunBatch, tmp_path: Path) -> None:
    file = tmp_path / "binary.toml"
    file.write_bytes(b"\xff\xfe\x00")
    result = batch("list", "work", env={"POPTUI_CONFIG": str(file)})
    assert result.code == 2
    assert str(file) in result.sentence


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_tells_its_options(command: str, batch: RunBatch) -> None:
    result = batch(*command.split(), "--help")
    assert (result.code, result.err) == (0, "")
    assert result.text.startswith(f"usage: poptui {command}".rstrip())
    assert max(map(len, result.text.splitlines())) <= 90


@pytest.mark.parametrize(("word", "meant"), [("lsit", "list"), ("triag", "triage")])
def test_a_misspelt_command_is_met_with_the_right_one(
    word: str, meant: str, batch: RunBatch
) -> None:
    result = batch(word)
    assert result.code == 2
    assert result.sentence == (
        f"poptui: There is no command or account “{word}”; perhaps “{meant}” is meant."
    )


def test_every_fault_of_a_configuration_has_a_line_of_its_own(
    batch: RunBatch, tmp_path: Path
) -> None:
    text = 'timeout = 0\n[[rules]]\nmatch = "size:>x"\naction = "mark"\n[accounts.work]\nurl = 3\n'
    file = write_config(tmp_path, text)
    result = batch("list", "work", env=file)
    assert (result.code, result.out) == (2, b"")
    places = [line.split(" ")[1] for line in result.err.splitlines()]
    assert places == [f"{file['POPTUI_CONFIG']}:{line}:" for line in (1, 3, 6)]
