"""An SQLite file: made, shared, checked, and begun anew where it is damaged.

One that may be lost at any time is removed then; one that is kept (``Layout.kept``) goes aside
under a new name. Beside it lies an empty lock file. Whoever has the database open holds that lock
shared; only who holds it alone makes or replaces the database, so a file is never replaced under
another poptui. The file is the user's alone (0600, whatever the umask) from its first octet on.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from poptui.storage import locks
from poptui.storage.locks import ALONE, SHARED, LockUnavailableError, hold, make_folder, open_lock

if TYPE_CHECKING:
    from sqlite3 import Connection

PAGE = 4096
"""Octets of a database page."""

WAL_PAGES = 256
"""Pages after which the write-ahead log is brought into the database."""

LONGEST_VALUE = 1024 * 1024
"""Octets of a value or row; a damaged file may claim a gigabyte."""

_IDENTITY = ("application_id", "user_version", "journal_mode")
_MAGIC = b"SQLite format 3\0"
_HEADER_OCTETS = 100
_BUSY, _LOCKED, _FULL = 5, 6, 13
_DAMAGE = {1, 11, 18, 26}
"""Result codes ERROR (tables or texts that cannot be ours), CORRUPT, TOOBIG and NOTADB."""

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


class Layout(NamedTuple):
    """What a database must be to be ours."""

    application: int
    """The application id in its file header, 1 to 2³¹-1."""
    version: int
    """Its ``user_version``; a file with another is begun anew."""
    schema: str
    pages: int
    """The most pages it may have; a file with more is begun anew."""
    upgrades: Mapping[int, str] = MappingProxyType({})
    """For a kept one: what makes the next version of each older one."""
    prepare: Callable[[Connection], None] = lambda connection: None
    """Makes a new connection ready, with the functions that ``upgrades`` use."""
    kept: bool = False
    """What it holds is nowhere else: each write is on the disk when it returns, the file is checked
    as a whole when it is opened, never removed, and left alone where its version is another."""


class DatabaseFile:
    """One database file with its lock; opened at most once at a time."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.damaged = False
        """Whether a damaged file was found and a new one begun."""
        self.aside: Path | None = None
        """Where a kept one was put then."""
        self._path = path
        self._layout = layout
        self._alone = False
        """Whether nobody else has the file open."""
        self._unfinished = False
        """Whether the making of it was cut off before its tables."""
        self._lock: int | None = None
        self._connection: Connection | None = None

    def open(self) -> Connection:
        """A connection to the checked database, made first where there is none.

        Raises :class:`Unavailable`, ``OSError``, ``sqlite3.Error``, and ``UnicodeDecodeError``
        where SQLite quotes a damaged file; may take ``locks.PATIENCE`` twice.
        """
        self._path = self._path.absolute()
        make_folder(self._path.parent)
        self._lock = open_lock(self._beside("-lock"))
        return self._settle()

    def renew(self) -> Connection:
        """Put the open, damaged database out of the way and begin a new one; raises as above."""
        self.damaged = True
        self._disconnect()
        return self._settle()

    def wal_octets(self) -> int:
        """The size of the write-ahead log; ``OSError`` where the files were taken away."""
        return self._beside("-wal").stat().st_size

    def close(self) -> None:
        """Close the database and let go of its lock; never raises."""
        self._disconnect()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _settle(self) -> Connection:
        assert self._lock is not None
        self._alone = hold(self._lock, ALONE, SHARED) == ALONE
        if self.damaged or not self._exists() or not self._sound():
            self._replace(self._alone)
        hold(self._lock, SHARED)
        assert self._connection is not None
        return self._connection

    def _exists(self) -> bool:
        """Whether there is a file; from now on nobody else may read it."""
        try:
            found = self._path.lstat()
        except FileNotFoundError:
            return False
        if not stat.S_ISREG(found.st_mode):
            raise LockUnavailableError("it is not an ordinary file")
        if found.st_mode & 0o077:
            self._path.chmod(found.st_mode & 0o700)
        return True

    def _sound(self) -> bool:
        """Connect; False where the file is damaged, of another version, or too large."""
        import sqlite3

        ours = [self._layout.application, self._layout.version, "wal"]
        try:
            connection = self._connect()
            found = [_pragma(connection, name) for name in _IDENTITY]
            if self._layout.kept:
                return self._whole(connection, found)
            return found == ours and _pragma(connection, "page_count") <= self._layout.pages
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
            self.damaged = True
            return False

    def _whole(self, connection: Connection, found: list[Any]) -> bool:
        """As ``_sound``, for a database that is kept; one of another version is left alone."""
        self._unfinished = found[:2] == [self._layout.application, 0]
        if found[0] != self._layout.application or self._unfinished:
            return False
        if found[1] != self._layout.version and found[1] not in self._layout.upgrades:
            raise LockUnavailableError("it was written by another version of poptui")
        self.damaged = _pragma(connection, "integrity_check") != "ok"
        if not self.damaged and found[1] != self._layout.version:
            self._upgrade(connection, found[1])
        return not self.damaged

    def _upgrade(self, connection: Connection, version: int) -> None:
        """All of it or nothing; an older poptui that has the file open keeps it."""
        if not self._alone:
            raise LockUnavailableError("an older version of poptui uses it")
        while version != self._layout.version:
            change = self._layout.upgrades[version]
            version += 1
            try:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {change}; PRAGMA user_version = {version}; COMMIT"
                )
            except BaseException:
                if connection.in_transaction:
                    connection.rollback()
                raise

    def _replace(self, alone: bool) -> None:
        self._disconnect()
        if not alone:
            raise LockUnavailableError(
                "it is damaged or of another version, and another poptui uses it"
            )
        self._put_away()
        self._make()

    def _put_away(self) -> None:
        """Remove what is ours; keep other damaged files beside it, as ``.damaged``."""
        if self._layout.kept:
            return self._put_aside() if self._exists() else None
        start = self._start()
        database = start.startswith(_MAGIC)
        ours = database and self._application(start) == self._layout.application
        if database and not ours and not self.damaged:
            raise LockUnavailableError("it is a database of another program")
        for suffix in ("-wal", "-shm"):
            self._beside(suffix).unlink(missing_ok=True)
        if start and not ours:
            self._path.replace(self._beside(".damaged"))
            self.damaged = True
        self._path.unlink(missing_ok=True)

    def _put_aside(self) -> None:
        """Keep all that there is under a name that is free; nothing is in one just begun."""
        if self._unfinished or not self._path.stat().st_size:
            self._path.unlink()
            return
        names = (f".damaged-{number}" for number in count(1))
        self.aside = next(self._beside(name) for name in names if not self._taken(name))
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                self._beside(suffix).rename(self.aside.with_name(self.aside.name + suffix))
        self.damaged = True

    def _taken(self, name: str) -> bool:
        return any(os.path.lexists(self._beside(name + suffix)) for suffix in ("", "-wal", "-shm"))

    def _start(self) -> bytes:
        """The file header. Read while we are alone: closing it drops this process's locks."""
        try:
            with self._path.open("rb") as file:
                return file.read(_HEADER_OCTETS)
        except FileNotFoundError:
            return b""

    def _application(self, start: bytes) -> int:
        """The application id in a file header; ours where the file is cut before it."""
        cut = len(start) < _HEADER_OCTETS
        return self._layout.application if cut else int.from_bytes(start[68:72], "big")

    def _make(self) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.fchmod(handle, 0o600)
        os.close(handle)
        connection = self._connect()
        connection.execute(f"PRAGMA application_id = {self._layout.application}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(
            f"BEGIN; {self._layout.schema}; PRAGMA user_version = {self._layout.version}; COMMIT"
        )

    def _connect(self) -> Connection:
        import sqlite3

        self._connection = connection = sqlite3.connect(
            f"file://{quote(os.fsencode(self._path))}?mode=rw",
            uri=True,
            timeout=locks.PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        self._layout.prepare(connection)
        for setting in (
            f"page_size = {PAGE}",
            f"max_page_count = {self._layout.pages}",
            f"wal_autocheckpoint = {WAL_PAGES}",
            f"journal_size_limit = {WAL_PAGES * PAGE}",
            f"synchronous = {'FULL' if self._layout.kept else 'NORMAL'}",
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
    """Whether the error means that the file does not hold what was written to it."""
    return _code(error) in _DAMAGE


def reason(error: Exception) -> str:
    """Why the database cannot be used, to stand after a colon."""
    if isinstance(error, LockUnavailableError):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or "the system refused it"
    if isinstance(error, MemoryError):
        return "there is no memory left"
    return _REASONS.get(_code(error), str(error) or "SQLite failed")


def _code(error: Exception) -> int:
    """SQLite's primary result code; 1 where Python found the fault in what SQLite returned."""
    ours = isinstance(error, (LockUnavailableError, OSError, MemoryError))
    return 0 if ours else int(getattr(error, "sqlite_errorcode", 1)) & 0xFF


def _pragma(connection: Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]
