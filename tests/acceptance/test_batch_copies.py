"""``poptui triage`` where what it deletes is copied first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.conftest import RunBatch
from tests.acceptance.program import PASSWORD, Result, serving, write_config
from tests.acceptance.spam import mixed
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal

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


def test_what_is_deleted_is_kept_here(batch: RunBatch, home: Path) -> None:
    with serving(OddServer(MESSAGES)) as server:
        gone = [one.data for number, one in enumerate(server.messages, 1) if number in SPAM]
        result = triage(batch, server, home, 'safety_copy = "full"\n')
        assert len(server.messages) == 6
    assert result.code == 0
    assert result.err.endswith("deleted. Copies are kept: poptui rescue list.\n")
    assert copies(home) == sorted(data.replace(b"\r\n", b"\n") for data in gone)


@pytest.mark.parametrize(
    ("limit", "oddities", "why"),
    [
        ("1 kB", [], "safety copies may take 0.001 MB and do"),
        ("1 GB", ["retr-refused:3"], "the server does not give it"),
    ],
)
def test_what_cannot_be_copied_keeps_all_where_it_is(
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


@pytest.mark.parametrize(("answer", "left"), [("y", 7), ("n", 9)])
def test_at_a_terminal_what_was_copied_can_go(
    terminal: StartTerminal, home: Path, answer: str, left: int
) -> None:
    with serving(OddServer(MESSAGES, ["retr-refused:3"])) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        env = {**PASSWORD, **settings(home, 'safety_copy = "full"\n')}
        screen = terminal("triage", url, "--filter", "is:spam", "--delete", env=env)
        screen.wait_for("[y/N]")
        screen.write("y\r")
        screen.wait_for("Only 2 of 3")
        screen.write(f"{answer}\r")
        assert screen.exit_code() == 1
        assert len(server.messages) == left
    assert len(copies(home)) == 9 - left
