"""Save files in a folder of the user's choice, without overwriting or escaping.

Each file is opened relative to the folder's descriptor, exclusively and without following links, so
that changes in the folder meanwhile can't redirect it. An unfinished file is removed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from poptui.errors import ExitCode, PoptuiError
from poptui.printable import printable_line
from poptui.storage.file_names import numbered

_MAX_NUMBER = 10_000
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class SavingError(PoptuiError):
    """A file cannot be written; no part of it remains."""

    exit_code = ExitCode.NO
    may_pass = False


class Folder:
    """An open folder; its path may contain links, because the user wrote it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def save(self, name: str, pieces: Iterable[bytes]) -> str:
        """Write a new file ``name``, or ``name-2`` if that exists; return its name.

        Raises SavingError and what ``pieces`` raises; then the file is removed.
        """
        name, descriptor = self._create(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(descriptor)
        except BaseException as error:
            with suppress(OSError):
                os.unlink(name, dir_fd=self._descriptor)
            if isinstance(error, OSError):
                raise self._refused(name, error) from None
            raise
        return name

    def _create(self, wanted: str) -> tuple[str, int]:
        for number in range(1, _MAX_NUMBER):
            name = numbered(wanted, number)
            try:
                return name, os.open(name, _NEW, 0o600, dir_fd=self._descriptor)
            except FileExistsError:
                continue
            except OSError as error:
                raise self._refused(name, error) from None
        raise SavingError(f"There are too many files called {printable_line(wanted)} already.")

    def _refused(self, name: str, error: OSError) -> SavingError:
        shown = printable_line(str(self.path / name))
        return SavingError(f"{shown} cannot be written: {error.strerror or 'the system refused'}.")


@contextmanager
def folder(path: Path) -> Iterator[Folder]:
    """Open the folder ``path``; create it for its owner only if missing. Raises SavingError."""
    try:
        with suppress(FileExistsError):
            os.mkdir(path, 0o700)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        shown = printable_line(str(path))
        raise SavingError(f"The folder {shown} cannot be used: {error.strerror}.") from None
    try:
        yield Folder(path, descriptor)
    finally:
        os.close(descriptor)
