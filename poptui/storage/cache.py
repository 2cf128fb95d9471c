"""The header cache: what was read from a mailbox once need not be fetched again.

One SQLite file for all accounts, by account and UID: a message's size in octets and its header
as the caller packed it. Nothing depends on it: whatever is wrong with the file, its disk or its
folder, the cache is off, ``trouble`` says why in one sentence, and headers come from the server.

Every call may come from any thread; calls wait for one another. They read and write files, so
they belong in a worker thread, where reading 50,000 headers leaves the event loop free.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from poptui.environment import cache_path
from poptui.storage import locks
from poptui.storage.database import PAGE, WAL_PAGES, Layout
from poptui.storage.locks import LockUnavailableError
from poptui.storage.optional_database import OptionalDatabase

if TYPE_CHECKING:
    from sqlite3 import Connection

DEFAULT_LIMIT = 64 * 1024 * 1024
"""Octets of the cache on the disk; some 150,000 headers."""

SMALLEST_LIMIT = 16 * 1024 * 1024
"""Octets below which a limit leaves too little room beside the write-ahead log."""

PAYLOAD_LIMIT = 64 * 1024
"""Octets of a packed header and its UID; larger ones are fetched again rather than kept."""

BATCH_ROWS = 256
"""Headers written or dropped in one transaction: some milliseconds, so nobody waits long."""

BATCH_OCTETS = 256 * 1024
"""Octets written in one transaction, so that the write-ahead log stays small."""

WAL_OCTETS = 4 * WAL_PAGES * PAGE
"""The part of the limit that is the write-ahead log's: what it holds before it is brought in, one
transaction of 256 rows that are each on pages of their own, and as much again."""

ROOM_PAGES = 512
"""Free pages there must be before a transaction: enough for two, each row on a new page."""

SHARE_DROPPED = 16
"""Where room is short, one header in so many is dropped at once."""

Row = tuple[str, int, bytes]
"""A UID, the size of its message in octets, its header as the caller packed it."""

_APPLICATION = 0x706F7074
_VERSION = 1
"""To be raised with every change of the tables below."""
_TABLES = """
    CREATE TABLE account (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, used INTEGER NOT NULL);
    CREATE TABLE header (
        id INTEGER PRIMARY KEY,
        account INTEGER NOT NULL,
        uid TEXT NOT NULL,
        size INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        payload BLOB NOT NULL,
        UNIQUE (account, uid)
    )
"""
"""A header's id grows with the time it was stored, an account's ``used`` with that of its use."""

_OURS = "account = (SELECT id FROM account WHERE name = ?)"
_USE = """
    INSERT INTO account (name, used) SELECT ?, coalesce(max(used), 0) + 1 FROM account WHERE true
    ON CONFLICT (name) DO UPDATE SET used = excluded.used
"""
_TOUCH = "UPDATE account SET used = (SELECT max(used) + 1 FROM account) WHERE name = ?"
_ACCOUNT_ID = "SELECT id FROM account WHERE name = ?"
_LOAD = f"""
    SELECT uid, size, checksum, payload FROM header
    WHERE {_OURS}
    AND typeof(uid) = 'text' AND typeof(size) = 'integer' AND typeof(payload) = 'blob'
"""
_STORE = """
    INSERT OR REPLACE INTO header (account, uid, size, checksum, payload) VALUES (?, ?, ?, ?, ?)
"""
_UIDS = f"SELECT uid FROM header WHERE {_OURS}"
_FORGET = f"DELETE FROM header WHERE {_OURS} AND uid = ?"
_OLDEST = """
    SELECT header.id FROM header LEFT JOIN account ON account.id = header.account
    ORDER BY account.used, header.id LIMIT 1 + (SELECT count(*) FROM header) / ?
"""
_DROP = "DELETE FROM header WHERE id = ?"
_CLEAR = """
    BEGIN IMMEDIATE; DELETE FROM header; DELETE FROM account; COMMIT;
    VACUUM; PRAGMA wal_checkpoint(TRUNCATE)
"""
_ACCOUNTS = """
    SELECT name, (SELECT count(*) FROM header WHERE account = account.id) FROM account
    WHERE typeof(name) = 'blob' ORDER BY used DESC
"""
_FORGET_HEADERS = f"DELETE FROM header WHERE {_OURS}"
_FORGET_ACCOUNT = "DELETE FROM account WHERE name = ?"
_SHRINK = "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"


class HeaderCache(OptionalDatabase):
    """The headers kept for one account."""

    NAME = "The header cache {}"
    RENEWED = "was damaged, so poptui began a new one."

    def __init__(
        self, path: Path, account: str, *, limit: int = DEFAULT_LIMIT, packing: int = 1
    ) -> None:
        """``limit`` bounds the files in octets, for all accounts together.

        ``packing``, 0 to 999,999, is the version of the caller's payloads: a cache with others is
        begun anew.
        """
        self.known = False
        """Whether the account was there already when its headers were loaded."""
        self.resized: Set[str] = frozenset()
        """UIDs that were last loaded with another size than was wanted."""
        self._account = account.encode("utf-8", "surrogatepass")
        self._seed = crc32(self._account)
        self._pages = (max(limit, SMALLEST_LIMIT) - WAL_OCTETS) // PAGE
        version = _VERSION * 1_000_000 + packing
        layout = Layout(_APPLICATION, version, _TABLES, self._pages)
        super().__init__(path, layout)

    def load(self, wanted: Mapping[str, int]) -> dict[str, bytes]:
        """Of the UIDs ``wanted``, with their sizes: the headers kept for just that size."""
        headers: dict[str, bytes] = {}
        self._attempt(partial(self._read, headers, wanted))
        self._attempt(lambda connection: connection.execute(_TOUCH, [self._account]))
        return headers

    def store(self, rows: Iterable[Row]) -> None:
        """Keep headers, each instead of what was kept for its UID."""
        for batch in _batches(rows):
            self._attempt(partial(self._write, batch))

    def prune(self, uids: Collection[str]) -> None:
        """Drop what is kept for this account and is not among ``uids``; from now on it is known."""
        there = uids if isinstance(uids, (set, frozenset, dict)) else set(uids)
        kept: list[tuple[str]] = []
        self._attempt(lambda connection: kept.extend(connection.execute(_UIDS, [self._account])))
        self._attempt(lambda connection: connection.execute(_USE, [self._account]))
        gone = [(self._account, uid) for (uid,) in kept if uid not in there]
        for start in range(0, len(gone), BATCH_ROWS):
            self._attempt(partial(_drop, _FORGET, gone[start : start + BATCH_ROWS]))

    def clear(self) -> None:
        """Drop everything, of every account, and give the room back to the disk."""
        self._attempt(lambda connection: connection.executescript(_CLEAR))

    def forget(self) -> None:
        """Drop what is kept for this account, and that it was ever known."""

        def work(connection: Connection) -> None:
            _drop(_FORGET_HEADERS, [(self._account,)], connection)
            _drop(_FORGET_ACCOUNT, [(self._account,)], connection)
            connection.executescript(_SHRINK)

        self._attempt(work)

    def accounts(self) -> dict[str, int]:
        """How many headers are kept for each account, the one that was used last first."""
        found: dict[str, int] = {}

        def work(connection: Connection) -> None:
            for name, headers in connection.execute(_ACCOUNTS):
                found[name.decode("utf-8", "replace")] = headers

        self._attempt(work)
        return found

    def _read(
        self, headers: dict[str, bytes], wanted: Mapping[str, int], connection: Connection
    ) -> None:
        seed = self._seed
        self.known = connection.execute(_ACCOUNT_ID, [self._account]).fetchone() is not None
        resized: set[str] = set()
        for uid, size, checksum, payload in connection.execute(_LOAD, [self._account]):
            if wanted.get(uid, size) != size:
                resized.add(uid)
            elif uid in wanted and _checksum(seed, uid, size, payload) == checksum:
                headers[uid] = payload
        self.resized = resized

    def _write(self, rows: Sequence[Row], connection: Connection) -> None:
        if self._file.wal_octets() > WAL_OCTETS // 2:
            _drain(connection)
        self._make_room(connection)
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_USE, [self._account])
            (account,) = connection.execute(_ACCOUNT_ID, [self._account]).fetchone()
            connection.executemany(
                _STORE,
                (
                    (account, uid, size, _checksum(self._seed, uid, size, payload), payload)
                    for uid, size, payload in rows
                ),
            )

    def _make_room(self, connection: Connection) -> None:
        """Drop a share of the headers where room is short, the longest unused accounts' first."""
        while _pages(connection) > self._pages - ROOM_PAGES:
            oldest = connection.execute(_OLDEST, [SHARE_DROPPED]).fetchall()
            if not oldest:
                return
            for start in range(0, len(oldest), BATCH_ROWS):
                _drop(_DROP, oldest[start : start + BATCH_ROWS], connection)


def open_cache(
    account: str, *, path: Path | None = None, limit: int = DEFAULT_LIMIT, packing: int = 1
) -> HeaderCache:
    """The user's cache, for one account; see :class:`HeaderCache`."""
    return HeaderCache(path or cache_path(), account, limit=limit, packing=packing)


def octets_on_disk(path: Path) -> int:
    """What the cache at ``path`` takes there; 0 where there is none."""
    files = (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))
    return sum(file.stat().st_size for file in files if file.is_file())


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """``rows`` that can be kept, in pieces of one transaction."""
    batch: list[Row] = []
    octets = 0
    for uid, size, payload in rows:
        length = len(uid) + len(payload)
        if length > PAYLOAD_LIMIT or not 0 <= size < 1 << 63:
            continue
        if len(batch) == BATCH_ROWS or octets + length > BATCH_OCTETS:
            yield batch
            batch, octets = [], 0
        batch.append((uid, size, payload))
        octets += length
    if batch:
        yield batch


def _checksum(seed: int, uid: str, size: int, payload: bytes) -> int:
    """What octets that were damaged, or came into another row, do not agree with."""
    return crc32(payload, crc32(uid.encode(), seed ^ size))


def _drop(statement: str, rows: Sequence[tuple[Any, ...]], connection: Connection) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, rows)


def _pages(connection: Connection) -> int:
    """Pages in use."""
    count: int = connection.execute("PRAGMA page_count").fetchone()[0]
    free: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
    return count - free


def _drain(connection: Connection) -> None:
    """Bring the write-ahead log in; :class:`Unavailable` where another process holds it open.

    A checkpoint that meets another one is refused at once, hence the tries.
    """
    end = time.monotonic() + locks.PATIENCE
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > end:
            raise LockUnavailableError("another program keeps it locked")
        time.sleep(0.01)
