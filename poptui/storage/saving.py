"""Save files in a folder of the user's choice, never overwriting a file or leaving the folder.

A sender's file name becomes a safe one that can't leave the folder or hide its ending.

Each file is opened relative to the folder's descriptor, exclusively and without following links, so
that changes in the folder meanwhile can't redirect it. An unfinished file is removed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unicodedata import normalize

from poptui.errors import ExitCode, PoptuiError
from poptui.patterns import lazy_pattern
from poptui.printable import REPLACEMENT, printable_line

MAX_NAME_BYTES = 180
"""Longer names (in UTF-8) are cut, with room for a number; file systems allow 255."""
_MAX_ENDING_CHARACTERS = 20

_MAX_NUMBER = 10_000
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_INVISIBLE = lazy_pattern("[\u00ad\u200b-\u200f\u061c\u202a-\u202e\u2060-\u206f\ufeff]")
_UNFIT = lazy_pattern(rf'[<>:"/\\|?*\0{REPLACEMENT}]')
_RUNS = lazy_pattern(r"__+")
_RESERVED = lazy_pattern(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)


def file_name(foreign: str, otherwise: str) -> str:
    """Return ``foreign`` as a valid file name on any system; ``otherwise`` if nothing remains.

    Path separators, control and direction characters, and reserved names are replaced. The ending
    is preserved.
    """
    seen = printable_line(_INVISIBLE.sub("", normalize("NFC", foreign[:2000])))
    name = _RUNS.sub("_", _UNFIT.sub("_", seen))
    name = name.lstrip(" .-_~").rstrip(" .")
    if not name:
        return otherwise
    if _RESERVED.fullmatch(name.partition(".")[0].strip()):
        name = f"_{name}"
    return _short(name)


def numbered(name: str, number: int) -> str:
    """Return ``name-2.pdf`` for ``name.pdf`` and 2; for 1, the name itself."""
    if number == 1:
        return name
    stem, ending = split(name)
    return f"{stem}-{number}{ending}"


def split(name: str) -> tuple[str, str]:
    """Split a name from its ending with the dot; ``.tar.gz`` counts as one ending."""
    stem, dot, ending = name.rpartition(".")
    if not (stem and dot) or len(ending) > _MAX_ENDING_CHARACTERS:
        return name, ""
    if stem.lower().endswith(".tar"):
        return stem[:-4], f"{stem[-4:]}.{ending}"
    return stem, f".{ending}"


def _short(name: str) -> str:
    stem, ending = split(name)
    room = MAX_NAME_BYTES - len(ending.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + ending


class SavingError(PoptuiError):
    """A file cannot be written; no part of it remains."""

    exit_code = ExitCode.FAILURE
    is_temporary = False


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
