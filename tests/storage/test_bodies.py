"""The body cache: undamaged, within its limits, and private."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from poptui.storage.bodies import CHUNK_BYTES, BodyCache


def loaded(bodies: BodyCache, uid: str, size: int = 1) -> bytes | None:
    pieces: list[bytes] = []
    return b"".join(pieces) if bodies.load(uid, size, pieces.append) else None


def keep(bodies: BodyCache, uid: str, octets: bytes, size: int = 1) -> None:
    bodies.store(uid, size, io.BytesIO(octets))


@pytest.fixture
def bodies(tmp_path: Path) -> BodyCache:
    return BodyCache(tmp_path / "cache" / "bodies", "me@h", 10_000_000)


@pytest.mark.parametrize("octets", [b"", b"x", b"y" * CHUNK_BYTES, b"z" * (2 * CHUNK_BYTES + 7)])
def test_a_cached_message_is_returned(bodies: BodyCache, octets: bytes) -> None:
    keep(bodies, "a", octets)
    assert loaded(bodies, "a") == octets
    assert loaded(bodies, "a", size=2) is None
    assert loaded(bodies, "b") is None
    assert loaded(BodyCache(bodies.folder, "you@h", 1000), "a") is None


def test_files_are_private_and_their_names_reveal_nothing(bodies: BodyCache) -> None:
    keep(bodies, "../../uid", b"secret")
    (file,) = bodies.folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert bodies.folder.stat().st_mode & 0o777 == 0o700
    assert "uid" not in file.name


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 200])
def test_a_damaged_file_is_dropped(bodies: BodyCache, damage: bytes) -> None:
    keep(bodies, "a", b"contents " * 20)
    (file,) = bodies.folder.iterdir()
    file.write_bytes(damage)
    assert loaded(bodies, "a") is None
    assert not file.exists()


def test_one_changed_byte_is_damage(bodies: BodyCache) -> None:
    keep(bodies, "a", b"contents")
    (file,) = bodies.folder.iterdir()
    file.write_bytes(b"C" + file.read_bytes()[1:])
    assert loaded(bodies, "a") is None


def test_the_most_recently_used_stay_within_the_limit(tmp_path: Path) -> None:
    bodies = BodyCache(tmp_path, "me@h", 450)
    for number, uid in enumerate("abc"):
        keep(bodies, uid, uid.encode() * 100)
        os.utime(bodies._path(uid, 1), (number, number))
    assert loaded(bodies, "a") == b"a" * 100
    keep(bodies, "d", b"d" * 100)
    assert loaded(bodies, "b") is None
    assert loaded(bodies, "a") == b"a" * 100
    keep(bodies, "e", b"e" * 1000)
    assert loaded(bodies, "e") is None
    assert bodies.octets <= 450


def test_files_left_by_a_crash_are_pruned_and_other_files_are_not(tmp_path: Path) -> None:
    bodies = BodyCache(tmp_path, "me@h", 200)
    (tmp_path / "left.part").write_bytes(b"x" * 500)
    (tmp_path / "mine.txt").write_bytes(b"x" * 500)
    os.utime(tmp_path / "left.part", (1, 1))
    keep(bodies, "a", b"a" * 100)
    assert {file.suffix for file in tmp_path.iterdir()} == {".txt", ".body"}
    bodies.clear()
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_it_says_why_nothing_can_be_cached(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    bodies = BodyCache(tmp_path / "file" / "bodies", "me@h", 1000)
    keep(bodies, "a", b"a")
    assert bodies.problem == "Messages cannot be cached here: Not a directory."
    assert loaded(bodies, "a") is None
    assert bodies.octets == 0
    bodies.clear()


def test_a_link_instead_of_the_file_is_not_followed(bodies: BodyCache, tmp_path: Path) -> None:
    keep(bodies, "a", b"contents")
    (file,) = bodies.folder.iterdir()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert loaded(bodies, "a") is None
