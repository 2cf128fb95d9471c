"""A downloaded message, byte for byte, in memory or in a temporary file."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, cast

from poptui.errors import ServerError
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.messages.completeness import ByteCount
from poptui.patterns import lazy_pattern
from poptui.pop3.errors import ProtocolError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_EXCESS_BYTES = 64 * 1024 * 1024
"""A message may be longer than twice its announced size by this much: servers count differently,
but a message without end must not fill the disk."""

MAX_IN_MEMORY_BYTES = 4 * 1024 * 1024
"""Larger messages go to an unnamed temporary file."""

_HEADER_END = lazy_pattern(rb"(?:\A|\r?\n)\r?\n")


class _IndependentReader(RawIOBase):
    """Reads a file at its own offset; duplicated descriptors would share one."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor, self._at = descriptor, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        base = {SEEK_SET: 0, SEEK_CUR: self._at}.get(whence)
        self._at = offset + (os.fstat(self._descriptor).st_size if base is None else base)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        octets = os.pread(self._descriptor, len(view), self._at)
        view[: len(octets)] = octets
        self._at += len(octets)
        return len(octets)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class SpooledMessage:
    """The octets of a message, with CRLF line ends. RETR writes to it."""

    def __init__(
        self, entry: MessageEntry, progress: Callable[[int], None] = lambda octets: None
    ) -> None:
        from tempfile import SpooledTemporaryFile

        self.entry = entry
        self.count = ByteCount()
        self.incomplete = ""
        """The reason it isn't the whole message, for use after a colon; empty if it is, or if only
        the beginning was requested."""
        self._progress = progress
        self._file = SpooledTemporaryFile(MAX_IN_MEMORY_BYTES)  # noqa: SIM115 - lives as long as this object

    def write(self, data: bytes) -> None:
        """Add data and report progress. Raises ProtocolError above the size limit."""
        if self.entry.size and self.octets > 2 * self.entry.size + MAX_EXCESS_BYTES:
            raise ProtocolError("a message far longer than the server announced")
        try:
            self._file.write(data)
        except OSError as error:
            raise ServerError(f"The message cannot be kept here: {error.strerror}.") from None
        self.count.add(data)
        self._progress(self.octets)

    @property
    def octets(self) -> int:
        """The number of octets that have arrived."""
        return self.count.octets

    def open(self) -> BinaryIO:
        """Open the message for one reader at a time."""
        self._file.seek(0)
        return cast(BinaryIO, self._file)

    def reader(self) -> BinaryIO:
        """Open it for one of several readers, also in threads; it stays open after ``close``."""
        self._file.flush()
        return BufferedReader(_IndependentReader(os.dup(self._file.fileno())))

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._file.closed

    def start(self, octets: int) -> bytes:
        """Return the first octets, even while others arrive."""
        self._file.seek(0)
        data = self._file.read(octets)
        self._file.seek(0, SEEK_END)
        return data

    def read(self) -> bytes:
        """Return the whole message."""
        return self.open().read()

    def close(self) -> None:
        """Drop the octets."""
        self._file.close()


def header_lines(octets: bytes) -> bytes:
    """Return everything before the first empty line."""
    end = _HEADER_END.search(octets)
    return octets[: end.start()] if end else octets
