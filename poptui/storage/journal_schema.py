"""The tables of the journal of marks and everything that is said to them.

A mark belongs to the run that made it, or to run 0 once that is over. Ids of runs are never used
again: their lock files bear them.
"""

from __future__ import annotations

APPLICATION = 0x706F706A
VERSION = 2
"""To be raised with every change of the tables below, which then must take over what there is."""
TABLES = """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        process INTEGER NOT NULL,
        host TEXT NOT NULL,
        started REAL NOT NULL
    );
    CREATE TABLE mark (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        run INTEGER NOT NULL,
        uid TEXT NOT NULL,
        size INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        sender TEXT NOT NULL,
        subject TEXT NOT NULL,
        marked REAL NOT NULL,
        sent INTEGER NOT NULL,
        checksum BLOB NOT NULL,
        UNIQUE (account, run, uid)
    )
"""

ENTER = "INSERT INTO run (account, process, host, started) VALUES (?, ?, ?, ?)"
OWN = "SELECT 1 FROM run WHERE id = ? AND process = ? AND host = ? AND started = ?"
RUNS = "SELECT id FROM run WHERE id <> ?"
END_MARKS = "UPDATE OR REPLACE mark SET run = 0 WHERE run = ?"
END_MARKS_OF_NO_RUN = (
    "UPDATE OR REPLACE mark SET run = 0 WHERE run <> 0 AND run NOT IN (SELECT id FROM run)"
)
"""A mark whose run can't be told is offered, not lost."""
END_RUN = "DELETE FROM run WHERE id = ?"
HOLDERS = "SELECT process, host, started FROM run WHERE account = ? AND id <> ? ORDER BY id"

_COLUMNS = "uid, size, fingerprint, sender, subject, marked, sent"
ALL = f"SELECT id, run, checksum, account, {_COLUMNS} FROM mark ORDER BY id"
REPAIR = (
    "UPDATE OR REPLACE mark SET account = ?, uid = ?, size = ?, fingerprint = ?, sender = ?,"
    " subject = ?, marked = ?, sent = ?, checksum = ? WHERE id = ?"
)
DROP_ROW = "DELETE FROM mark WHERE id = ?"
HELD = "SELECT uid FROM mark WHERE account = ? AND run NOT IN (0, ?)"
DROP = "DELETE FROM mark WHERE account = ? AND run IN (0, ?) AND uid = ?"
KEEP = (
    f"INSERT OR REPLACE INTO mark (account, run, {_COLUMNS}, checksum)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

ADD_CHECKSUMS = f"""
    ALTER TABLE mark RENAME TO old_mark;
    {TABLES.partition(";")[2]};
    INSERT INTO mark SELECT id, account, run, {_COLUMNS},
        mark_checksum(account, {_COLUMNS}) FROM old_mark;
    DROP TABLE old_mark
"""
"""From version 1 to 2."""
