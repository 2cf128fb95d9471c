"""The journal's tables, and marks as rows with checksums.

A mark belongs to the run that made it, or to run 0 once that run has ended. Run ids are never
reused, because they name the lock files.

Checksums make sure that a damaged mark never deletes another message. A row with one wrong bit is
repaired: flipping each bit in turn shows which one restores the checksum. Of a row with more damage
only the displayable parts are used.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from poptui.storage.database import write_transaction
from poptui.storage.mark_record import MarkRecord

if TYPE_CHECKING:
    from sqlite3 import Connection

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

CHECKSUM_BYTES = 8
MAX_REPAIR_BYTES = 4096
"""Longer rows are not repaired: each bit has to be tried."""

MarkRow = tuple[Any, ...]
"""``account, uid, size, fingerprint, sender, subject, marked, sent``."""

_KINDS = (str, str, int, str, str, str, float, int)


def checksum(*row: Any) -> bytes:
    """Return the checksum of a mark; its run is not included, because that changes."""
    return _digest(_packed(row))


def verified(row: MarkRow, kept: Any) -> MarkRow | None:
    """Return the row as it was written, with one bit repaired if needed; None if that fails."""
    if not _well_formed(row):
        return None
    packed, sums = _packed(row), kept if isinstance(kept, bytes) else b""
    if _off_by_one_bit_at_most(_digest(packed), sums):
        return row
    if len(packed) > MAX_REPAIR_BYTES:
        return None
    data = bytearray(packed)
    for index in range(len(data)):
        for bit in range(8):
            data[index] ^= 1 << bit
            if _digest(bytes(data)) == sums:
                return _unpacked(bytes(data))
            data[index] ^= 1 << bit
    return None


def _well_formed(row: MarkRow) -> bool:
    return len(row) == len(_KINDS) and all(
        isinstance(value, kind) for value, kind in zip(row, _KINDS, strict=True)
    )


def _digest(packed: bytes) -> bytes:
    return blake2b(packed, digest_size=CHECKSUM_BYTES).digest()


def _off_by_one_bit_at_most(digest: bytes, kept: bytes) -> bool:
    different = int.from_bytes(digest) ^ int.from_bytes(kept)
    return len(kept) == CHECKSUM_BYTES and different.bit_count() <= 1


def _packed(row: Sequence[Any]) -> bytes:
    """Encode a row as bytes."""
    pieces = []
    for value, kind in zip(row, _KINDS, strict=True):
        if kind is str:
            data = value.encode("utf-8", "surrogateescape")
        elif kind is int:
            data = struct.pack(">q", value)
        else:
            data = struct.pack(">d", value)
        pieces.append(struct.pack(">I", len(data)) + data)
    return b"".join(pieces)


def _unpacked(packed: bytes) -> MarkRow | None:
    values: list[Any] = []
    for kind in _KINDS:
        length = int.from_bytes(packed[:4])
        data, packed = packed[4 : 4 + length], packed[4 + length :]
        try:
            if kind is str:
                values.append(data.decode("utf-8", "surrogateescape"))
            else:
                values.append(struct.unpack(">q" if kind is int else ">d", data)[0])
        except struct.error:
            return None
    return tuple(values)


def prepare(connection: Connection) -> None:
    """Define the SQL function for checksums, and read damaged text without errors."""
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    connection.create_function("mark_checksum", 8, checksum, deterministic=True)


def add_marks(connection: Connection, account: str, run: int, marks: Iterable[MarkRecord]) -> None:
    """Insert these marks."""
    rows = [_row(account, mark) for mark in marks]
    connection.executemany(ADD_MARK, [(account, run, *row[1:], checksum(*row)) for row in rows])


def read_marks(connection: Connection, account: str) -> list[tuple[int, MarkRecord]]:
    """Return all marks of an account with their runs; repair single wrong bits in the file.

    This reads the rows of all accounts, because a row's account may be what is damaged.
    """
    rows = connection.execute(ALL_MARKS).fetchall()
    accounts = {row[3] for row in rows if verified(row[3:], row[2]) == row[3:]}
    found = []
    for number, run, kept, *fields in rows:
        row = verified(tuple(fields), kept)
        if row is not None and row != tuple(fields):
            connection.execute(REPAIR_MARK, [*row, checksum(*row), number])
        if row is None and (fields[0] == account or fields[0] not in accounts):
            found.append((0, _damaged(fields[1:])))
        elif row is not None and row[0] == account:
            _, uid, size, fingerprint, sender, subject, marked, sent = row
            record = MarkRecord(uid, size, fingerprint, sender, subject, marked, bool(sent))
            found.append((run, record))
    return found


def salvage(aside: Path, connection: Connection) -> int:
    """Copy the marks with correct checksums from a damaged file; return how many."""
    import sqlite3

    rows: list[MarkRow] = []
    with suppress(sqlite3.Error, UnicodeError, OSError, MemoryError):
        uri = f"file://{quote(os.fsencode(aside.absolute()))}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as damaged:
            prepare(damaged)
            for _, _, kept, *fields in damaged.execute(ALL_MARKS):
                if (row := verified(tuple(fields), kept)) is not None:
                    rows.append(row)
    with write_transaction(connection):
        connection.executemany(ADD_MARK, [(row[0], 0, *row[1:], checksum(*row)) for row in rows])
    return len(rows)


def _row(account: str, mark: MarkRecord) -> MarkRow:
    return (
        account,
        mark.uid,
        mark.size,
        mark.fingerprint,
        mark.sender,
        mark.subject,
        float(mark.marked),
        int(mark.sent),
    )


def _damaged(fields: Sequence[Any]) -> MarkRecord:
    """Return the displayable parts of a damaged row."""
    uid, size, _, sender, subject, marked, sent = fields
    texts = [value if isinstance(value, str) else "" for value in (uid, sender, subject)]
    uid, sender, subject = (text.encode("utf-8", "replace").decode() for text in texts)
    size = size if isinstance(size, int) else 0
    marked = marked if isinstance(marked, float) else 0.0
    return MarkRecord(uid, size, "", sender, subject, marked, bool(sent), damaged=True)
