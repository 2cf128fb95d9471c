"""A loopback server that records what it receives; the base of the scripted servers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import Self, SupportsIndex


class Tape(asyncio.StreamReader):
    """A reader that records every byte of its connection, read or not."""

    def __init__(self) -> None:
        super().__init__(limit=1 << 20)
        self.octets = b""

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        octets = bytes(data)
        self.octets += octets
        super().feed_data(octets)


class Listener:
    """Listens on 127.0.0.1 during its ``async with`` block; ``converse`` serves a connection.

    With ``tls`` the connections are TLS from the first byte. Whatever ``converse`` is doing at the
    end of the block is cancelled, and an error in it fails the test.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._tapes: list[Tape] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def connections(self) -> int:
        """Number of accepted connections."""
        return len(self._tapes)

    @property
    def conversations(self) -> list[list[bytes]]:
        """The lines received on each connection, without their line ends."""
        return [[line.rstrip(b"\r") for line in _lines(tape.octets)] for tape in self._tapes]

    @property
    def commands(self) -> list[bytes]:
        """The lines received on all connections."""
        return [line for conversation in self.conversations for line in conversation]

    @property
    def keywords(self) -> list[bytes]:
        """The first word of every line received, in capitals."""
        return [line.partition(b" ")[0].upper() for line in self.commands]

    @property
    def quit_arrived(self) -> bool:
        """Whether QUIT was received on any connection."""
        return b"QUIT" in self.keywords

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; when this returns, the connection is closed."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop_listening(self) -> None:
        """Refuse further connections; the existing ones continue."""
        assert self._server is not None
        self._server.close()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await settled()
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()  # a task that had not begun did not do it
        await settled()
        await self._server.wait_closed()
        faults = [end for end in ends if isinstance(end, Exception)]
        if faults and kind is None:
            raise faults[0]

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        tape = Tape()
        return asyncio.StreamReaderProtocol(tape, self._accept)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert isinstance(reader, Tape)
        self._tapes.append(reader)
        self._writers.append(writer)
        self._tasks.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, EOFError, ssl.SSLError):
                await self.converse(reader, writer)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()


async def settled() -> None:
    """Let the loop hand over the connections it has accepted, and close those that were aborted.

    Otherwise a socket could be left to the garbage collector, in the middle of another test.
    """
    for _ in range(4):
        await asyncio.sleep(0)


async def received(reader: asyncio.StreamReader) -> bytes:
    """Return the next line without its line end. Raises EOFError if the client is gone."""
    line = await reader.readuntil(b"\n")
    return line.rstrip(b"\r\n")


async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send nothing more until the client disconnects."""
    while await reader.read(65536):
        pass


def _lines(octets: bytes) -> list[bytes]:
    return octets.split(b"\n")[:-1]
