"""An SQLite file: created, shared between processes, checked, and replaced if it is damaged.

A damaged file is deleted if its content can be restored; if not
(``DatabaseFormat.is_irreplaceable``), it is renamed. Each process that has the database open holds
a shared lock on an empty file beside it. Only a process with an exclusive lock creates or replaces
the database, so it is never replaced while another poptui uses it. The file is created with mode
0600, whatever the umask.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from poptui.storage import locks
from poptui.storage.locks import (
    EXCLUSIVE,
    SHARED,
    FileUnavailableError,
    acquire,
    make_folder,
    open_lock,
)

if TYPE_CHECKING:
    from sqlite3 import Connection

PAGE_BYTES = 4096
"""The size of a database page."""

WAL_PAGES = 256
"""After this many pages, the write-ahead log is written to the database."""

MAX_VALUE_BYTES = 1024 * 1024
"""The limit for a value or row: a damaged file may claim a gigabyte."""

_IDENTITY = ("application_id", "user_version", "journal_mode")
_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_BUSY, _LOCKED, _FULL = 5, 6, 13
_DAMAGE = {1, 11, 18, 26}
"""Result codes ERROR (foreign tables or texts), CORRUPT, TOOBIG and NOTADB."""

_REASONS = {
    1: "it is damaged",
    3: "it may not be read or written",
    8: "it cannot be written",
    10: "the disk failed to read or write it",
    11: "it is damaged",
    18: "it is damaged",
    14: "it cannot be opened",
    23: "it may not be read or written",
    26: "it is damaged",
    _BUSY: "another program keeps it locked",
    _LOCKED: "another program keeps it locked",
    _FULL: "there is no room left on the disk",
}


def failures() -> tuple[type[Exception], ...]:
    """Return the exceptions that work on a database may raise. Raises ImportError without SQLite.

    Text with wrong bytes raises UnicodeError; a file may be too large for the memory.
    """
    import sqlite3

    return (sqlite3.Error, UnicodeError, FileUnavailableError, OSError, MemoryError)


@contextmanager
def write_transaction(connection: Connection) -> Iterator[None]:
    """Make all changes of the block or none. Only one process at a time gets into it."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


class DatabaseFormat(NamedTuple):
    """The format of a database, by which poptui recognizes its own files."""

    application: int
    """The application id in its file header, 1 to 2³¹-1."""
    version: int
    """Its ``user_version``; a file with another version is replaced."""
    schema: str
    pages: int
    """The most pages it may have; a larger file is replaced."""
    upgrades: Mapping[int, str] = MappingProxyType({})
    """The SQL that upgrades an irreplaceable database by one version, for each older version."""
    prepare: Callable[[Connection], None] = lambda connection: None
    """Prepares a new connection, for example with SQL functions for ``upgrades``."""
    is_irreplaceable: bool = False
    """Whether its content can't be restored from elsewhere. So each write is on the disk when it
    returns, and the file is checked as a whole when it is opened, never removed, and left alone if
    its version differs."""


class DatabaseFile:
    """One database file with its lock; open at most once at a time."""

    def __init__(self, path: Path, file_format: DatabaseFormat) -> None:
        self.damaged = False
        """Whether a damaged file was found and replaced."""
        self.renamed_to: Path | None = None
        """The new path of a damaged file whose content is irreplaceable."""
        self._path = path
        self._format = file_format
        self._is_exclusive = False
        """Whether no other process has the file open."""
        self._unfinished = False
        """Whether creating it was interrupted before it had tables."""
        self._lock: int | None = None
        self._connection: Connection | None = None

    def open(self) -> Connection:
        """Return a connection to the checked database, which is created if missing.

        Raises FileUnavailableError, OSError, sqlite3.Error, and UnicodeDecodeError if SQLite
        quotes a damaged file. May take twice ``locks.MAX_WAIT_S``.
        """
        self._path = self._path.absolute()
        make_folder(self._path.parent)
        self._lock = open_lock(self._beside("-lock"))
        return self._open_checked()

    def renew(self) -> Connection:
        """Replace the open, damaged database by a new one. Raises like ``open``."""
        self.damaged = True
        self._disconnect()
        return self._open_checked()

    def wal_bytes(self) -> int:
        """Return the size of the write-ahead log. Raises OSError if the files are gone."""
        return self._beside("-wal").stat().st_size

    def close(self) -> None:
        """Close the database and release its lock. Never raises."""
        self._disconnect()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _open_checked(self) -> Connection:
        assert self._lock is not None
        self._is_exclusive = acquire(self._lock, EXCLUSIVE, SHARED) == EXCLUSIVE
        if self.damaged or not self._exists() or not self._is_usable():
            self._replace(self._is_exclusive)
        acquire(self._lock, SHARED)
        assert self._connection is not None
        return self._connection

    def _exists(self) -> bool:
        """Whether the file exists; if so, take away other users' access."""
        try:
            found = self._path.lstat()
        except FileNotFoundError:
            return False
        if not stat.S_ISREG(found.st_mode):
            raise FileUnavailableError("it is not an ordinary file")
        if found.st_mode & 0o077:
            self._path.chmod(found.st_mode & 0o700)
        return True

    def _is_usable(self) -> bool:
        """Connect; return False if the file is damaged, too large, or has another version."""
        import sqlite3

        ours = [self._format.application, self._format.version, "wal"]
        try:
            connection = self._connect()
            found = [_pragma(connection, name) for name in _IDENTITY]
            if self._format.is_irreplaceable:
                return self._is_irreplaceable_usable(connection, found)
            return found == ours and _pragma(connection, "page_count") <= self._format.pages
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
            self.damaged = True
            return False

    def _is_irreplaceable_usable(self, connection: Connection, found: list[Any]) -> bool:
        """Like ``_is_usable``, for irreplaceable content; another version is left unchanged."""
        self._unfinished = found[:2] == [self._format.application, 0]
        if found[0] != self._format.application or self._unfinished:
            return False
        if found[1] != self._format.version and found[1] not in self._format.upgrades:
            raise FileUnavailableError("it was written by another version of poptui")
        self.damaged = _pragma(connection, "integrity_check") != "ok"
        if not self.damaged and found[1] != self._format.version:
            self._upgrade(connection, found[1])
        return not self.damaged

    def _upgrade(self, connection: Connection, version: int) -> None:
        """Upgrade the tables completely or not at all.

        Raises FileUnavailableError while an older poptui has the file open.
        """
        if not self._is_exclusive:
            raise FileUnavailableError("an older version of poptui uses it")
        while version != self._format.version:
            change = self._format.upgrades[version]
            version += 1
            try:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {change}; PRAGMA user_version = {version}; COMMIT"
                )
            except BaseException:
                if connection.in_transaction:
                    connection.rollback()
                raise

    def _replace(self, exclusive: bool) -> None:
        self._disconnect()
        if not exclusive:
            raise FileUnavailableError(
                "it is damaged or of another version, and another poptui uses it"
            )
        self._remove()
        self._create()

    def _remove(self) -> None:
        """Delete our own file; rename another damaged file to ``.damaged``."""
        if self._format.is_irreplaceable:
            return self._rename_damaged() if self._exists() else None
        start = self._read_header()
        database = start.startswith(_MAGIC)
        ours = database and self._application(start) == self._format.application
        if database and not ours and not self.damaged:
            raise FileUnavailableError("it is a database of another program")
        for suffix in ("-wal", "-shm"):
            self._beside(suffix).unlink(missing_ok=True)
        if start and not ours:
            self._path.replace(self._beside(".damaged"))
            self.damaged = True
        self._path.unlink(missing_ok=True)

    def _rename_damaged(self) -> None:
        """Rename the files to an unused name; delete a database that was never completed."""
        if self._unfinished or not self._path.stat().st_size:
            self._path.unlink()
            return
        names = (f".damaged-{number}" for number in count(1))
        self.renamed_to = next(
            self._beside(name) for name in names if not self._exists_beside(name)
        )
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                self._beside(suffix).rename(
                    self.renamed_to.with_name(self.renamed_to.name + suffix)
                )
        self.damaged = True

    def _exists_beside(self, name: str) -> bool:
        return any(os.path.lexists(self._beside(name + suffix)) for suffix in ("", "-wal", "-shm"))

    def _read_header(self) -> bytes:
        """Read the file header, only under the exclusive lock: closing it drops SQLite's locks."""
        try:
            with self._path.open("rb") as file:
                return file.read(_HEADER_BYTES)
        except FileNotFoundError:
            return b""

    def _application(self, start: bytes) -> int:
        """Return the application id in a file header; ours if the header is incomplete."""
        cut = len(start) < _HEADER_BYTES
        return self._format.application if cut else int.from_bytes(start[68:72], "big")

    def _create(self) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.fchmod(handle, 0o600)
        os.close(handle)
        connection = self._connect()
        connection.execute(f"PRAGMA application_id = {self._format.application}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(
            f"BEGIN; {self._format.schema}; PRAGMA user_version = {self._format.version}; COMMIT"
        )

    def _connect(self) -> Connection:
        import sqlite3

        self._connection = connection = sqlite3.connect(
            f"file://{quote(os.fsencode(self._path))}?mode=rw",
            uri=True,
            timeout=locks.MAX_WAIT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        self._format.prepare(connection)
        for setting in (
            f"page_size = {PAGE_BYTES}",
            f"max_page_count = {self._format.pages}",
            f"wal_autocheckpoint = {WAL_PAGES}",
            f"journal_size_limit = {WAL_PAGES * PAGE_BYTES}",
            f"synchronous = {'FULL' if self._format.is_irreplaceable else 'NORMAL'}",
            "temp_store = MEMORY",
            "cell_size_check = ON",
            "trusted_schema = OFF",
        ):
            connection.execute(f"PRAGMA {setting}")
        return connection

    def _disconnect(self) -> None:
        if self._connection is None:
            return
        import sqlite3

        with suppress(sqlite3.Error, UnicodeDecodeError):
            self._connection.close()
        self._connection = None

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)


def is_damage(error: Exception) -> bool:
    """Whether the error means that the file is damaged."""
    return _code(error) in _DAMAGE


def reason(error: Exception) -> str:
    """Return why the database cannot be used, for use after a colon."""
    if isinstance(error, FileUnavailableError):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or "the system refused it"
    if isinstance(error, MemoryError):
        return "there is no memory left"
    return _REASONS.get(_code(error), str(error) or "SQLite failed")


def _code(error: Exception) -> int:
    """Return SQLite's primary result code; 1 if Python could not decode what SQLite returned."""
    ours = isinstance(error, (FileUnavailableError, OSError, MemoryError))
    return 0 if ours else int(getattr(error, "sqlite_errorcode", 1)) & 0xFF


def _pragma(connection: Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]
