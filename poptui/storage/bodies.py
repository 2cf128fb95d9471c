"""Whole messages kept from one start to the next, where the user wants that: files, in bounds.

One file for each message, named by a digest of account, UID and size, its contents followed by a
digest of them: what is damaged is dropped and fetched again. Who reads the folder learns nothing
from the names. Blocking, and never raises: what cannot be kept is not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from poptui.storage.locks import make_folder

CHUNK = 1 << 20
_DIGEST = 32
_ENDING = ".body"
_UNFINISHED = ".part"


class BodyCache:
    """The messages of one account within a folder that all accounts share."""

    def __init__(self, folder: Path, account: str, room: int) -> None:
        """``room``: octets that the files of all accounts may take."""
        self.folder, self._account, self._room = folder, account, room
        self.trouble = ""
        """A sentence on why nothing can be kept."""

    def recall(self, uid: str, size: int, take: Callable[[bytes], None]) -> bool:
        """Hand the octets of a message to ``take``; whether they were here, and sound."""
        path = self._path(uid, size)
        try:
            with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                length = os.fstat(file.fileno()).st_size - _DIGEST
                if not _sound(file, length):
                    path.unlink()
                    return False
                for piece in _pieces(file, length):
                    take(piece)
            os.utime(path)
        except OSError:
            return False
        return True

    def keep(self, uid: str, size: int, source: BinaryIO) -> None:
        """Keep a message, and drop those not used for longest where there is no room."""
        try:
            make_folder(self.folder)
            self._write(self._path(uid, size), iter(lambda: source.read(CHUNK), b""))
            self._prune()
        except OSError as error:
            self.trouble = f"Messages cannot be kept here: {error.strerror}."

    def _write(self, path: Path, pieces: Iterable[bytes]) -> None:
        """The file is there when it is whole."""
        digest = blake2b(digest_size=_DIGEST)
        with NamedTemporaryFile(dir=self.folder, suffix=_UNFINISHED, delete=False) as file:
            try:
                for piece in pieces:
                    digest.update(piece)
                    file.write(piece)
                file.write(digest.digest())
                file.flush()
                Path(file.name).replace(path)
            except BaseException:
                with suppress(OSError):
                    os.unlink(file.name)
                raise

    def _prune(self) -> None:
        """The latest stay, as many as there is room for; what a crash left is dropped first."""
        found = sorted(self._files(), key=lambda file: file[1], reverse=True)
        taken = 0
        for path, _, octets in found:
            taken += octets
            if taken > self._room:
                with suppress(OSError):
                    os.unlink(path)

    def _files(self) -> Iterator[tuple[str, float, int]]:
        """Path, time of the last use, octets."""
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith((_ENDING, _UNFINISHED)):
                    with suppress(OSError):
                        status = entry.stat(follow_symlinks=False)
                        yield entry.path, status.st_mtime, status.st_size

    @property
    def octets(self) -> int:
        """What the files of all accounts take."""
        with suppress(OSError):
            return sum(octets for _, _, octets in self._files())
        return 0

    def clear(self) -> None:
        """Drop the messages of all accounts."""
        with suppress(OSError):
            for path, _, _ in list(self._files()):
                with suppress(OSError):
                    os.unlink(path)

    def _path(self, uid: str, size: int) -> Path:
        name = blake2b(f"{self._account}\n{uid}\n{size}".encode(), digest_size=_DIGEST)
        return self.folder / f"{name.hexdigest()}{_ENDING}"


def _pieces(file: BinaryIO, length: int) -> Iterator[bytes]:
    file.seek(0)
    while length > 0 and (piece := file.read(min(CHUNK, length))):
        length -= len(piece)
        yield piece


def _sound(file: BinaryIO, length: int) -> bool:
    if length < 0:
        return False
    digest = blake2b(digest_size=_DIGEST)
    for piece in _pieces(file, length):
        digest.update(piece)
    file.seek(length)
    return file.read(_DIGEST) == digest.digest()


def open_body_cache(account: str, room: int) -> BodyCache:
    """The messages of an account, beside the header cache."""
    from poptui.environment import cache_path

    return BodyCache(cache_path().parent / "bodies", account, room)
