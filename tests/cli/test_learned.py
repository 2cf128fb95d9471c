"""``poptui learned``: show and reset the learned words; it needs no server."""

from __future__ import annotations

from pathlib import Path

from poptui.storage.learned_words import LearnedWordsFile
from poptui.triage.learning.training import TrainingExample
from tests.acceptance.program import RunBatch

URL = "pop://user@127.0.0.1:1110"


def _taught(folder: Path, seen: int) -> dict[str, str]:
    file = LearnedWordsFile(folder / "learned.sqlite3", "user@127.0.0.1:1110")
    file.teach([TrainingExample(f"s{n}", True, {"subject:offer\x1b[2J"}) for n in range(seen)])
    file.teach([TrainingExample(f"h{n}", False, {"subject:choir"}) for n in range(seen)])
    file.close()
    return {"POPTUI_DATA": str(folder)}


def test_nothing_learned_yet(batch: RunBatch, tmp_path: Path) -> None:
    result = batch("learned", "show", URL, env={"POPTUI_DATA": str(tmp_path / "none")})
    assert (result.code, result.text) == (0, "Nothing has been learned yet.\n")
    assert not (tmp_path / "none").exists()


def test_show_and_reset(batch: RunBatch, tmp_path: Path) -> None:
    env = _taught(tmp_path / "data", 25)
    shown = batch("learned", "show", URL, env=env)
    assert shown.code == 0
    assert shown.text.startswith("25 spam, 25 not spam.\n")
    assert "unwanted  0.99  subject:offer\ufffd[2J" in shown.text
    assert "wanted    0.01  subject:choir" in shown.text
    assert batch("learned", "reset", URL, env=env).code == 0
    again = batch("learned", "show", URL, env=env).text
    assert again == "0 spam, 0 not spam.\nIt affects scores once there are 20 of each.\n"


def test_other_accounts_are_left_alone(batch: RunBatch, tmp_path: Path) -> None:
    env = _taught(tmp_path / "data", 3)
    assert batch("learned", "reset", "pop://other@127.0.0.1:1110", env=env).code == 0
    assert batch("learned", "show", URL, env=env).text.startswith("3 spam, 3 not spam.")


def test_a_damaged_file_is_reported(batch: RunBatch, tmp_path: Path) -> None:
    (tmp_path / "learned.sqlite3").mkdir()
    result = batch("learned", "show", URL, env={"POPTUI_DATA": str(tmp_path)})
    assert result.code == 1
    assert "is off" in result.err


def test_invalid_arguments(batch: RunBatch) -> None:
    assert batch("learned", "show").code == 2
    assert batch("learned", "burn", URL).code == 2
