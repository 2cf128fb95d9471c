"""Server profiles: limited, recent, and harmless to lose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poptui.net.server_profile import ServerFact, ServerNumber
from poptui.storage import server_profiles as servers
from poptui.storage.server_profiles import (
    MAX_AGE_DAYS,
    MAX_SUBJECTS,
    StoredServerProfile,
    open_server_profile,
)

HERE = "mail.example.com:995"


def test_facts_are_kept_between_starts(tmp_path: Path) -> None:
    file = tmp_path / "not" / "yet" / "servers.json"
    assert StoredServerProfile(file).known(ServerFact.PIPELINING, HERE) is None
    StoredServerProfile(file).learn(ServerFact.PIPELINING, HERE, True)
    StoredServerProfile(file).learn(ServerFact.PIPELINING, "other:110", False)
    again = StoredServerProfile(file)
    assert (
        again.known(ServerFact.PIPELINING, HERE),
        again.known(ServerFact.PIPELINING, "other:110"),
    ) == (True, False)
    again.learn(ServerFact.PIPELINING, HERE, False)
    assert again.known(ServerFact.PIPELINING, HERE) is False
    assert StoredServerProfile(file).known(ServerFact.PIPELINING, HERE) is False
    assert [path.name for path in file.parent.iterdir()] == ["servers.json"]
    assert file.stat().st_mode & 0o077 == 0


def test_limits_are_kept_between_starts(tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    StoredServerProfile(file).learn(ServerFact.PIPELINING, HERE, True)
    StoredServerProfile(file).learn_number(ServerNumber.MOST_IN_FLIGHT, HERE, 12)
    again = StoredServerProfile(file)
    assert again.number(ServerNumber.MOST_IN_FLIGHT, HERE) == 12
    assert again.number(ServerNumber.KEEPALIVE_S, HERE) is None
    assert again.known(ServerFact.PIPELINING, HERE) is True


@pytest.mark.parametrize("value", [True, -1, 1.5, "12", None, [12]])
def test_an_invalid_limit_is_none(value: object, tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    file.write_text(json.dumps({"most_in_flight": {HERE: [value, servers._today()]}}))
    assert StoredServerProfile(file).number(ServerNumber.MOST_IN_FLIGHT, HERE) is None


def test_two_poptui_at_once_lose_nothing(tmp_path: Path) -> None:
    one, other = (StoredServerProfile(tmp_path / "servers.json") for _ in range(2))
    assert (
        one.known(ServerFact.PIPELINING, HERE) is other.known(ServerFact.PIPELINING, HERE) is None
    )
    one.learn(ServerFact.PIPELINING, "a:1", True)
    other.learn(ServerFact.PIPELINING, "b:1", True)
    again = StoredServerProfile(tmp_path / "servers.json")
    assert (
        again.known(ServerFact.PIPELINING, "a:1")
        is again.known(ServerFact.PIPELINING, "b:1")
        is True
    )


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 30_000,
        b'{"pipelining": 3}',
        b'{"pipelining": {"mail.example.com:995": true}}',
        b'{"pipelining": {"mail.example.com:995": ["yes", 1]}}',
        b'{"pipelining": {"mail.example.com:995": [true, 1e400]}}',
        b'{"pipelining": {"mail.example.com:995": [true, 99999999]}}',
        b'{"pipelining": {"mail.example.com:995": [true, 1]}}',
    ],
)
def test_damaged_facts_are_unknown(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "servers.json"
    file.write_bytes(damage)
    profile = StoredServerProfile(file)
    assert profile.known(ServerFact.PIPELINING, HERE) is None
    profile.learn(ServerFact.PIPELINING, HERE, True)
    assert StoredServerProfile(file).known(ServerFact.PIPELINING, HERE) is True


def test_facts_that_cannot_be_written_are_known_for_this_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    profile = StoredServerProfile(tmp_path / "file" / "servers.json")
    profile.learn(ServerFact.PIPELINING, HERE, False)
    assert profile.known(ServerFact.PIPELINING, HERE) is False
    folder = tmp_path / "servers.json"
    folder.mkdir()
    StoredServerProfile(folder).learn(ServerFact.PIPELINING, HERE, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "servers.json"]


def test_old_facts_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "servers.json"
    StoredServerProfile(file).learn(ServerFact.PIPELINING, HERE, False)
    today = servers._today()
    monkeypatch.setattr(servers, "_today", lambda: today + MAX_AGE_DAYS)
    assert StoredServerProfile(file).known(ServerFact.PIPELINING, HERE) is False
    monkeypatch.setattr(servers, "_today", lambda: today + MAX_AGE_DAYS + 1)
    assert StoredServerProfile(file).known(ServerFact.PIPELINING, HERE) is None
    monkeypatch.setattr(servers, "_today", lambda: today - 1)
    assert StoredServerProfile(file).known(ServerFact.PIPELINING, HERE) is None


def test_the_most_recent_facts_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    today = servers._today()
    many = {f"{'h' * 200}{n}:995": [True, today] for n in range(MAX_SUBJECTS)}
    file.write_text(json.dumps({"pipelining": many}))
    profile = StoredServerProfile(file)
    profile.learn(ServerFact.PIPELINING, HERE, True)
    kept = json.loads(file.read_text())["pipelining"]
    assert len(kept) == MAX_SUBJECTS
    assert list(kept)[-1] == HERE
    assert StoredServerProfile(file).known(ServerFact.PIPELINING, HERE) is True


def test_it_is_beside_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POPTUI_CACHE", str(tmp_path / "headers.sqlite3"))
    open_server_profile().learn(ServerFact.PIPELINING, HERE, True)
    assert StoredServerProfile(tmp_path / "servers.json").known(ServerFact.PIPELINING, HERE) is True
