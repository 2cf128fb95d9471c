"""The header cache with impossible paths, full disks and locks: off, with the reason."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from poptui.storage import cache as cache_module
from poptui.storage import locks
from poptui.storage.cache import HeaderCache
from tests.storage.cache_kit import (
    STORED,
    Open,
    fill,
    is_usable,
    payloads,
    problem_of,
    rows,
    sizes,
    write_file,
)

ROOT = Path(__file__).parents[2]
TRY = """
import os, resource, sqlite3, sys, urllib.parse
from pathlib import Path
from poptui.storage.cache import HeaderCache
limit, user = map(int, sys.argv[2:])
if user >= 0:
    os.setuid(user)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
cache = HeaderCache(Path(sys.argv[1]), "me@host")
cache.store((f"uid{number}", number, bytes(1000)) for number in range(3000))
print(cache.problem)
cache.prune([])
cache.clear()
print(cache.load({"uid1": 1}))
cache.close()
"""


def test_files_removed_while_in_use(opened: Open, path: Path) -> None:
    cache = opened()
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()
    cache.store(STORED)
    assert "No such file" in problem_of(cache)


@pytest.mark.parametrize("suffix", ["", "-lock", "-wal", "-shm"])
def test_a_folder_instead_of_a_file(opened: Open, path: Path, suffix: str) -> None:
    path.with_name(path.name + suffix).mkdir(parents=True)
    problem_of(opened())


@pytest.mark.parametrize("suffix", ["", "-lock"])
@pytest.mark.parametrize("target", ["nowhere", "theirs", "headers.sqlite3", "."])
def test_a_link_instead_of_a_file(opened: Open, path: Path, suffix: str, target: str) -> None:
    theirs = path.with_name("theirs")
    write_file(theirs, b"theirs")
    theirs.chmod(0o644)
    path.with_name(path.name + suffix).symlink_to(target)
    problem_of(opened())
    assert theirs.read_bytes() == b"theirs"
    assert theirs.stat().st_mode & 0o777 == 0o644
    assert not path.with_name("nowhere").exists()


def test_a_pipe_instead_of_the_file(opened: Open, path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    assert "not an ordinary file" in problem_of(opened())


def test_a_linked_folder_is_followed(opened: Open, path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    path.parent.symlink_to("elsewhere")
    assert is_usable(opened())


@pytest.mark.parametrize(
    "path", ["/dev/null/x/headers", "/proc/x/headers", "a\0b/headers", "x" * 300, "/" + "y/" * 3000]
)
def test_an_impossible_path(path: str) -> None:
    problem_of(HeaderCache(Path(path), "me@host"))


def test_a_path_with_escape_sequences(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[31m?#%41 \udcff"
    path.mkdir()
    assert "\x1b" not in problem_of(HeaderCache(path, "me@host"))
    cache = HeaderCache(path / "\x1b[31m?#%41 \udcff", "me@host")
    assert is_usable(cache)
    cache.close()
    assert len(list(path.iterdir())) == 2


def test_a_relative_path_survives_a_change_of_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cache = HeaderCache(Path("headers"), "me@host")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir("other")
    cache.store(STORED)
    assert is_usable(cache)
    cache.close()


def test_a_working_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    problem_of(HeaderCache(Path("headers"), "me@host"))


def test_a_lock_that_is_not_released(
    opened: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(opened)
    monkeypatch.setattr(locks, "MAX_WAIT_S", 0.05)
    cache = opened()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert cache.load(sizes(STORED)) == payloads(STORED)
    assert problem_of(cache).endswith("another program keeps it locked.")
    other.close()
    assert is_usable(opened())


def test_a_cache_that_another_process_is_creating(
    opened: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened().close()
    monkeypatch.setattr(locks, "MAX_WAIT_S", 0.05)
    with path.with_name(path.name + "-lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another poptui keeps it locked" in problem_of(opened())
    assert is_usable(opened())


def test_no_room_in_the_database(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = opened(limit=cache_module.MIN_LIMIT_BYTES)
    monkeypatch.setattr(cache_module, "MIN_FREE_PAGES", -1_000_000)
    cache.store(rows(1, 20_000, 1000))
    assert problem_of(cache).endswith("there is no room left on the disk.")
    monkeypatch.undo()
    again = opened(limit=cache_module.MIN_LIMIT_BYTES)
    again.store(STORED)
    assert is_usable(again)


def attempt(path: Path, *, limit: int = 0, user: int = -1) -> list[str]:
    """Let another process fill a cache; return what it prints."""
    found = subprocess.run(
        [sys.executable, "-c", TRY, path, str(limit), str(user)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert found.stderr == ""
    return found.stdout.splitlines()


@pytest.mark.parametrize("limit", [1, 4096, 20_000, 100_000, 1_000_000])
def test_a_full_disk(opened: Open, path: Path, limit: int) -> None:
    problem, loaded = attempt(path, limit=limit)
    assert " is off: " in problem
    assert loaded == "{}"
    assert is_usable(opened())


@pytest.fixture
def common_folder() -> Iterator[tuple[Path, int]]:
    """Return a folder and its owner, who isn't root: root may write everywhere."""
    owner = 65534 if os.getuid() == 0 else os.getuid()
    with tempfile.TemporaryDirectory(prefix="poptui-cache-") as folder:
        os.chown(folder, owner, -1)
        yield Path(folder), owner


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_read_only_home(common_folder: tuple[Path, int], mode: int) -> None:
    folder, owner = common_folder
    assert attempt(folder / "headers", user=owner)[0] == ""
    for file in folder.iterdir():
        file.chmod(mode)
    folder.chmod(0o500)
    for path in (folder / "headers", folder / "new", folder / "new" / "headers"):
        problem, loaded = attempt(path, user=owner)
        assert " is off: " in problem
        assert loaded == "{}"
    folder.chmod(0o700)


def test_a_python_without_sqlite(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    assert "without SQLite" in problem_of(opened())
