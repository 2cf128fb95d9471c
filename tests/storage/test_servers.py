"""What is remembered of servers, and what becomes of a file that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from poptui.storage.servers import KeptHabits

ADDRESS = "mail.example.com:995"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "servers.json"


def test_each_habit_is_kept_beside_the_other(path: Path) -> None:
    KeptHabits(path).learn_pipelining(ADDRESS, True)
    KeptHabits(path).learn_word(ADDRESS, True)
    KeptHabits(path).learn_word("other:110", False)
    habits = KeptHabits(path)
    assert habits.pipelining(ADDRESS) is True
    assert habits.keeps_word(ADDRESS) is True
    assert habits.keeps_word("other:110") is False
    assert habits.keeps_word("third:110") is None


def test_a_server_that_lied_is_not_believed_any_more(path: Path) -> None:
    habits = KeptHabits(path)
    habits.learn_word(ADDRESS, True)
    habits.learn_word(ADDRESS, False)
    assert habits.keeps_word(ADDRESS) is False
    assert KeptHabits(path).keeps_word(ADDRESS) is False


@pytest.mark.parametrize(
    "text", ["", "[]", '{"words": 3}', '{"words": {"a": [1, 2, 3]}}', "{" * 9999]
)
def test_a_file_that_is_none_of_ours_tells_nothing(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    habits = KeptHabits(path)
    assert habits.keeps_word(ADDRESS) is None
    habits.learn_word(ADDRESS, True)
    assert KeptHabits(path).keeps_word(ADDRESS) is True


def test_what_cannot_be_written_is_known_for_this_run(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    habits = KeptHabits(tmp_path / "cache" / "servers.json")
    habits.learn_word(ADDRESS, True)
    assert habits.keeps_word(ADDRESS) is True
