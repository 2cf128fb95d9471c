"""A journal with a wrong bit: no mark silently disappears or names another message."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from poptui.storage import journal_tables as tables
from poptui.storage.journal import MarkJournal
from poptui.storage.journal_tables import checksum, verified
from poptui.storage.mark_record import MarkRecord

ACCOUNT, OTHER = "me@host:995", "you@host:995"
MARKS = [
    MarkRecord(f"uid-{n}", 100 * n, f"print-{n}", f"Sender {n}", f"Grüße {n}", n + 0.5, n == 3)
    for n in range(1, 6)
]
FLIPS = 400


@pytest.fixture
def intact(tmp_path: Path) -> bytes:
    """Return the bytes of a journal with marks of two accounts."""
    path = tmp_path / "sound" / "journal.sqlite3"
    for account in (ACCOUNT, OTHER):
        journal = MarkJournal(path, account)
        assert journal.write(MARKS, [])
        journal.close()
    return path.read_bytes()


def written(folder: Path, octets: bytes) -> Path:
    """Write these bytes as the journal in a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "journal.sqlite3"
    path.write_bytes(octets)
    return path


def silent_faults(path: Path) -> str:
    """Describe what the journal silently got wrong; empty if nothing."""
    journal = MarkJournal(path, ACCOUNT)
    try:
        snapshot = journal.snapshot()
        problem = journal.notice or journal.problem
        if snapshot is None:
            return "" if problem else "nothing is read, and nothing said"
        sure = [mark for mark in snapshot.earlier if not mark.damaged]
        wrong = [mark for mark in (*sure, *snapshot.others) if mark not in MARKS]
        lost = [mark for mark in MARKS if mark not in (*sure, *snapshot.others)]
        if wrong:
            return f"another message: {wrong}"
        return f"lost: {lost}" if lost and not problem else ""
    finally:
        journal.close()


def test_no_wrong_bit_silently_drops_or_changes_a_mark(intact: bytes, tmp_path: Path) -> None:
    rng = random.Random(14)
    offsets = [at for at, octet in enumerate(intact) if octet] + list(range(0, len(intact), 64))
    faults = {}
    for at in rng.sample(offsets, min(FLIPS, len(offsets))):
        bit = rng.randrange(8)
        octets = bytearray(intact)
        octets[at] ^= 1 << bit
        if fault := silent_faults(written(tmp_path / "flipped", bytes(octets))):
            faults[at, bit] = fault
    assert not faults


@pytest.mark.parametrize("word", [b"uid-2", b"print-2", b"Sender 2", ACCOUNT.encode()])
def test_a_row_with_one_wrong_bit_is_repaired(intact: bytes, tmp_path: Path, word: bytes) -> None:
    at = intact.rindex(word) + 1
    octets = bytearray(intact)
    octets[at] ^= 4
    path = written(tmp_path / "flipped", bytes(octets))
    for _ in range(2):
        journal = MarkJournal(path, ACCOUNT)
        snapshot = journal.snapshot()
        journal.close()
        assert snapshot is not None
        assert sorted(mark.uid for mark in snapshot.earlier) == [mark.uid for mark in MARKS]
        assert set(snapshot.earlier) == set(MARKS)


def changed(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_row_beyond_repair_is_shown_but_not_marked(intact: bytes, tmp_path: Path) -> None:
    path = written(tmp_path / "changed", intact)
    changed(path, f"UPDATE mark SET uid = 'uid-9' WHERE uid = 'uid-2' AND account = '{ACCOUNT}'")
    journal = MarkJournal(path, ACCOUNT)
    snapshot = journal.snapshot()
    assert snapshot is not None
    assert "1 of its marks are damaged" in journal.notice
    (damaged,) = [mark for mark in snapshot.earlier if mark.damaged]
    assert (damaged.uid, damaged.subject) == ("uid-9", "Grüße 2")
    assert len(snapshot.earlier) == len(MARKS)
    assert journal.write([], ["uid-9"])
    again = journal.snapshot()
    journal.close()
    assert again is not None
    assert not any(mark.damaged for mark in again.earlier)


def test_undamaged_marks_are_copied_from_a_damaged_file(intact: bytes, tmp_path: Path) -> None:
    path = written(tmp_path / "changed", intact)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET rootpage = 2 WHERE type = 'index'")
        connection.commit()
    journal = MarkJournal(path, ACCOUNT)
    snapshot = journal.snapshot()
    journal.close()
    assert snapshot is not None
    assert f"{2 * len(MARKS)} marks could be read from it" in journal.notice
    assert set(snapshot.earlier) == set(MARKS)


OLD_TABLES = tables.TABLES.replace("        checksum BLOB NOT NULL,\n", "")


def old_journal(path: Path) -> None:
    """Write a journal of version 1."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {tables.APPLICATION}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"BEGIN; {OLD_TABLES}; PRAGMA user_version = 1; COMMIT")
        connection.executemany(
            "INSERT INTO mark (account, run, uid, size, fingerprint, sender, subject, marked, sent)"
            " VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?)",
            [
                (ACCOUNT, m.uid, m.size, m.fingerprint, m.sender, m.subject, m.marked, int(m.sent))
                for m in MARKS
            ],
        )
        connection.commit()


def test_an_old_journal_gets_checksums(tmp_path: Path) -> None:
    path = tmp_path / "old" / "journal.sqlite3"
    old_journal(path)
    for _ in range(2):
        journal = MarkJournal(path, ACCOUNT)
        snapshot = journal.snapshot()
        journal.close()
        assert (journal.notice, journal.problem) == ("", "")
        assert snapshot is not None
        assert snapshot.earlier == tuple(MARKS)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (tables.VERSION,)


def test_an_old_journal_that_is_in_use_is_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "old" / "journal.sqlite3"
    old_journal(path)
    from poptui.storage.locks import SHARED, acquire, open_lock

    lock = open_lock(path.with_name(f"{path.name}-lock"))
    acquire(lock, SHARED)
    journal = MarkJournal(path, ACCOUNT)
    assert journal.snapshot() is None
    journal.close()
    assert "an older version of poptui uses it" in journal.problem
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM mark").fetchone() == (len(MARKS),)


def test_the_checksum_itself_may_have_a_wrong_bit() -> None:
    row = (ACCOUNT, "uid", 1, "print", "Ann", "Hi", 1.0, 0)
    stored = bytearray(checksum(*row))
    stored[3] ^= 16
    assert verified(row, bytes(stored)) == row
    stored[5] ^= 1
    assert verified(row, bytes(stored)) is None
