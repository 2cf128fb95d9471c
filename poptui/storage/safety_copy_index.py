"""Where safety copies are, and what is among them: read by ``poptui rescue``, without a server."""

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
from poptui.storage.safety_copies import CHUNK, HEADERS_ONLY, SafetyCopyStore, files, octets, when

LONGEST = 200
"""Octets of a folder's name; file systems allow 255."""


@dataclass(frozen=True)
class SafetyCopy:
    """A message that was deleted, or its header."""

    path: Path
    account: str
    """``user@host:port``."""
    octets: int

    @property
    def _name(self) -> str:
        """Without the flags that a mail program may have put behind it."""
        return self.path.name.partition(":")[0]

    @cached_property
    def id(self) -> str:
        """Stays as long as the copy does."""
        return blake2b(f"{self.account}\n{self._name}".encode(), digest_size=8).hexdigest()

    @property
    def whole(self) -> bool:
        """The message is here, not its header alone."""
        return not self._name.endswith(HEADERS_ONLY)

    @property
    def deleted(self) -> datetime:
        """When, in local time."""
        return datetime.fromtimestamp(when(self.path)).astimezone()

    def open(self) -> BinaryIO:
        """Its octets, lines ending in LF. Raises OSError."""
        return open(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")

    def restored(self) -> BinaryIO:
        """The message with the line ends that it had on the wire. Raises OSError."""
        restored = TemporaryFile()  # noqa: SIM115 - the caller closes it
        with self.open() as file:
            for piece in iter(lambda: file.read(CHUNK), b""):
                restored.write(piece.replace(b"\n", b"\r\n"))
        restored.seek(0)
        return restored


def rescue_path() -> Path:
    """The folder of all accounts' copies, whether or not it exists."""
    return data_path("rescue")


def folder_of(account: str) -> Path:
    """The Maildir of an account, ``user@host:port``."""
    whole = account.encode("utf-8", "replace")
    name = quote(whole, safe="@+")
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 34]}%7E{blake2b(whole, digest_size=15).hexdigest()}"
    return rescue_path() / name


def copies_of(account: str, *, whole: bool, limit: int, days: int) -> SafetyCopyStore:
    """Where the copies of an account are written to; see :class:`Copies`."""
    return SafetyCopyStore(folder_of(account), whole=whole, limit=limit, days=days)


def copies(account: str | None = None) -> list[SafetyCopy]:
    """All copies, of one account or of all, what was deleted last first."""
    if account is not None:
        folders = [folder_of(account)]
    else:
        folders = []
        with suppress(OSError):
            folders = [path for path in rescue_path().iterdir() if path.is_dir()]
    found = [copy for folder in folders for copy in _copies(folder)]
    return sorted(found, key=lambda copy: (when(copy.path), copy.path.name), reverse=True)


def _copies(folder: Path) -> Iterator[SafetyCopy]:
    for path in files(folder):
        yield SafetyCopy(path, unquote(folder.name), octets(path))
