"""What is remembered of servers: whole, bounded, young, and lost without harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poptui.storage import server_profiles as servers
from poptui.storage.server_profiles import DAYS, MOST, StoredServerProfile, kept_habits

HERE = "mail.example.com:995"


def test_from_one_start_to_the_next(tmp_path: Path) -> None:
    file = tmp_path / "not" / "yet" / "servers.json"
    assert StoredServerProfile(file).pipelining(HERE) is None
    StoredServerProfile(file).learn_pipelining(HERE, True)
    StoredServerProfile(file).learn_pipelining("other:110", False)
    again = StoredServerProfile(file)
    assert (again.pipelining(HERE), again.pipelining("other:110")) == (True, False)
    again.learn_pipelining(HERE, False)
    assert again.pipelining(HERE) is False
    assert StoredServerProfile(file).pipelining(HERE) is False
    assert [path.name for path in file.parent.iterdir()] == ["servers.json"]
    assert file.stat().st_mode & 0o077 == 0


def test_two_poptui_at_once_lose_nothing(tmp_path: Path) -> None:
    one, other = (StoredServerProfile(tmp_path / "servers.json") for _ in range(2))
    assert one.pipelining(HERE) is other.pipelining(HERE) is None
    one.learn_pipelining("a:1", True)
    other.learn_pipelining("b:1", True)
    again = StoredServerProfile(tmp_path / "servers.json")
    assert again.pipelining("a:1") is again.pipelining("b:1") is True


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
def test_damage_is_not_knowing(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "servers.json"
    file.write_bytes(damage)
    habits = StoredServerProfile(file)
    assert habits.pipelining(HERE) is None
    habits.learn_pipelining(HERE, True)
    assert StoredServerProfile(file).pipelining(HERE) is True


def test_what_cannot_be_written_is_known_for_this_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    habits = StoredServerProfile(tmp_path / "file" / "servers.json")
    habits.learn_pipelining(HERE, False)
    assert habits.pipelining(HERE) is False
    folder = tmp_path / "servers.json"
    folder.mkdir()
    StoredServerProfile(folder).learn_pipelining(HERE, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "servers.json"]


def test_habits_grow_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "servers.json"
    StoredServerProfile(file).learn_pipelining(HERE, False)
    today = servers._today()
    monkeypatch.setattr(servers, "_today", lambda: today + DAYS)
    assert StoredServerProfile(file).pipelining(HERE) is False
    monkeypatch.setattr(servers, "_today", lambda: today + DAYS + 1)
    assert StoredServerProfile(file).pipelining(HERE) is None
    monkeypatch.setattr(servers, "_today", lambda: today - 1)
    assert StoredServerProfile(file).pipelining(HERE) is None


def test_the_latest_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    today = servers._today()
    many = {f"{'h' * 200}{n}:995": [True, today] for n in range(MOST)}
    file.write_text(json.dumps({"pipelining": many}))
    habits = StoredServerProfile(file)
    habits.learn_pipelining(HERE, True)
    kept = json.loads(file.read_text())["pipelining"]
    assert len(kept) == MOST
    assert list(kept)[-1] == HERE
    assert StoredServerProfile(file).pipelining(HERE) is True


def test_it_lies_beside_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POPTUI_CACHE", str(tmp_path / "headers.sqlite3"))
    kept_habits().learn_pipelining(HERE, True)
    assert StoredServerProfile(tmp_path / "servers.json").pipelining(HERE) is True
