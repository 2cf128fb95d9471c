"""The header cache with damaged or foreign files.

Whatever they contain, nothing raises, one sentence names the problem, and no header of another
message is returned.
"""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.storage.cache_kit import (
    SOME,
    STORED,
    Open,
    fill,
    is_usable,
    payloads,
    problem_of,
    sizes,
    write_file,
)

DAMAGED = "was damaged, so poptui began a new one."


@pytest.mark.parametrize("content", [b"x", b"From me\n" * 5000, b"SQLite format 2\0" + bytes(9000)])
def test_a_file_that_is_not_a_database_is_renamed(opened: Open, path: Path, content: bytes) -> None:
    write_file(path, content)
    cache = opened()
    assert is_usable(cache)
    assert cache.problem == f"The header cache {path} {DAMAGED}"
    assert path.with_name(path.name + ".damaged").read_bytes() == content
    cache.close()
    again = opened()
    assert again.problem == ""
    assert again.load(sizes(SOME)) == payloads(SOME)


def test_an_empty_file_becomes_a_cache(opened: Open, path: Path) -> None:
    write_file(path, b"")
    cache = opened()
    assert is_usable(cache)
    assert cache.problem == ""


@pytest.mark.parametrize("application", [0, 7])
def test_a_database_of_another_program_is_unchanged(
    opened: Open, path: Path, application: int
) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.executescript(f"PRAGMA application_id = {application}; CREATE TABLE header (their INT)")
    other.close()
    before = path.read_bytes()
    assert "it is a database of another program" in problem_of(opened())
    assert path.read_bytes() == before


@pytest.mark.parametrize("statement", ["DROP TABLE header", "ALTER TABLE account DROP COLUMN used"])
def test_missing_tables_are_damage(opened: Open, path: Path, statement: str) -> None:
    opened().close()
    with closing(sqlite3.connect(path)) as other:
        other.executescript(statement)
    cache = opened()
    cache.store(SOME)
    assert is_usable(cache)
    assert cache.problem.endswith(DAMAGED)


@pytest.mark.parametrize("kept", [1, 50, 100, 4096, 5000, 50_000])
def test_a_truncated_file(opened: Open, path: Path, kept: int) -> None:
    fill(opened)
    os.truncate(path, kept)
    cache = opened()
    found = cache.load(sizes(STORED))
    assert found.items() <= payloads(STORED).items()
    cache.store(STORED)
    assert is_usable(cache)
    assert cache.problem.endswith(DAMAGED)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_bytes_are_never_returned_as_a_header(opened: Open, path: Path, seed: int) -> None:
    fill(opened)
    rng = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 10, 300))):
        start, length = rng.randrange(len(content)), rng.choice((1, 8, 600, 4096))
        other = rng.randrange(len(content))
        wrong = rng.choice((rng.randbytes(length), content[other : other + length]))
        content[start : start + len(wrong)] = wrong
    path.write_bytes(content)
    cache = opened()
    assert cache.load(sizes(STORED)).items() <= payloads(STORED).items()
    cache.prune([uid for uid, _, _ in STORED[::2]])
    cache.store(STORED[::3])
    cache.clear()
    assert cache.load(sizes(STORED)) == {}


def test_damaged_text_in_an_sqlite_message(opened: Open, path: Path) -> None:
    fill(opened)
    path.write_bytes(path.read_bytes().replace(b"TABLE header", b"TABL\xbc header"))
    cache = opened()
    cache.load(sizes(STORED))
    assert is_usable(cache)
    assert cache.problem.endswith(DAMAGED)


def test_damage_while_in_use_replaces_the_file_once(opened: Open, path: Path) -> None:
    fill(opened)
    cache = opened()
    for problem in (DAMAGED, "is off: it is damaged."):
        cache.store(STORED)
        with closing(sqlite3.connect(path)) as other:
            other.executescript("DROP TABLE header")
        assert cache.load(sizes(STORED)) == {}
        assert cache.problem.endswith(problem)
    problem_of(cache)


def test_damage_while_another_process_uses_the_file(opened: Open, path: Path) -> None:
    fill(opened)
    cache, other = opened(), opened("you@host")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 1_000_000)
    cache.load(sizes(STORED))
    assert "another poptui uses it" in problem_of(cache)
    other.close()
    again = opened()
    again.load(sizes(STORED))
    assert is_usable(again)
