"""A whole message on this machine: what RETR brought, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from io import SEEK_END, BytesIO
from mmap import ACCESS_READ, mmap
from typing import BinaryIO, cast

from poptui.faults import ServerFault
from poptui.maildrop.entry import Entry
from poptui.pop3.errors import ProtocolError

EXCESS = 64 * 1024 * 1024
"""Octets beyond twice the announced size that a message may have: servers count differently, but
a message without end must not fill the disk."""

IN_MEMORY = 4 * 1024 * 1024
"""Octets that are kept in memory; what is larger goes to an unnamed temporary file."""


class Letter:
    """The octets of a message, CRLF line ends as they came. Also the sink that RETR fills."""

    def __init__(self, entry: Entry, progress: Callable[[int], None] = lambda octets: None) -> None:
        from tempfile import SpooledTemporaryFile

        self.entry = entry
        self.octets = 0
        self._progress = progress
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - lives as long as the letter

    def write(self, data: bytes) -> None:
        """Take what arrived, and tell how much is here. Raises ProtocolError past all bounds."""
        if self.entry.size and self.octets > 2 * self.entry.size + EXCESS:
            raise ProtocolError("a message far longer than it announced")
        try:
            self._file.write(data)
        except OSError as error:
            raise ServerFault(f"The message cannot be kept here: {error.strerror}.") from None
        self.octets += len(data)
        self._progress(self.octets)

    def open(self) -> BinaryIO:
        """The message from its first octet on; one reader at a time."""
        self._file.seek(0)
        return cast(BinaryIO, self._file)

    def reader(self) -> BinaryIO:
        """The same for one of many readers, also in threads; it outlives the letter."""
        if not self.octets:
            return BytesIO()
        self._file.flush()
        return cast(BinaryIO, mmap(self._file.fileno(), 0, access=ACCESS_READ))

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
