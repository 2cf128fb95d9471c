"""The journal of marks survives its run and is never lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from poptui.storage import locks
from poptui.storage.journal import MarkJournal, journal_path
from poptui.storage.mark_record import JournalSnapshot, MarkRecord

ACCOUNT = "me@host:995"


def mark(number: int, **more: object) -> MarkRecord:
    return MarkRecord(f"uid-{number}", 100 * number, f"print-{number}", **more)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.sqlite3"


class Journals:
    """Opens journals at one path; closes them after the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.all: list[MarkJournal] = []

    def __call__(self, account: str = ACCOUNT) -> MarkJournal:
        self.all.append(MarkJournal(self.path, account))
        return self.all[-1]


@pytest.fixture
def opened(path: Path) -> Iterator[Journals]:
    journals = Journals(path)
    yield journals
    for journal in journals.all:
        journal.close()


def looked(journal: MarkJournal) -> JournalSnapshot:
    look = journal.snapshot()
    assert look is not None, journal.problem
    return look


def test_the_marks_of_an_ended_run_are_offered_to_the_next(opened: Journals) -> None:
    first = opened()
    kept = [mark(1, sender="Ann", subject="Hi", marked=12.5), mark(2, sent=True)]
    assert first.write(kept, [])
    assert looked(first) == JournalSnapshot()
    first.close()
    assert looked(opened()).earlier == tuple(kept)


def test_dropped_marks_do_not_come_back(opened: Journals) -> None:
    first = opened()
    first.write([mark(1), mark(2)], [])
    first.close()
    second = opened()
    second.write([], ["uid-1"])
    second.write([mark(3)], [])
    second.write([], ["uid-3", "uid-never"])
    second.close()
    assert looked(opened()).earlier == (mark(2),)


def test_writing_an_earlier_mark_takes_it_over(opened: Journals) -> None:
    first = opened()
    first.write([mark(1), mark(2)], [])
    first.close()
    second = opened()
    second.write([mark(1)], [])
    third = opened()
    assert looked(third).earlier == (mark(2),)
    assert looked(third).others == (mark(1),)


def test_accounts_do_not_see_one_another(opened: Journals) -> None:
    first = opened()
    first.write([mark(1)], [])
    assert looked(opened("you@host:995")) == JournalSnapshot()


def test_a_live_run_is_reported_and_keeps_its_marks(opened: Journals) -> None:
    first = opened()
    first.write([mark(1)], [])
    second = opened()
    look = looked(second)
    assert (look.earlier, look.others) == ((), (mark(1),))
    assert [holder.process for holder in look.holders] == [os.getpid()]
    second.write([mark(2)], ["uid-1"])
    first.close()
    assert looked(second).earlier == (mark(1),)


WRITER = """
import sys, time
from pathlib import Path
from poptui.storage.journal import MarkJournal
from poptui.storage.mark_record import MarkRecord
journal = MarkJournal(Path(sys.argv[1]), sys.argv[2])
assert journal.write([MarkRecord("uid-1", 100, "print-1")], [])
print("written", flush=True)
time.sleep(60)
"""


def test_a_killed_run_has_ended(opened: Journals, path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path), ACCOUNT]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        journal = opened()
        assert looked(journal).others == (mark(1),)
        assert [holder.process for holder in looked(journal).holders] == [writer.pid]
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        assert looked(journal) == JournalSnapshot(earlier=(mark(1),))
    left = [found.name for found in path.parent.iterdir() if "-run" in found.name]
    assert len(left) == 1, "only the lock of the run that is alive"


def test_files_are_private(opened: Journals, path: Path) -> None:
    opened().write([mark(1)], [])
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_every_write_is_on_the_disk_when_it_returns(opened: Journals) -> None:
    journal = opened()
    journal.write([mark(1)], [])
    assert journal._connection is not None
    assert journal._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.executescript("PRAGMA journal_mode=WAL; CREATE TABLE theirs (a)")


def text(path: Path) -> None:
    path.write_bytes(b"From me\n" * 5000)


def torn(path: Path) -> None:
    journal = MarkJournal(path, ACCOUNT)
    journal.write([mark(number) for number in range(1, 500)], [])
    journal.close()
    octets = bytearray(path.read_bytes())
    octets[4096 * 3 : 4096 * 5] = b"\xa5" * 8192
    path.write_bytes(octets)


def short(path: Path) -> None:
    torn(path)
    path.write_bytes(path.read_bytes()[:6000])


@pytest.mark.parametrize("lay", [foreign, text, torn, short])
def test_a_damaged_or_foreign_file_is_renamed(opened: Journals, path: Path, lay: object) -> None:
    path.parent.mkdir()
    assert callable(lay)
    for number in (1, 2):
        lay(path)
        before = path.read_bytes()
        journal = opened()
        assert journal.write([mark(1)], [])
        assert f"was renamed to journal.sqlite3.damaged-{number}" in journal.notice
        assert path.with_name(f"journal.sqlite3.damaged-{number}").read_bytes() == before
        journal.close()
        again = opened()
        assert looked(again).earlier == (mark(1),)
        assert again.notice == ""
        again.close()
        path.unlink()


def test_later_damage_is_reported_and_the_next_write_works(opened: Journals, path: Path) -> None:
    journal = opened()
    journal.write([mark(number) for number in range(1, 500)], [])
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE mark")
    assert not journal.write([mark(1000)], [])
    assert journal.problem == ""
    assert "was renamed to journal.sqlite3.damaged-1" in journal.notice
    assert journal.write([mark(1000)], [])
    journal.close()
    assert looked(opened()).earlier == (mark(1000),)


def test_an_unfinished_new_journal_is_not_damage(opened: Journals, path: Path) -> None:
    path.parent.mkdir()
    ours = "PRAGMA application_id = 0x706F706A"
    for script in ("", ours, f"{ours}; PRAGMA journal_mode = WAL"):
        path.unlink(missing_ok=True)
        path.touch()
        with closing(sqlite3.connect(path)) as other:
            other.executescript(script)
        journal = opened()
        assert journal.write([mark(1)], []), script
        assert journal.notice == ""
        journal.close()


def test_a_journal_of_another_version_is_unchanged(opened: Journals, path: Path) -> None:
    opened().write([mark(1)], [])
    opened.all[0].close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    journal = opened()
    assert not journal.write([mark(2)], [])
    assert "another version of poptui" in journal.problem
    assert "Marks hold for this session only" in journal.problem
    journal.close()
    assert path.read_bytes() == before


def test_a_locked_journal_is_reported_and_retried(
    opened: Journals, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "MAX_WAIT_S", 0.05)
    journal = opened()
    journal.write([mark(1)], [])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not journal.write([mark(2)], [])
        assert "another program keeps it locked" in journal.problem
        assert journal.snapshot() is None
        other.execute("ROLLBACK")
    assert journal.write([mark(2)], ["uid-1"])
    assert journal.problem == ""
    assert looked(opened()).others == (mark(2),)


def test_a_full_disk_is_reported_and_nothing_is_written(
    opened: Journals, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened()
    journal.write([mark(1)], [])
    assert journal._connection is not None
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    assert not journal.write([mark(number) for number in range(2, 2000)], ["uid-1"])
    assert "no room left" in journal.problem
    assert looked(opened()).others == (mark(1),)


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    journal = MarkJournal(tmp_path / "data" / "deep" / "journal.sqlite3", ACCOUNT)
    assert not journal.write([mark(1)], [])
    assert " is off: " in journal.problem
    assert journal.snapshot() is None
    journal.close()


def test_unusual_uids_are_returned_unchanged(opened: Journals) -> None:
    odd = [MarkRecord(uid, 1, "") for uid in ("a\0b", "a", "\xfc\xff\x1b[31m", "'; DROP", " x ")]
    first = opened()
    first.write(odd, [])
    first.close()
    assert looked(opened()).earlier == tuple(odd)


def test_the_data_folder_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert journal_path().name == "journal.sqlite3"
    monkeypatch.setenv("POPTUI_DATA", str(tmp_path))
    assert journal_path() == tmp_path / "journal.sqlite3"
