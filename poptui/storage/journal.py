"""The journal of marks: a mark is on the disk before the server gets DELE for it.

One SQLite file for all accounts. Its content exists nowhere else, so a damaged or foreign file is
renamed, and one of another version is left unchanged. Nothing raises: ``problem`` says in one
sentence what is wrong, and every later call tries again.

Each run of poptui that has marks holds the lock of its own file beside the journal. A run whose
lock can be acquired has ended, in whatever way, and its marks are offered to the user.

Calls may come from any thread, wait for one another, and block: run them in a thread.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Set
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from poptui.environment import data_path
from poptui.printable import printable_line
from poptui.storage import journal_tables as tables
from poptui.storage.database import (
    DatabaseFile,
    DatabaseFormat,
    failures,
    is_damage,
    reason,
    write_transaction,
)
from poptui.storage.journal_tables import add_marks, prepare, read_marks, salvage
from poptui.storage.locks import FileUnavailableError, make_folder, open_lock, try_acquire
from poptui.storage.mark_record import JournalSnapshot, MarkRecord, OtherInstance

if TYPE_CHECKING:
    from sqlite3 import Connection

MAX_PAGES = 1 << 24
"""Far more than any journal needs, so that only the disk limits it."""

READ_BACK_WAIT_S = 5.0
"""Wait this long for another process that is writing."""


class MarkJournal:
    """The marks of one account. Never raises."""

    def __init__(self, path: Path, account: str) -> None:
        self.problem = ""
        """A sentence about a problem, to be shown once; empty if there is none."""
        self.notice = ""
        """A sentence about a damaged or replaced file, to be shown once."""
        self.claimed_by_others: Set[str] = frozenset()
        """UIDs that the last write left out because other live runs have marked them."""
        self._path = path
        self._account = account.encode("utf-8", "replace").decode()
        file_format = DatabaseFormat(
            tables.APPLICATION,
            tables.VERSION,
            tables.TABLES,
            MAX_PAGES,
            upgrades={1: tables.ADD_CHECKSUMS},
            prepare=prepare,
            is_irreplaceable=True,
        )
        self._file = DatabaseFile(path, file_format)
        self._mutex = threading.Lock()
        self._connection: Connection | None = None
        self._opened_file: tuple[int, int] | None = None
        self._started = time.time()
        self._run = 0
        self._lock: int | None = None
        self._salvaged: Path | None = None
        """The damaged file whose marks were copied."""

    def snapshot(self) -> JournalSnapshot | None:
        """Return the marks of earlier and of other live runs; None if the journal can't be read."""
        found: list[JournalSnapshot] = []
        self._attempt(lambda connection: found.append(self._read_snapshot(connection)))
        return found[0] if found else None

    def write(self, marks: Iterable[MarkRecord], dropped: Iterable[str]) -> bool:
        """Write these marks and delete those UIDs, all or nothing; return whether it succeeded.

        A message belongs to the run that marks it first; ``claimed_by_others`` are left out.
        False without ``problem`` means that the file was replaced, so that no mark of this run is
        in it.
        """
        rows, uids = list(marks), list(dropped)
        if self._close_if_replaced():
            return False
        return self._attempt(partial(self._write, rows, uids))

    def read_back(self) -> Set[str]:
        """Return the marked UIDs that the next start would find, none if the file can't be read.

        The file is opened again by its name, because it may have been replaced meanwhile.
        """
        import sqlite3

        try:
            address = f"file://{quote(os.fsencode(self._path.absolute()))}?mode=ro"
            opened = sqlite3.connect(address, uri=True, timeout=READ_BACK_WAIT_S)
            with closing(opened) as connection:
                rows = connection.execute(tables.UIDS_OF_ACCOUNT, [self._account])
                return frozenset(uid for (uid,) in rows)
        except (sqlite3.Error, UnicodeError, OSError):
            return frozenset()

    def close(self) -> None:
        """End this run; its marks will be offered to the user at the next start."""
        with self._mutex:
            if self._connection is not None:
                with suppress(Exception), write_transaction(self._connection):
                    self._end_run(self._run, self._connection)
            self._connection = None
            self._file.close()
            self._release_run()

    def _attempt(self, work: Callable[[Connection], object]) -> bool:
        """Do ``work`` in one transaction; on failure, set ``problem`` and return False."""
        with self._mutex:
            try:
                expected = failures()
            except ImportError:
                self.problem = f"{self._name()} is off: this Python comes without SQLite."
                return False
            try:
                connection = self._opened()
                with write_transaction(connection):
                    work(connection)
            except expected as error:
                self._recover(error)
                return False
            self.problem = ""
            return True

    def _close_if_replaced(self) -> bool:
        """Close the journal if another file has its name now; return whether that was so."""
        with self._mutex:
            if self._connection is None or self._identity() == self._opened_file:
                return False
            self._connection = None
            self._file.close()
            self.problem = ""
            self.notice = (
                f"{self._name()} was removed or replaced while poptui ran. The present marks are"
                " written again."
            )
            return True

    def _identity(self) -> tuple[int, int] | None:
        """Return device and inode of the file that has the journal's name now."""
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connect(self._file.open)
        assert self._connection is not None
        return self._connection

    def _connect(self, opened: Callable[[], Connection]) -> None:
        make_folder(self._path.absolute().parent)
        connection = opened()
        with write_transaction(connection):
            self._begin_run(connection)
        self._connection, self._opened_file = connection, self._identity()
        renamed_to = self._file.renamed_to
        if renamed_to is not None and renamed_to != self._salvaged:
            self._salvaged = renamed_to
            saved = salvage(renamed_to, connection)
            self.notice = (
                f"{self._name()} was damaged or is not poptui's: it was renamed to"
                f" {printable_line(renamed_to.name)}, and a new one was created."
            )
            if saved:
                self.notice += f" {saved:,} marks could be read from it."

    def _recover(self, error: Exception) -> None:
        """Replace a damaged file; after another error, close it until the next call."""
        damaged = is_damage(error) and self._connection is not None
        self._connection = None
        if damaged:
            import sqlite3

            try:
                self._connect(self._file.renew)
                return
            except (
                sqlite3.Error,
                UnicodeError,
                FileUnavailableError,
                OSError,
                MemoryError,
            ) as second:
                error = second
        self._file.close()
        self.problem = f"{self._name()} is off: {reason(error)}. Marks hold for this session only."

    def _name(self) -> str:
        return f"The journal of marks {printable_line(str(self._path))}"

    # --- runs

    def _begin_run(self, connection: Connection) -> None:
        """Begin a run unless this process has one.

        The transaction keeps other processes from seeing the run before its lock is held.
        """
        ours = [os.getpid(), socket.gethostname(), self._started]
        if connection.execute(tables.FIND_OWN_RUN, [self._run, *ours]).fetchone():
            return
        self._release_run()
        self._run = connection.execute(tables.ADD_RUN, [self._account, *ours]).lastrowid or 0
        self._lock = open_lock(self._lock_path(self._run))
        if not try_acquire(self._lock):
            raise FileUnavailableError("another poptui keeps it locked")

    def _release_run(self) -> None:
        if self._lock is not None:
            with suppress(OSError):
                self._lock_path(self._run).unlink()
            os.close(self._lock)
        self._lock, self._run = None, 0

    def _end_dead_runs(self, connection: Connection) -> None:
        for (run,) in connection.execute(tables.OTHER_RUNS, [self._run]).fetchall():
            lock = open_lock(self._lock_path(run))
            try:
                if try_acquire(lock):
                    self._end_run(run, connection)
                    self._lock_path(run).unlink()
            finally:
                os.close(lock)

    def _end_run(self, run: int, connection: Connection) -> None:
        connection.execute(tables.RELEASE_MARKS, [run])
        connection.execute(tables.DELETE_RUN, [run])

    def _lock_path(self, run: int) -> Path:
        return self._path.with_name(f"{self._path.name}-run{run}")

    # --- marks

    def _read_snapshot(self, connection: Connection) -> JournalSnapshot:
        self._end_dead_runs(connection)
        connection.execute(tables.RELEASE_ORPHANED_MARKS)
        own = [self._account, self._run]
        found = read_marks(connection, self._account)
        damaged = [mark for _, mark in found if mark.damaged]
        if damaged:
            self.notice = (
                f"{self._name()}: {len(damaged):,} of its marks are damaged, so it is uncertain"
                " which messages they mean. They are shown and not marked."
            )
        return JournalSnapshot(
            tuple(mark for run, mark in found if run == 0 or mark.damaged),
            tuple(mark for run, mark in found if run not in (0, self._run) and not mark.damaged),
            tuple(OtherInstance(*row) for row in connection.execute(tables.OTHER_INSTANCES, own)),
        )

    def _write(self, marks: list[MarkRecord], dropped: list[str], connection: Connection) -> None:
        own = (self._account, self._run)
        uids = {mark.uid for mark in marks}
        self.claimed_by_others = self._claimed(uids, connection)
        ours = [mark for mark in marks if mark.uid not in self.claimed_by_others]
        connection.executemany(tables.DELETE_MARK, [(*own, uid) for uid in uids.union(dropped)])
        add_marks(connection, self._account, self._run, ours)

    def _claimed(self, uids: set[str], connection: Connection) -> Set[str]:
        """Return which of ``uids`` other live runs have marked."""
        others = [self._account, self._run]
        claimed = uids.intersection(
            uid for (uid,) in connection.execute(tables.UIDS_OF_OTHERS, others)
        )
        if not claimed:
            return frozenset()
        self._end_dead_runs(connection)
        return claimed.intersection(
            uid for (uid,) in connection.execute(tables.UIDS_OF_OTHERS, others)
        )


def open_journal(account: str, *, path: Path | None = None) -> MarkJournal:
    """Return the user's journal for one account; see :class:`MarkJournal`."""
    return MarkJournal(path or journal_path(), account)


def journal_path() -> Path:
    """Return the path of the journal, whether or not it exists."""
    return data_path("journal.sqlite3")
