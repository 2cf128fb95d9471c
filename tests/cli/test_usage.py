"""Invalid command lines and configurations: one sentence, exit code 2; and the help texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from poptui.cli.arguments import COMMANDS
from tests.acceptance.program import RunBatch, write_config

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
"""Invalid TARGETs, and what the sentence mentions."""
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


def test_no_such_account(batch: RunBatch, tmp_path: Path) -> None:
    file = write_config(tmp_path, '[accounts.work]\nurl = "pops://me@mail.example.org"\n')
    result = batch("list", "wrok", env=file)
    assert result.code == 2
    assert "work" in result.sentence
    assert file["POPTUI_CONFIG"] in result.sentence


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("timeout = 'soon'\n", "timeout"),
        ("timeouts = 1\n", "timeout"),
        ("[accounts.work]\nurl = 'imap://x@y'\n", "accounts.work.url"),
        ("[accounts.work]\n", "accounts.work"),
        ("[accounts\n", ":1: this is not TOML"),
        ("theme = 1\n", "theme"),
    ],
)
def test_a_bad_configuration(text: str, problem: str, batch: RunBatch, tmp_path: Path) -> None:
    file = write_config(tmp_path, text)
    result = batch("list", "work", env=file)
    assert result.code == 2
    assert file["POPTUI_CONFIG"] in result.sentence
    assert problem in result.sentence


def test_a_configuration_file_that_is_not_text(batch: RunBatch, tmp_path: Path) -> None:
    file = tmp_path / "binary.toml"
    file.write_bytes(b"\xff\xfe\x00")
    result = batch("list", "work", env={"POPTUI_CONFIG": str(file)})
    assert result.code == 2
    assert str(file) in result.sentence


ACTIONS = ["rescue list", "rescue show", "rescue export", "friends add", "blocklist import",
           "account add", "account edit", "account remove", "config check"]  # fmt: skip


@pytest.mark.parametrize("columns", ["80", "200"])
@pytest.mark.parametrize("command", [*COMMANDS, *ACTIONS])
def test_every_help_text_fits_80_columns(command: str, columns: str, batch: RunBatch) -> None:
    result = batch(*command.split(), "--help", env={"COLUMNS": columns})
    assert (result.code, result.err) == (0, "")
    assert result.text.startswith(f"usage: poptui {command}".rstrip())
    assert [line for line in result.text.splitlines() if len(line) > 80] == []


def test_the_overview_has_every_command_and_the_options_for_opening_a_mailbox(
    batch: RunBatch,
) -> None:
    overview = batch("--help").text
    for command in filter(None, COMMANDS):
        assert re.search(rf"^  poptui (.* \| )?{command}\b", overview, re.MULTILINE), command
    for option in ("--password-stdin", "--ca-file", "--pin", "--read-only", "--debug"):
        assert f"  {option} " in overview


@pytest.mark.parametrize("command", ["list", "triage", "demo"])
def test_help_with_a_command_is_the_help_of_that_command(command: str, batch: RunBatch) -> None:
    assert batch("help", command) == batch(command, "--help")


def test_help_alone_is_the_overview(batch: RunBatch) -> None:
    assert batch("help") == batch("--help")


@pytest.mark.parametrize(
    ("words", "meant"),
    [("lsit", "list"), ("triag", "triage"), ("lsit work --limit 5", "list"), ("shwo a 3", "show")],
)
def test_a_misspelt_command_gets_a_suggestion(words: str, meant: str, batch: RunBatch) -> None:
    result = batch(*words.split())
    assert result.code == 2
    word = words.split()[0]
    assert result.sentence == (
        f"poptui: Unknown command or account “{word}”. Did you mean “{meant}”?"
    )


@pytest.mark.parametrize("words", ["--readonly", "demo --readonly", "work --readonly"])
def test_a_misspelt_option_gets_a_suggestion(words: str, batch: RunBatch) -> None:
    result = batch(*words.split())
    assert result.code == 2
    command = "poptui demo" if words.startswith("demo") else "poptui"
    assert result.sentence == (
        f"poptui: Unknown option “--readonly”. Did you mean “--read-only”? See: {command} --help"
    )


@pytest.mark.parametrize("words", ["--config poptui.toml list work", "--quiet list work --limit 5"])
def test_an_option_before_the_command_is_an_error_that_says_where_it_goes(
    words: str, batch: RunBatch
) -> None:
    option = words.split()[0]
    result = batch(*words.split())
    assert result.code == 2
    assert result.sentence == (
        f"poptui: Options come after the command: poptui list ... {option}. See: poptui list --help"
    )


def test_help_for_a_misspelt_command_gets_a_suggestion(batch: RunBatch) -> None:
    result = batch("help", "shwo")
    assert result.code == 2
    assert result.sentence == "poptui: There is no help on “shwo”. Did you mean “show”?"


@pytest.mark.parametrize(("topic", "text"), [("filters", "is:spam"), ("targets", "pops://")])
def test_help_on_a_topic(topic: str, text: str, batch: RunBatch) -> None:
    result = batch("help", topic)
    assert (result.code, result.err) == (0, "")
    assert text in result.text
    assert max(map(len, result.text.splitlines())) <= 80
    assert f"Did you mean “{topic}”?" in batch("help", topic[:-1]).sentence


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--limit -1", "--limit must be a positive number, not '-1'."),
        ("--readonly", "Unknown option “--readonly”. Did you mean “--read-only”?"),
        ("--limt=3", "Unknown option “--limt”. Did you mean “--limit”?"),
        ("--wibble 3", "Unknown option “--wibble”."),
        ("more", "Unrecognized arguments: more."),
        ("--sort", "--sort: expected one argument."),
        ("--json --jsonl", "--jsonl: not allowed with argument --json."),
    ],
)
def test_a_bad_option_is_named(options: str, sentence: str, batch: RunBatch) -> None:
    result = batch("list", "pop://user@127.0.0.1", *options.split())
    assert result.sentence == f"poptui: {sentence} See: poptui list --help"


def test_config_names_the_configuration_file(batch: RunBatch, tmp_path: Path) -> None:
    env = write_config(tmp_path, 'friends = ["ann@a.example"]\n')
    other = tmp_path / "other.toml"
    other.write_text('friends = ["bob@b.example"]\n', "utf-8")
    assert batch("friends", "list", env=env).text == "ann@a.example\n"
    assert batch("friends", "list", "--config", str(other), env=env).text == "bob@b.example\n"
    missing = batch("friends", "list", "--config", str(tmp_path / "none.toml"), env=env)
    assert missing.code == 2
    assert "none.toml" in missing.sentence
    other.write_text("timeout = 0\n", "utf-8")
    wrong = batch("friends", "list", "--config", str(other), env=env)
    assert wrong.code == 2
    assert f"{other}:1" in wrong.sentence


def test_every_error_of_a_configuration_has_its_own_line(batch: RunBatch, tmp_path: Path) -> None:
    text = 'timeout = 0\n[[rules]]\nmatch = "size:>x"\naction = "mark"\n[accounts.work]\nurl = 3\n'
    file = write_config(tmp_path, text)
    result = batch("list", "work", env=file)
    assert (result.code, result.out) == (2, b"")
    locations = [line.split(" ")[1] for line in result.err.splitlines()]
    assert locations == [f"{file['POPTUI_CONFIG']}:{line}:" for line in (1, 3, 6)]
