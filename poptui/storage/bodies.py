"""Cache whole messages between starts, if the user wants that, in a folder of limited size.

Each message is a file whose name is a digest of account, UID and size, so that the names reveal
nothing. The content is followed by its digest: damaged files are dropped and fetched again. Calls
block and never raise: a message that can't be written isn't cached.
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

CHUNK_BYTES = 1 << 20
_DIGEST_BYTES = 32
_ENDING = ".body"
_UNFINISHED = ".part"


class BodyCache:
    """The cached messages of one account, in a folder that all accounts share."""

    def __init__(self, folder: Path, account: str, room: int) -> None:
        """``room``: the bytes that the files of all accounts may take."""
        self.folder, self._account, self._room = folder, account, room
        self.problem = ""
        """A sentence that explains why nothing can be cached; empty if there is no problem."""

    def load(self, uid: str, size: int, on_piece: Callable[[bytes], None]) -> bool:
        """Pass a message to ``on_piece`` bit by bit; return whether it was cached and undamaged."""
        path = self._path(uid, size)
        try:
            with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                length = os.fstat(file.fileno()).st_size - _DIGEST_BYTES
                if not _is_undamaged(file, length):
                    path.unlink()
                    return False
                for piece in _pieces(file, length):
                    on_piece(piece)
            os.utime(path)
        except OSError:
            return False
        return True

    def store(self, uid: str, size: int, source: BinaryIO) -> None:
        """Cache a message; drop the least recently used ones if there is no room."""
        try:
            make_folder(self.folder)
            self._write(self._path(uid, size), iter(lambda: source.read(CHUNK_BYTES), b""))
            self._prune()
        except OSError as error:
            self.problem = f"Messages cannot be cached here: {error.strerror}."

    def _write(self, path: Path, pieces: Iterable[bytes]) -> None:
        """Write to a temporary name first, so that an unfinished file is never used."""
        digest = blake2b(digest_size=_DIGEST_BYTES)
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
        """Drop the least recently used files for which there is no room."""
        found = sorted(self._files(), key=lambda file: file[1], reverse=True)
        taken = 0
        for path, _, octets in found:
            taken += octets
            if taken > self._room:
                with suppress(OSError):
                    os.unlink(path)

    def _files(self) -> Iterator[tuple[str, float, int]]:
        """Yield path, time of the last use, and size."""
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith((_ENDING, _UNFINISHED)):
                    with suppress(OSError):
                        status = entry.stat(follow_symlinks=False)
                        yield entry.path, status.st_mtime, status.st_size

    @property
    def octets(self) -> int:
        """The size of the files of all accounts."""
        with suppress(OSError):
            return sum(octets for _, _, octets in self._files())
        return 0

    def clear(self) -> None:
        """Remove the messages of all accounts."""
        with suppress(OSError):
            for path, _, _ in list(self._files()):
                with suppress(OSError):
                    os.unlink(path)

    def _path(self, uid: str, size: int) -> Path:
        name = blake2b(f"{self._account}\n{uid}\n{size}".encode(), digest_size=_DIGEST_BYTES)
        return self.folder / f"{name.hexdigest()}{_ENDING}"


def _pieces(file: BinaryIO, length: int) -> Iterator[bytes]:
    file.seek(0)
    while length > 0 and (piece := file.read(min(CHUNK_BYTES, length))):
        length -= len(piece)
        yield piece


def _is_undamaged(file: BinaryIO, length: int) -> bool:
    if length < 0:
        return False
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for piece in _pieces(file, length):
        digest.update(piece)
    file.seek(length)
    return file.read(_DIGEST_BYTES) == digest.digest()


def open_body_cache(account: str, room: int) -> BodyCache:
    """Return the body cache of an account, which lies beside the header cache."""
    from poptui.environment import cache_path

    return BodyCache(cache_path().parent / "bodies", account, room)
