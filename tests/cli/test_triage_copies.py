"""``poptui triage`` with safety copies: each message is copied before it is deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.program import Result, RunBatch, serving, write_config
from tests.acceptance.spam import mixed
from tests.kit.odd import OddServer

MESSAGES, SPAM = mixed(9)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def settings(home: Path, config: str) -> dict[str, str]:
    return {**write_config(home, config), "POPTUI_DATA": str(home / "data")}


def triage(batch: RunBatch, server: OddServer, home: Path, config: str) -> Result:
    options = ("--filter", "is:spam", "--delete", "--yes")
    url = f"pop://user@127.0.0.1:{server.port}"
    return batch("triage", url, *options, env=settings(home, config))


def copies(home: Path) -> list[bytes]:
    return sorted(file.read_bytes() for file in (home / "data").glob("rescue/*/cur/*"))


def test_deleted_messages_are_kept_as_copies(batch: RunBatch, home: Path) -> None:
    with serving(OddServer(MESSAGES)) as server:
        gone = [message.data for number, message in enumerate(server.messages, 1) if number in SPAM]
        result = triage(batch, server, home, 'safety_copy = "full"\n')
        assert len(server.messages) == 6
    assert result.code == 0
    assert result.err.endswith("deleted. Copies are kept: poptui rescue list.\n")
    assert copies(home) == sorted(data.replace(b"\r\n", b"\n") for data in gone)


@pytest.mark.parametrize(
    ("limit", "oddities", "why"),
    [
        ("1 kB", [], "safety copies have reached their limit of 0.001 MB"),
        ("1 GB", ["retr-refused:3"], "the server refuses to send it"),
    ],
)
def test_nothing_is_deleted_if_a_copy_fails(
    batch: RunBatch, home: Path, limit: str, oddities: list[str], why: str
) -> None:
    config = f'safety_copy = "full"\nsafety_copy_limit = "{limit}"\n'
    with serving(OddServer(mixed(30)[0], oddities)) as server:
        result = triage(batch, server, home, config)
        assert len(server.messages) == 30
    assert result.code == 1
    last = result.err.splitlines()[-1]
    assert last.startswith("poptui: Nothing was deleted: ")
    assert why in last
    assert copies(home) == []
