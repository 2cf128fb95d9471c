"""The tables and SQL statements of the journal of marks.

A mark belongs to the run that made it, or to run 0 once that run has ended. Run ids are never
reused, because they name the lock files.
"""

from __future__ import annotations

APPLICATION = 0x706F706A
VERSION = 2
"""Increment it with every change of the tables below, and add an upgrade from the old version."""
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

ADD_RUN = "INSERT INTO run (account, process, host, started) VALUES (?, ?, ?, ?)"
FIND_OWN_RUN = "SELECT 1 FROM run WHERE id = ? AND process = ? AND host = ? AND started = ?"
OTHER_RUNS = "SELECT id FROM run WHERE id <> ?"
RELEASE_MARKS = "UPDATE OR REPLACE mark SET run = 0 WHERE run = ?"
RELEASE_ORPHANED_MARKS = (
    "UPDATE OR REPLACE mark SET run = 0 WHERE run <> 0 AND run NOT IN (SELECT id FROM run)"
)
"""A mark whose run is unknown is offered to the user, not lost."""
DELETE_RUN = "DELETE FROM run WHERE id = ?"
OTHER_INSTANCES = "SELECT process, host, started FROM run WHERE account = ? AND id <> ? ORDER BY id"

_COLUMNS = "uid, size, fingerprint, sender, subject, marked, sent"
ALL_MARKS = f"SELECT id, run, checksum, account, {_COLUMNS} FROM mark ORDER BY id"
REPAIR_MARK = (
    "UPDATE OR REPLACE mark SET account = ?, uid = ?, size = ?, fingerprint = ?, sender = ?,"
    " subject = ?, marked = ?, sent = ?, checksum = ? WHERE id = ?"
)
UIDS_OF_ACCOUNT = "SELECT uid FROM mark WHERE account = ?"
DELETE_ROW = "DELETE FROM mark WHERE id = ?"
UIDS_OF_OTHERS = "SELECT uid FROM mark WHERE account = ? AND run NOT IN (0, ?)"
DELETE_MARK = "DELETE FROM mark WHERE account = ? AND run IN (0, ?) AND uid = ?"
ADD_MARK = (
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
"""Upgrade from version 1 to 2."""
