"""Learned words: counted once, corrected, limited, and repaired."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.storage import learned_words as learned
from poptui.storage.learned_words import (
    LearnedWordsFile,
    learned_path,
    open_learned,
)
from poptui.triage.learning.training import TrainingExample


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "learned.sqlite3"


@pytest.fixture
def file(path: Path) -> Iterator[LearnedWordsFile]:
    opened = LearnedWordsFile(path, "me@mail.example.com:995")
    yield opened
    opened.close()


def test_it_is_empty_at_first(file: LearnedWordsFile) -> None:
    assert file.on
    assert file.problem == ""
    assert file.counts() == (0, 0, {})


def test_lessons_are_counted(file: LearnedWordsFile) -> None:
    file.teach([TrainingExample("1", True, {"a", "b"}), TrainingExample("2", False, {"b"})])
    assert file.counts() == (1, 1, {"a": (1, 0), "b": (1, 1)})


def test_a_message_teaches_once(file: LearnedWordsFile) -> None:
    for _ in range(3):
        file.teach([TrainingExample("1", True, {"a"})])
    assert file.counts() == (1, 0, {"a": (1, 0)})


def test_a_different_lesson_replaces_the_first(file: LearnedWordsFile) -> None:
    file.teach([TrainingExample("1", True, {"a"})])
    file.teach([TrainingExample("1", False, {"a"})])
    assert file.counts() == (0, 1, {"a": (0, 1)})


def test_counts_never_become_negative(file: LearnedWordsFile) -> None:
    file.teach([TrainingExample("1", True, {"a"})])
    file.teach([TrainingExample("1", False, {"never counted"})])
    assert file.counts()[2]["never counted"] == (0, 1)


def test_counts_are_kept_by_account(path: Path, file: LearnedWordsFile) -> None:
    file.teach([TrainingExample("1", True, {"a"})])
    file.close()
    assert file.counts() == (0, 0, {})
    same, other = LearnedWordsFile(path, "me@mail.example.com:995"), LearnedWordsFile(path, "other")
    assert (same.counts(), other.counts()) == ((1, 0, {"a": (1, 0)}), (0, 0, {}))
    other.teach([TrainingExample("1", False, {"a"})])
    same.reset()
    assert (same.counts(), other.counts()) == ((0, 0, {}), (0, 1, {"a": (0, 1)}))
    same.teach([TrainingExample("1", True, {"a"})])
    assert same.counts() == (1, 0, {"a": (1, 0)})
    same.close()
    other.close()


def test_concurrent_lessons_add_up(path: Path, file: LearnedWordsFile) -> None:
    second = LearnedWordsFile(path, "me@mail.example.com:995")
    file.teach([TrainingExample("1", True, {"a"})])
    second.teach([TrainingExample("2", True, {"a"}), TrainingExample("1", True, {"a"})])
    assert file.counts() == second.counts() == (2, 0, {"a": (2, 0)})
    second.close()


def test_the_counts_are_limited(file: LearnedWordsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "MAX_TOKEN_COUNT", 10)
    monkeypatch.setattr(learned, "MAX_LESSON_COUNT", 5)
    file.teach([TrainingExample(f"a{n}", True, {"often"}) for n in range(3)])
    file.teach([TrainingExample(f"b{n}", True, {f"once {n}"}) for n in range(30)])
    spam, ham, tokens = file.counts()
    assert (spam, ham, len(tokens)) == (33, 0, 10)
    assert tokens["often"] == (3, 0)
    assert "once 29" in tokens
    file.teach([TrainingExample("b29", True, {"often"}), TrainingExample("a0", True, {"often"})])
    assert file.counts()[2]["often"] == (4, 0), "the latest lessons are remembered, not the oldest"


def test_the_file_is_private(path: Path, file: LearnedWordsFile) -> None:
    file.teach([TrainingExample("1", True, {"a"})])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "octets", [b"no database at all" * 400, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_damaged_file_is_replaced(path: Path, octets: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(octets)
    opened = LearnedWordsFile(path, "me")
    if opened.on:
        assert "was damaged" in opened.problem
        opened.teach([TrainingExample("1", True, {"a"})])
        assert opened.counts() == (1, 0, {"a": (1, 0)})
    else:
        assert "database of another program" in opened.problem
    opened.close()


def test_damage_in_the_middle_is_repaired(path: Path, file: LearnedWordsFile) -> None:
    file.teach([TrainingExample(str(n), True, {f"token {n}"}) for n in range(400)])
    file.close()
    octets = bytearray(path.read_bytes())
    octets[4096 : len(octets)] = os.urandom(len(octets) - 4096)
    path.write_bytes(octets)
    opened = LearnedWordsFile(path, "me@mail.example.com:995")
    opened.counts()
    opened.teach([TrainingExample("1", True, {"a"})])
    opened.close()
    again = LearnedWordsFile(path, "me@mail.example.com:995")
    again.teach([TrainingExample("2", True, {"b"})])
    assert again.on
    assert again.counts()[2]["b"] == (1, 0)
    again.close()


def test_without_a_folder_it_is_off(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    opened = LearnedWordsFile(tmp_path / "file" / "learned.sqlite3", "me")
    assert not opened.on
    assert opened.problem.startswith("What was learned (")
    opened.teach([TrainingExample("1", True, {"a"})])
    assert opened.counts() == (0, 0, {})


def test_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPTUI_DATA", str(tmp_path))
    assert learned_path() == tmp_path / "learned.sqlite3"
    opened = open_learned("me")
    opened.teach([TrainingExample("1", True, {"a"})])
    opened.close()
    assert learned_path().exists()


_LESSONS = st.lists(
    st.builds(
        TrainingExample,
        st.sampled_from("123"),
        st.booleans(),
        st.frozensets(st.text(max_size=9), max_size=4),
    ),
    max_size=8,
)


@given(_LESSONS)
def test_any_lessons_give_plausible_counts(examples: list[TrainingExample]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        opened = LearnedWordsFile(Path(folder) / "learned.sqlite3", "me\ud800")
        opened.teach(examples)
        spam, ham, tokens = opened.counts()
        on = opened.on
        opened.close()
    assert on
    assert spam + ham == len({example.uid for example in examples})
    assert all(min(seen) >= 0 for seen in tokens.values())
