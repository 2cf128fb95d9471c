"""Base of SQLite stores that nothing depends on: any error turns the store off, with one notice.

Calls may come from any thread and wait for one another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from poptui.printable import printable_line
from poptui.storage.database import DatabaseFile, DatabaseFormat, failures, is_damage, reason
from poptui.storage.locks import FileUnavailableError

if TYPE_CHECKING:
    from sqlite3 import Connection


class OptionalDatabase:
    """Never raises. A damaged file is replaced by an empty one, once."""

    NAME: ClassVar[str]
    """Its name in a sentence, with ``{}`` for its path."""
    RENEWED: ClassVar[str]
    """The sentence after the name if a damaged file was replaced."""

    def __init__(self, path: Path, file_format: DatabaseFormat) -> None:
        self.problem = ""
        """A sentence about a problem, to be shown once; empty if there is none."""
        self._path = path
        self._file = DatabaseFile(path, file_format)
        self._mutex = threading.Lock()
        self._connection: Connection | None = None
        self._connect(self._file.open)

    @property
    def on(self) -> bool:
        """Whether the store is in use."""
        return self._connection is not None

    def close(self) -> None:
        """Close the file; the store is off from then on."""
        with self._mutex:
            self._connection = None
            self._file.close()

    def _attempt(self, work: Callable[[Connection], object]) -> None:
        """Do ``work`` if the store is on; an error turns it off or replaces a damaged file."""
        with self._mutex:
            if self._connection is None:
                return
            try:
                work(self._connection)
            except failures() as error:
                if is_damage(error) and not self._file.damaged:
                    self._connect(self._file.renew)
                else:
                    self._give_up(reason(error))

    def _connect(self, opened: Callable[[], Connection]) -> None:
        """Use the connection that ``opened`` returns, or turn the store off."""
        try:
            import sqlite3
        except ImportError:
            self._give_up("this Python comes without SQLite")
            return
        try:
            self._connection = opened()
        except (FileUnavailableError, sqlite3.Error, OSError, MemoryError, ValueError) as error:
            self._give_up(reason(error))
        else:
            if self._file.damaged:
                self.problem = f"{self._name()} {self.RENEWED}"

    def _give_up(self, why: str) -> None:
        self.problem = f"{self._name()} is off: {why}."
        self._connection = None
        self._file.close()

    def _name(self) -> str:
        return self.NAME.format(printable_line(str(self._path)))
