"""One header cache used by several threads and processes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from poptui.storage import locks
from poptui.storage.cache import WAL_BYTES
from tests.storage.cache_kit import Open, rows, sizes

WRITER = Path(__file__).with_name("cache_writer.py")
ROOT = Path(__file__).parents[2]


def test_a_long_reader_does_not_make_the_log_grow(
    opened: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "MAX_WAIT_S", 0.05)
    cache = opened()
    cache.store(rows(1, 10))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM header").fetchone()
    stored = rows(11, 8000, 1000)
    cache.store(stored)
    assert path.with_name(path.name + "-wal").stat().st_size <= WAL_BYTES
    assert cache.problem.endswith("another program keeps it locked.")
    reader.close()
    again = opened()
    again.store(stored)
    assert len(again.load(sizes(stored))) == 8000
    assert again.problem == ""


def test_threads_take_turns(opened: Open) -> None:
    cache = opened()

    def work(first: int) -> None:
        for number in range(first, first + 20):
            cache.store(rows(number * 10, 10))
            cache.load({})

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.problem == ""
    assert len(cache.load(sizes(rows(0, 4000)))) == 4 * 200


@pytest.fixture
def start(path: Path) -> Iterator[Callable[[str, int, int], subprocess.Popen[str]]]:
    """Start writers in separate processes; end those that remain after a failure."""
    writers: list[subprocess.Popen[str]] = []

    def start_one(account: str, first: int, count: int) -> subprocess.Popen[str]:
        writers.append(
            subprocess.Popen(
                [sys.executable, WRITER, path, account, str(first), str(count)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        )
        return writers[-1]

    yield start_one
    for writer in writers:
        writer.kill()
        writer.communicate()


def go(writer: subprocess.Popen[str]) -> None:
    assert writer.stdin is not None
    writer.stdin.write("go\n")
    writer.stdin.flush()


def test_processes_create_and_fill_one_cache_concurrently(
    opened: Open, start: Callable[[str, int, int], subprocess.Popen[str]]
) -> None:
    writers = [start("me@host", 0, 300), start("me@host", 200, 300), start("you@host", 0, 300)]
    for writer in writers:
        go(writer)
    assert [writer.communicate()[0].splitlines()[-1] for writer in writers] == ["fine"] * 3
    mine = opened("me@host").load({f"uid{number}": number for number in range(1000)})
    other = opened("you@host").load({f"uid{number}": number for number in range(1000)})
    assert mine == {f"uid{number}": b"header %d" % number for number in range(500)}
    assert other == {f"uid{number}": b"header %d" % number for number in range(300)}


def test_a_process_killed_while_writing_leaves_an_intact_cache(
    opened: Open, start: Callable[[str, int, int], subprocess.Popen[str]]
) -> None:
    writer = start("me@host", 0, 1_000_000)
    go(writer)
    assert writer.stdout is not None
    while int(writer.stdout.readline()) < 100:
        pass
    writer.kill()
    writer.wait()
    cache = opened()
    found = cache.load({f"uid{number}": number for number in range(101)})
    assert found == {f"uid{number}": b"header %d" % number for number in range(101)}
    assert cache.problem == ""
