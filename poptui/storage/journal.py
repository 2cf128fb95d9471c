"""The journal: what the user wants deleted is on the disk before the server hears of it.

One SQLite file for all accounts. Unlike a cache it holds what nobody else knows: a file that is
damaged or not ours is kept under another name, one of another version is left alone. Whatever is
wrong, nothing is raised: ``trouble`` says it in one sentence, and every later call tries again.

Each run of poptui that has marks to keep holds the lock of a file of its own beside the journal;
a run whose lock can be had is over, however it ended, and its marks are offered to the next one.

Calls may come from any thread, wait for one another, and block: they belong in a worker thread.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Set
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from poptui.environment import data_path
from poptui.printable import printable_line
from poptui.storage import journal_schema as schema
from poptui.storage.database import DatabaseFile, Layout, is_damage, reason
from poptui.storage.locks import LockUnavailableError, make_folder, open_lock, try_hold
from poptui.storage.mark_checksum import keep, prepare, read_marks, salvage
from poptui.storage.mark_record import JournalSnapshot, MarkRecord, OtherInstance

if TYPE_CHECKING:
    from sqlite3 import Connection

PAGES = 1 << 24
"""More than any journal has: the disk alone bounds it."""


class MarkJournal:
    """The marks of one account; making, using and closing it never raises."""

    def __init__(self, path: Path, account: str) -> None:
        self.trouble = ""
        """A sentence on what is wrong with the journal, to be shown once; empty if nothing is."""
        self.remark = ""
        """A sentence on a damaged file that was kept aside, to be shown once."""
        self.theirs: Set[str] = frozenset()
        """What the last write left out: other runs that are alive have these UIDs marked."""
        self._path = path
        self._account = account.encode("utf-8", "replace").decode()
        layout = Layout(
            schema.APPLICATION,
            schema.VERSION,
            schema.TABLES,
            PAGES,
            upgrades={1: schema.ADD_CHECKSUMS},
            prepare=prepare,
            kept=True,
        )
        self._file = DatabaseFile(path, layout)
        self._turn = threading.Lock()
        self._connection: Connection | None = None
        self._opened_file: tuple[int, int] | None = None
        self._started = time.time()
        self._run = 0
        self._lock: int | None = None
        self._salvaged: Path | None = None
        """The damaged file whose marks were taken over."""

    def look(self) -> JournalSnapshot | None:
        """What earlier runs left and other runs hold; None where that cannot be told."""
        found: list[JournalSnapshot] = []
        self._attempt(lambda connection: found.append(self._look(connection)))
        return found[0] if found else None

    def write(self, marks: Iterable[MarkRecord], dropped: Iterable[str]) -> bool:
        """Have these marks on the disk and those UIDs off it; whether that is so now.

        A message belongs to the run that marks it first: ``theirs`` are left out. It is all or
        nothing. False with no ``trouble`` means that the journal was begun anew, so that nothing
        of this run is in it.
        """
        rows, uids = list(marks), list(dropped)
        if self._let_go_of_removed_file():
            return False
        return self._attempt(partial(self._write, rows, uids))

    def read_back(self) -> Set[str]:
        """The UIDs that the next start would find: the file is opened anew, by its name."""
        from poptui.storage.journal_proof import uids_on_disk

        return uids_on_disk(self._path, self._account)

    def close(self) -> None:
        """This run is over: what it marked is the next one's to offer."""
        with self._turn:
            if self._connection is not None:
                with suppress(Exception):
                    _transact(self._connection, partial(self._end_run, self._run))
            self._connection = None
            self._file.close()
            self._leave_run()

    def _attempt(self, work: Callable[[Connection], object]) -> bool:
        """``work`` in one transaction; what goes wrong with it is told."""
        with self._turn:
            try:
                import sqlite3
            except ImportError:
                self.trouble = f"{self._name()} is off: this Python comes without SQLite."
                return False
            try:
                _transact(self._opened(), work)
            except (
                sqlite3.Error,
                UnicodeError,
                LockUnavailableError,
                OSError,
                MemoryError,
            ) as error:
                self._recover(error)
                return False
            self.trouble = ""
            return True

    def _let_go_of_removed_file(self) -> bool:
        """Whether the open file is no longer the one of this name; the next call begins anew."""
        with self._turn:
            if self._connection is None or self._identity() == self._opened_file:
                return False
            self._connection = None
            self._file.close()
            self.trouble = ""
            self.remark = (
                f"{self._name()} was removed or replaced while poptui ran. What is marked now is"
                " written again."
            )
            return True

    def _identity(self) -> tuple[int, int] | None:
        """Which file has the journal's name now."""
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
        _transact(connection, self._enter)
        self._connection, self._opened_file = connection, self._identity()
        aside = self._file.aside
        if aside is not None and aside != self._salvaged:
            self._salvaged = aside
            saved = salvage(aside, connection)
            self.remark = (
                f"{self._name()} was damaged or is not poptui's: it is kept as"
                f" {printable_line(aside.name)}, and a new one was begun."
            )
            if saved:
                self.remark += f" {saved:,} marks could be read from it."

    def _recover(self, error: Exception) -> None:
        """Begin anew after damage; else let go of the file until the next call."""
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
                LockUnavailableError,
                OSError,
                MemoryError,
            ) as second:
                error = second
        self._file.close()
        self.trouble = f"{self._name()} is off: {reason(error)}. Marks hold for this session only."

    def _name(self) -> str:
        return f"The journal of marks {printable_line(str(self._path))}"

    # --- runs

    def _enter(self, connection: Connection) -> None:
        """A run of our own, unless there is one; nobody can look for it before its lock is held."""
        ours = [os.getpid(), socket.gethostname(), self._started]
        if connection.execute(schema.OWN, [self._run, *ours]).fetchone():
            return
        self._leave_run()
        self._run = connection.execute(schema.ENTER, [self._account, *ours]).lastrowid or 0
        self._lock = open_lock(self._lock_path(self._run))
        if not try_hold(self._lock):
            raise LockUnavailableError("another poptui keeps it locked")

    def _leave_run(self) -> None:
        if self._lock is not None:
            with suppress(OSError):
                self._lock_path(self._run).unlink()
            os.close(self._lock)
        self._lock, self._run = None, 0

    def _end_runs_that_died(self, connection: Connection) -> None:
        for (run,) in connection.execute(schema.RUNS, [self._run]).fetchall():
            lock = open_lock(self._lock_path(run))
            try:
                if try_hold(lock):
                    self._end_run(run, connection)
                    self._lock_path(run).unlink()
            finally:
                os.close(lock)

    def _end_run(self, run: int, connection: Connection) -> None:
        connection.execute(schema.END_MARKS, [run])
        connection.execute(schema.END_RUN, [run])

    def _lock_path(self, run: int) -> Path:
        return self._path.with_name(f"{self._path.name}-run{run}")

    # --- marks

    def _look(self, connection: Connection) -> JournalSnapshot:
        self._end_runs_that_died(connection)
        connection.execute(schema.END_MARKS_OF_NO_RUN)
        own = [self._account, self._run]
        found = read_marks(connection, self._account)
        damaged = [mark for _, mark in found if mark.damaged]
        if damaged:
            self.remark = (
                f"{self._name()}: {len(damaged):,} of its marks are damaged, so nobody can tell"
                " for sure which messages they mean. They are shown and not marked."
            )
        return JournalSnapshot(
            tuple(mark for run, mark in found if run == 0 or mark.damaged),
            tuple(mark for run, mark in found if run not in (0, self._run) and not mark.damaged),
            tuple(OtherInstance(*row) for row in connection.execute(schema.HOLDERS, own)),
        )

    def _write(self, marks: list[MarkRecord], dropped: list[str], connection: Connection) -> None:
        own = (self._account, self._run)
        uids = {mark.uid for mark in marks}
        self.theirs = self._held(uids, connection)
        ours = [mark for mark in marks if mark.uid not in self.theirs]
        connection.executemany(schema.DROP, [(*own, uid) for uid in uids.union(dropped)])
        keep(connection, self._account, self._run, ours)

    def _held(self, uids: set[str], connection: Connection) -> Set[str]:
        """Which of these other runs have marked; those that are over have nothing any more."""
        others = [self._account, self._run]
        held = uids.intersection(uid for (uid,) in connection.execute(schema.HELD, others))
        if not held:
            return frozenset()
        self._end_runs_that_died(connection)
        return held.intersection(uid for (uid,) in connection.execute(schema.HELD, others))


def open_journal(account: str, *, path: Path | None = None) -> MarkJournal:
    """The user's journal, for one account; see :class:`MarkJournal`."""
    return MarkJournal(path or journal_path(), account)


def journal_path() -> Path:
    """Where the journal is, whether or not it exists."""
    return data_path("journal.sqlite3")


def _transact(connection: Connection, work: Callable[[Connection], object]) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        work(connection)
