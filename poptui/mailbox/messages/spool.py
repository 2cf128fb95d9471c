"""A whole message on this machine: what RETR brought, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, cast

from poptui.errors import ServerError
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.messages.completeness import ByteCount
from poptui.pop3.errors import ProtocolError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

EXCESS = 64 * 1024 * 1024
"""Octets beyond twice the announced size that a message may have: servers count differently, but
a message without end must not fill the disk."""

IN_MEMORY = 4 * 1024 * 1024
"""Octets that are kept in memory; what is larger goes to an unnamed temporary file."""


class _Place(RawIOBase):
    """A place in an open file that is nobody else's, though the descriptor's offset is shared."""

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
    """The octets of a message, CRLF line ends as they came. Also the sink that RETR fills."""

    def __init__(
        self, entry: MessageEntry, progress: Callable[[int], None] = lambda octets: None
    ) -> None:
        from tempfile import SpooledTemporaryFile

        self.entry = entry
        self.count = ByteCount()
        self.incomplete = ""
        """Why it is not the whole message, to stand after a colon; empty if it is, or is meant
        to be a beginning."""
        self._progress = progress
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - lives as long as the spooled

    def write(self, data: bytes) -> None:
        """Take what arrived, and tell how much is here. Raises ProtocolError past all bounds."""
        if self.entry.size and self.octets > 2 * self.entry.size + EXCESS:
            raise ProtocolError("a message far longer than it announced")
        try:
            self._file.write(data)
        except OSError as error:
            raise ServerError(f"The message cannot be kept here: {error.strerror}.") from None
        self.count.add(data)
        self._progress(self.octets)

    @property
    def octets(self) -> int:
        """How much is here."""
        return self.count.octets

    def open(self) -> BinaryIO:
        """The message from its first octet on; one reader at a time."""
        self._file.seek(0)
        return cast(BinaryIO, self._file)

    def reader(self) -> BinaryIO:
        """The same for one of many readers, also in threads; it outlives the spooled."""
        self._file.flush()
        return BufferedReader(_Place(os.dup(self._file.fileno())))

    @property
    def closed(self) -> bool:
        """Its octets are gone."""
        return self._file.closed

    def start(self, octets: int) -> bytes:
        """The first octets, while others may still come."""
        self._file.seek(0)
        data = self._file.read(octets)
        self._file.seek(0, SEEK_END)
        return data

    def read(self) -> bytes:
        """The whole message."""
        return self.open().read()

    def close(self) -> None:
        """Drop the octets."""
        self._file.close()
