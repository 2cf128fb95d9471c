"""The header cache: headers that were fetched once are not fetched again.

One SQLite file for all accounts holds, by account and UID, a message's size and its packed header.
Nothing depends on it: if anything is wrong with the file, the cache is off, ``problem`` says why in
one sentence, and headers come from the server.

Calls may come from any thread and wait for one another. They read and write files, so run them in
a thread: reading 50,000 headers would block the event loop.
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
from poptui.storage.database import PAGE_BYTES, WAL_PAGES, DatabaseFormat, write_transaction
from poptui.storage.locks import FileUnavailableError
from poptui.storage.optional_database import OptionalDatabase

if TYPE_CHECKING:
    from sqlite3 import Connection

DEFAULT_LIMIT_BYTES = 64 * 1024 * 1024
"""The size of the cache on the disk: about 150,000 headers."""

MIN_LIMIT_BYTES = 16 * 1024 * 1024
"""A smaller limit would leave too little room beside the write-ahead log."""

MAX_PAYLOAD_BYTES = 64 * 1024
"""A larger packed header with its UID isn't cached but fetched again."""

BATCH_ROWS = 256
"""Headers per transaction: it takes a few milliseconds, so other callers don't wait long."""

BATCH_BYTES = 256 * 1024
"""Bytes per transaction, so that the write-ahead log stays small."""

WAL_BYTES = 4 * WAL_PAGES * PAGE_BYTES
"""The part of the limit for the write-ahead log: what it holds before a checkpoint, one transaction
of 256 rows on separate pages, and the same again."""

MIN_FREE_PAGES = 512
"""Pages that must be free before a transaction: enough for two with each row on a new page."""

DROPPED_FRACTION = 16
"""If room is short, one in this many headers is dropped at once."""

CachedHeaderRow = tuple[str, int, bytes]
"""A UID, the size of its message, and its packed header."""

_APPLICATION = 0x706F7074
_VERSION = 1
"""Increment it with every change of the tables below."""
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
"""Header ids increase in the order of storing, ``used`` in the order of use."""

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
    """The cached headers of one account."""

    NAME = "The header cache {}"
    RENEWED = "was damaged, so poptui began a new one."

    def __init__(
        self, path: Path, account: str, *, limit: int = DEFAULT_LIMIT_BYTES, packing: int = 1
    ) -> None:
        """``limit``: the size in bytes of the files, for all accounts together.

        ``packing``, 0 to 999,999, is the version of the packed headers: a cache with another
        version is replaced by an empty one.
        """
        self.known = False
        """Whether the account existed when its headers were loaded."""
        self.resized: Set[str] = frozenset()
        """UIDs whose cached size differed from the wanted one at the last load."""
        self._account = account.encode("utf-8", "surrogatepass")
        self._seed = crc32(self._account)
        self._pages = (max(limit, MIN_LIMIT_BYTES) - WAL_BYTES) // PAGE_BYTES
        version = _VERSION * 1_000_000 + packing
        file_format = DatabaseFormat(_APPLICATION, version, _TABLES, self._pages)
        super().__init__(path, file_format)

    def load(self, wanted: Mapping[str, int]) -> dict[str, bytes]:
        """Return the cached headers of the ``wanted`` UIDs whose size is the wanted one."""
        headers: dict[str, bytes] = {}
        self._attempt(partial(self._read, headers, wanted))
        self._attempt(lambda connection: connection.execute(_TOUCH, [self._account]))
        return headers

    def store(self, rows: Iterable[CachedHeaderRow]) -> None:
        """Store headers; each replaces an earlier one with its UID."""
        for batch in _batches(rows):
            self._attempt(partial(self._write, batch))

    def prune(self, uids: Collection[str]) -> None:
        """Drop this account's headers not in ``uids``; record the account as known."""
        current = uids if isinstance(uids, (set, frozenset, dict)) else set(uids)
        kept: list[tuple[str]] = []
        self._attempt(lambda connection: kept.extend(connection.execute(_UIDS, [self._account])))
        self._attempt(lambda connection: connection.execute(_USE, [self._account]))
        gone = [(self._account, uid) for (uid,) in kept if uid not in current]
        for start in range(0, len(gone), BATCH_ROWS):
            self._attempt(partial(_drop, _FORGET, gone[start : start + BATCH_ROWS]))

    def clear(self) -> None:
        """Drop the headers of all accounts and shrink the file."""
        self._attempt(lambda connection: connection.executescript(_CLEAR))

    def forget(self) -> None:
        """Drop this account with its headers."""

        def work(connection: Connection) -> None:
            _drop(_FORGET_HEADERS, [(self._account,)], connection)
            _drop(_FORGET_ACCOUNT, [(self._account,)], connection)
            connection.executescript(_SHRINK)

        self._attempt(work)

    def accounts(self) -> dict[str, int]:
        """Return the number of headers by account, the most recently used first."""
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

    def _write(self, rows: Sequence[CachedHeaderRow], connection: Connection) -> None:
        if self._file.wal_bytes() > WAL_BYTES // 2:
            _checkpoint(connection)
        self._make_room(connection)
        with write_transaction(connection):
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
        """Drop a fraction of the headers if room is short, least recently used accounts first."""
        while _pages(connection) > self._pages - MIN_FREE_PAGES:
            oldest = connection.execute(_OLDEST, [DROPPED_FRACTION]).fetchall()
            if not oldest:
                return
            for start in range(0, len(oldest), BATCH_ROWS):
                _drop(_DROP, oldest[start : start + BATCH_ROWS], connection)


def open_cache(
    account: str, *, path: Path | None = None, limit: int = DEFAULT_LIMIT_BYTES, packing: int = 1
) -> HeaderCache:
    """Return the user's cache for one account; see :class:`HeaderCache`."""
    return HeaderCache(path or cache_path(), account, limit=limit, packing=packing)


def bytes_on_disk(path: Path) -> int:
    """Return the size of the cache at ``path``; 0 if there is none."""
    files = (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))
    return sum(file.stat().st_size for file in files if file.is_file())


def _batches(rows: Iterable[CachedHeaderRow]) -> Iterator[list[CachedHeaderRow]]:
    """Split the rows that can be stored into batches of one transaction each."""
    batch: list[CachedHeaderRow] = []
    octets = 0
    for uid, size, payload in rows:
        length = len(uid) + len(payload)
        if length > MAX_PAYLOAD_BYTES or not 0 <= size < 1 << 63:
            continue
        if len(batch) == BATCH_ROWS or octets + length > BATCH_BYTES:
            yield batch
            batch, octets = [], 0
        batch.append((uid, size, payload))
        octets += length
    if batch:
        yield batch


def _checksum(seed: int, uid: str, size: int, payload: bytes) -> int:
    """Return a checksum that detects damaged payloads and payloads in the wrong row."""
    return crc32(payload, crc32(uid.encode(), seed ^ size))


def _drop(statement: str, rows: Sequence[tuple[Any, ...]], connection: Connection) -> None:
    with write_transaction(connection):
        connection.executemany(statement, rows)


def _pages(connection: Connection) -> int:
    """Return the number of used pages."""
    count: int = connection.execute("PRAGMA page_count").fetchone()[0]
    free: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
    return count - free


def _checkpoint(connection: Connection) -> None:
    """Write the write-ahead log to the database.

    SQLite refuses a checkpoint at once while another one runs, so try for a while. Raises
    FileUnavailableError if another process keeps the log in use.
    """
    end = time.monotonic() + locks.MAX_WAIT_S
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > end:
            raise FileUnavailableError("another program keeps it locked")
        time.sleep(0.01)
