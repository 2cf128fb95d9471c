"""``--all-accounts``: every account of the configuration file, each failing on its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.program import RunBatch, serving
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages


@pytest.fixture
def servers() -> Iterator[tuple[OddServer, OddServer]]:
    with serving(OddServer(make_messages(3))) as home, serving(OddServer(make_messages(2))) as work:
        yield home, work


@pytest.fixture
def config(servers: tuple[OddServer, OddServer], tmp_path: Path) -> str:
    home, work = servers
    file = tmp_path / "accounts.toml"
    # Nothing listens on port 1.
    ports = {"home": home.port, "broken": 1, "work": work.port}
    file.write_text(
        "".join(
            f'[accounts.{name}]\nurl = "pop://user@127.0.0.1:{port}"\n'
            'password_command = "echo secret"\n'
            for name, port in ports.items()
        )
    )
    return str(file)


def test_list_prints_every_account_and_what_failed(config: str, batch: RunBatch) -> None:
    result = batch("list", "--all-accounts", "--config", config)
    assert result.code == 3
    lines = result.text.splitlines()
    assert [line for line in lines if line.endswith(":")] == ["home:", "work:"]
    assert len([line for line in lines if "letter" in line]) == 5
    assert result.err.startswith("poptui: broken: ")
    assert "127.0.0.1:1" in result.err


def test_json_rows_name_their_account(config: str, batch: RunBatch) -> None:
    result = batch("list", "--all-accounts", "--config", config, "--json", "--limit", "2")
    rows = json.loads(result.text)
    assert [(row["account"], row["number"]) for row in rows] == [
        ("home", 3),
        ("home", 2),
        ("work", 2),
        ("work", 1),
    ]
    assert list(rows[0])[:2] == ["account", "number"]


def test_triage_goes_through_all_accounts(
    config: str, batch: RunBatch, servers: tuple[OddServer, OddServer]
) -> None:
    words = ["triage", "--all-accounts", "--config", config, "--filter", 'subject:"letter 2"']
    result = batch(*words, "--jsonl")
    assert result.code == 3
    assert [(row["account"], row["action"]) for row in result.rows] == [
        ("home", "delete"),
        ("work", "delete"),
    ]
    assert [len(server.messages) for server in servers] == [3, 2]
    result = batch(*words, "--delete", "--yes")
    assert result.code == 3
    assert [len(server.messages) for server in servers] == [2, 1]
    assert result.err.count("1 message (") >= 2


def test_a_filter_that_matches_nowhere_gives_1(
    config: str, batch: RunBatch, tmp_path: Path
) -> None:
    file = tmp_path / "two.toml"
    text = Path(config).read_text()
    file.write_text(text[: text.index("[accounts.broken]")])
    words = ["list", "--all-accounts", "--config", str(file), "--filter"]
    assert batch(*words, "from:nobody@nowhere.example").code == 1
    assert batch(*words, 'subject:"letter 3"').code == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["list"], "Name a TARGET, or pass --all-accounts"),
        (["list", "home", "--all-accounts"], "either a TARGET or --all-accounts"),
        (["list", "--all-accounts", "--password-stdin"], "--password-stdin is for one mailbox"),
        (["triage", "--all-accounts", "--filter", "is:spam", "--pin", "ab"], "--pin is for one"),
    ],
)
def test_options_that_do_not_fit(
    words: list[str], reason: str, config: str, batch: RunBatch
) -> None:
    result = batch(*words, "--config", config)
    assert result.code == 2
    assert reason in result.err


def test_without_a_terminal_deleting_is_refused_once(config: str, batch: RunBatch) -> None:
    words = ("triage", "--all-accounts", "--filter", "from:a", "--delete", "--config", config)
    result = batch(*words)
    assert (result.code, result.out, result.err.count("without a terminal")) == (2, b"", 1)


def test_without_accounts_it_says_how_to_add_one(batch: RunBatch) -> None:
    result = batch("list", "--all-accounts")
    assert result.code == 2
    assert "poptui account add" in result.err


def test_the_password_of_one_mailbox_goes_to_no_other(
    servers: tuple[OddServer, OddServer], batch: RunBatch, tmp_path: Path
) -> None:
    file = tmp_path / "no-passwords.toml"
    file.write_text(
        "".join(
            f'[accounts.number{number}]\nurl = "pop://user@127.0.0.1:{server.port}"\n'
            for number, server in enumerate(servers)
        )
    )
    env = {
        "POPTUI_PASSWORD": "only-for-one",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    result = batch("list", "--all-accounts", "--config", str(file), env=env)
    assert result.code == 4
    sent = [set(server.keywords) for server in servers]
    assert not [words for words in sent if {b"PASS", b"AUTH", b"APOP"} & words]
