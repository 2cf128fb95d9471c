"""Find safety copies on the disk, for ``poptui rescue``; no server is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO
from urllib.parse import quote, unquote

from poptui.environment import data_path
from poptui.storage.safety_copies import (
    CHUNK_BYTES,
    HEADERS_ONLY,
    SafetyCopyStore,
    deletion_time_s,
    file_size,
    files,
)

MAX_FOLDER_NAME_BYTES = 200
"""File systems allow 255."""


@dataclass(frozen=True)
class SafetyCopy:
    """The copy of a deleted message, or of its header."""

    path: Path
    account: str
    """``user@host:port``."""
    octets: int

    @property
    def _name(self) -> str:
        """The file name without the flags that a mail program may append."""
        return self.path.name.partition(":")[0]

    @cached_property
    def id(self) -> str:
        """An identifier that never changes."""
        return blake2b(f"{self.account}\n{self._name}".encode(), digest_size=8).hexdigest()

    @property
    def whole(self) -> bool:
        """Whether it is the whole message, not only its header."""
        return not self._name.endswith(HEADERS_ONLY)

    @property
    def deleted(self) -> datetime:
        """The local time at which the message was deleted."""
        return datetime.fromtimestamp(deletion_time_s(self.path)).astimezone()

    def open(self) -> BinaryIO:
        """Open the file, whose lines end in LF. Raises OSError."""
        return open(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")

    def restored(self) -> BinaryIO:
        """Return the message with CRLF line ends, as the server sent it. Raises OSError."""
        restored = TemporaryFile()  # noqa: SIM115 - the caller closes it
        with self.open() as file:
            for piece in iter(lambda: file.read(CHUNK_BYTES), b""):
                restored.write(piece.replace(b"\n", b"\r\n"))
        restored.seek(0)
        return restored


def rescue_path() -> Path:
    """Return the folder with the copies of all accounts, whether or not it exists."""
    return data_path("rescue")


def folder_of(account: str) -> Path:
    """Return the Maildir of an account, ``user@host:port``."""
    whole = account.encode("utf-8", "replace")
    name = quote(whole, safe="@+")
    if len(name) > MAX_FOLDER_NAME_BYTES:
        name = (
            f"{name[: MAX_FOLDER_NAME_BYTES - 34]}%7E{blake2b(whole, digest_size=15).hexdigest()}"
        )
    return rescue_path() / name


def copies_of(account: str, *, whole: bool, limit: int, days: int) -> SafetyCopyStore:
    """Return the store for the copies of an account; see :class:`SafetyCopyStore`."""
    return SafetyCopyStore(folder_of(account), whole=whole, limit=limit, days=days)


def copies(account: str | None = None) -> list[SafetyCopy]:
    """Return the copies of one account or of all, the most recently deleted first."""
    if account is not None:
        folders = [folder_of(account)]
    else:
        folders = []
        with suppress(OSError):
            folders = [path for path in rescue_path().iterdir() if path.is_dir()]
    found = [copy for folder in folders for copy in _copies(folder)]
    return sorted(
        found, key=lambda copy: (deletion_time_s(copy.path), copy.path.name), reverse=True
    )


def _copies(folder: Path) -> Iterator[SafetyCopy]:
    for path in files(folder):
        yield SafetyCopy(path, unquote(folder.name), file_size(path))
