"""Journals for tests: the real one, slowed down or failing at a chosen write."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path

from poptui.storage.journal import MarkJournal
from poptui.storage.mark_record import MarkRecord

ACCOUNT = "user@127.0.0.1"


class WatchedJournal(MarkJournal):
    """The real journal with a gate before each write, and writes that fail on demand."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, ACCOUNT)
        self.gate = threading.Event()
        self.gate.set()
        self._turn = threading.Lock()
        self.writes = 0
        self.failing: set[int] = set()
        """The writes that fail, counted from 1."""

    def write(self, marks: Iterable[MarkRecord], dropped: Iterable[str]) -> bool:
        self.gate.wait(60)
        with self._turn:
            self.writes += 1
            if self.writes in self.failing:
                self.problem = "The journal of marks is off: there is no room left on the disk."
                return False
            return super().write(marks, dropped)

    def die(self) -> None:
        """Do what a kill does: release the lock, and write nothing more."""
        with self._turn:
            self.failing = set(range(self.writes + 1, self.writes + 1000))
        with self._mutex:
            self._connection = None
            self._file.close()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None


def on_disk(path: Path) -> dict[str, MarkRecord]:
    """Return what the next start would find, by UID, whichever run left it."""
    journal = MarkJournal(path, ACCOUNT)
    look = journal.snapshot()
    journal.close()
    assert look is not None, journal.problem
    return {mark.uid: mark for mark in (*look.earlier, *look.others)}
