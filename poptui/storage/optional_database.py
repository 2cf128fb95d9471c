"""A database that nothing depends on: whatever is wrong with it turns it off, and is said once.

Every call may come from any thread; calls wait for one another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from poptui.printable import printable_line
from poptui.storage.database import DatabaseFile, Layout, is_damage, reason
from poptui.storage.locks import LockUnavailableError

if TYPE_CHECKING:
    from sqlite3 import Connection


class OptionalDatabase:
    """Making, using and closing it never raises; a damaged one is begun anew, once."""

    NAME: ClassVar[str]
    """What it is called in a sentence, ``{}`` for its path."""
    RENEWED: ClassVar[str]
    """What is said, behind the name, where it was begun anew."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.trouble = ""
        """A sentence on what is wrong with it, to be shown once; empty if nothing is."""
        self._path = path
        self._file = DatabaseFile(path, layout)
        self._turn = threading.Lock()
        self._connection: Connection | None = None
        self._connect(self._file.open)

    @property
    def on(self) -> bool:
        """Whether anything is read and kept."""
        return self._connection is not None

    def close(self) -> None:
        """Let go of the file; a closed one is off."""
        with self._turn:
            self._connection = None
            self._file.close()

    def _attempt(self, work: Callable[[Connection], object]) -> None:
        """``work`` with the database, if it is on; what goes wrong turns it off or renews it."""
        with self._turn:
            if self._connection is None:
                return
            import sqlite3

            try:
                work(self._connection)
            except (
                sqlite3.Error,
                UnicodeError,
                LockUnavailableError,
                OSError,
                MemoryError,
            ) as error:
                if is_damage(error) and not self._file.damaged:
                    self._connect(self._file.renew)
                else:
                    self._give_up(reason(error))

    def _connect(self, opened: Callable[[], Connection]) -> None:
        """Go on with the connection ``opened`` gives, or without."""
        try:
            import sqlite3
        except ImportError:
            self._give_up("this Python comes without SQLite")
            return
        try:
            self._connection = opened()
        except (LockUnavailableError, sqlite3.Error, OSError, MemoryError, ValueError) as error:
            self._give_up(reason(error))
        else:
            if self._file.damaged:
                self.trouble = f"{self._name()} {self.RENEWED}"

    def _give_up(self, why: str) -> None:
        self.trouble = f"{self._name()} is off: {why}."
        self._connection = None
        self._file.close()

    def _name(self) -> str:
        return self.NAME.format(printable_line(str(self._path)))
