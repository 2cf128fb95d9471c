"""The header cache returns what was stored, for the right message, within its limits."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from poptui.environment import cache_path
from poptui.storage.cache import (
    BATCH_ROWS,
    MAX_PAYLOAD_BYTES,
    MIN_LIMIT_BYTES,
    HeaderCache,
    open_cache,
)
from tests.storage.cache_kit import Open, payloads, rows, sizes

ROOT = Path(__file__).parents[2]


def bytes_on_disk(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.iterdir())


def test_stored_headers_are_there_at_the_next_start(opened: Open) -> None:
    stored = rows(1, 3 * BATCH_ROWS + 1)
    first = opened()
    first.store(iter(stored))
    first.close()
    again = opened()
    assert again.load(sizes(stored)) == payloads(stored)
    assert again.problem == ""


@pytest.mark.parametrize("uid", ["", "\0", "a\0b", "\x7f\xff", "' OR 1", "é" * 70, "x" * 5000])
def test_any_uid_and_any_bytes(opened: Open, uid: str) -> None:
    payload = bytes(range(256))
    cache = opened()
    cache.store([(uid, 7, payload), (uid + "!", 7, b"")])
    assert cache.load({uid: 7, uid + "!": 7}) == {uid: payload, uid + "!": b""}
    cache.prune([uid + "!"])
    assert cache.load({uid: 7, uid + "!": 7}) == {uid + "!": b""}


def test_a_uid_with_a_changed_size_is_unknown(opened: Open) -> None:
    cache = opened()
    cache.store([("a", 100, b"old"), ("b", 100, b"kept")])
    assert cache.load({"a": 101, "b": 100, "c": 1}) == {"b": b"kept"}
    cache.store([("a", 101, b"new")])
    assert cache.load({"a": 101}) == {"a": b"new"}
    assert cache.load({"a": 100}) == {}


def test_an_account_sees_only_its_own_headers(opened: Open) -> None:
    mine, other = opened("me@host"), opened("you@host")
    mine.store([("a", 1, b"mine")])
    other.store([("a", 1, b"other")])
    mine.prune([])
    assert mine.load({"a": 1}) == {}
    assert other.load({"a": 1}) == {"a": b"other"}


@pytest.mark.parametrize("account", ["", "\udcff@host", "\ud800", "a\0b", "x" * 10_000])
def test_any_account(opened: Open, account: str) -> None:
    opened(account).store([("a", 1, b"x")])
    assert opened(account).load({"a": 1}) == {"a": b"x"}
    assert opened(account + "?").load({"a": 1}) == {}


def test_prune_drops_headers_the_server_no_longer_has(opened: Open) -> None:
    stored = rows(1, 2 * BATCH_ROWS + 5)
    cache = opened()
    cache.store(stored)
    cache.prune([uid for uid, _, _ in stored[:3]])
    assert cache.load(sizes(stored)) == payloads(stored[:3])


def test_clear_removes_all_accounts_from_the_disk(opened: Open, path: Path) -> None:
    mine, other = opened("me@host"), opened("you@host")
    mine.store([("a", 1, b"a secret plan" + bytes(10_000)), *rows(1, 5000)])
    other.store([("a", 1, b"another")])
    mine.clear()
    assert (mine.load({"a": 1}), other.load({"a": 1})) == ({}, {})
    assert not any(b"a secret plan" in file.read_bytes() for file in path.parent.iterdir())
    other.store([("b", 2, b"again")])
    assert other.load({"b": 2}) == {"b": b"again"}
    assert (mine.problem, other.problem) == ("", "")


def test_rows_that_cannot_be_stored_are_skipped(opened: Open) -> None:
    cache = opened()
    largest = bytes(MAX_PAYLOAD_BYTES - len("largest"))
    cache.store(
        [
            ("largest!", 1, largest),
            ("x" * 2_000_000, 1, b"x"),
            ("negative", -1, b"x"),
            ("huge", 1 << 63, b"x"),
            ("largest", (1 << 63) - 1, largest),
        ]
    )
    wanted = {
        "largest!": 1,
        "x" * 2_000_000: 1,
        "negative": -1,
        "huge": 1 << 63,
        "largest": (1 << 63) - 1,
    }
    assert cache.load(wanted) == {"largest": largest}
    assert cache.problem == ""


def test_another_packing_version_replaces_the_file_silently(opened: Open) -> None:
    old = opened(packing=1)
    old.store([("a", 1, b"old")])
    old.close()
    new = opened(packing=2)
    assert new.load({"a": 1}) == {}
    new.store([("a", 1, b"new")])
    assert new.load({"a": 1}) == {"a": b"new"}
    assert new.problem == ""


def test_a_file_of_another_version_that_is_in_use_is_unchanged(opened: Open) -> None:
    old = opened(packing=1)
    new = opened(packing=2)
    new.store([("a", 1, b"new")])
    assert not new.on
    assert "another poptui uses it" in new.problem
    old.store([("a", 1, b"old")])
    assert old.load({"a": 1}) == {"a": b"old"}


def test_a_closed_cache_is_off(opened: Open) -> None:
    cache = opened()
    cache.store([("a", 1, b"x")])
    cache.close()
    cache.close()
    cache.store([("b", 1, b"x")])
    cache.prune([])
    cache.clear()
    assert not cache.on
    assert cache.load({"a": 1}) == {}
    assert cache.problem == ""
    assert opened().load({"a": 1, "b": 1}) == {"a": b"x"}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_all_files_are_private(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        cache = HeaderCache(path, "me@host")
        cache.store(rows(1, 10))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        cache.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert modes.keys() >= {path.name, path.name + "-wal", path.name + "-shm"}


def test_a_readable_file_is_made_private(opened: Open, path: Path) -> None:
    opened().close()
    path.chmod(0o666)
    opened()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_least_recently_used_account_is_dropped_first(opened: Open) -> None:
    old, used, mine = (opened(name, limit=MIN_LIMIT_BYTES) for name in ("old", "used", "mine"))
    stored = rows(1, 2000, 1000)
    used.store(stored)
    old.store(stored)
    for number in range(1, 4501, 500):
        mine.store(rows(number, 500, 1000))
        used.load({})
    assert len(used.load(sizes(stored))) == 2000
    assert len(mine.load(sizes(rows(1, 4500)))) == 4500
    assert 0 < len(old.load(sizes(stored))) < 2000


def test_the_files_stay_within_the_limit(opened: Open, path: Path) -> None:
    cache = opened(limit=MIN_LIMIT_BYTES)
    for number in range(1, 30_000, 1000):
        cache.store(rows(number, 1000, 1000))
        assert bytes_on_disk(path) <= MIN_LIMIT_BYTES
    newest = rows(29_001, 1000, 1000)
    assert cache.load(sizes(newest)) == payloads(newest)
    large = [(f"large{number}", 1, bytes(MAX_PAYLOAD_BYTES - 9)) for number in range(500)]
    cache.store(large)
    assert bytes_on_disk(path) <= MIN_LIMIT_BYTES
    assert cache.load({large[-1][0]: 1})
    assert cache.problem == ""


def test_a_file_above_a_lowered_limit_is_replaced(opened: Open, path: Path) -> None:
    cache = opened()
    cache.store(rows(1, 20_000, 1000))
    cache.close()
    assert bytes_on_disk(path) > MIN_LIMIT_BYTES
    cache = opened(limit=MIN_LIMIT_BYTES)
    cache.store(rows(1, 10))
    assert len(cache.load(sizes(rows(1, 20_000)))) == 10
    assert bytes_on_disk(path) < MIN_LIMIT_BYTES
    assert cache.problem == ""


def test_importing_the_cache_does_not_import_sqlite() -> None:
    ask = "import sys, poptui.storage.cache; print('sqlite3' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", ask], capture_output=True, cwd=ROOT, check=True)
    assert found.stdout == b"False\n"


def test_the_cache_is_in_the_users_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_path() == tmp_path / "poptui" / "headers.sqlite3"
    monkeypatch.setenv("POPTUI_CACHE", str(tmp_path / "other"))
    cache = open_cache("me@host")
    cache.close()
    assert (tmp_path / "other").is_file()
