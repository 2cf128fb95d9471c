"""A relay in front of a server that simulates line faults at a given byte."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Self

from tests.kit.listener import settled


class FaultKind(Enum):
    """How the connection fails after the bytes before the fault have passed."""

    CUT = "cut"
    """Both sides see the end of the stream."""
    RESET = "reset"
    """Both sides see a reset, which may overtake bytes in transit."""
    STALL = "stall"
    """Nothing passes in this direction any more, without an error."""
    DELAY = "delay"
    """Later bytes are delayed."""
    CORRUPT = "corrupt"
    """The next byte is changed."""


class Direction(Enum):
    """A direction from the client's point of view."""

    UP = "to the server"
    DOWN = "to the client"


@dataclass(frozen=True)
class LineFault:
    """A fault that happens once, after ``after`` bytes in its direction, over all connections."""

    direction: Direction
    after: int
    kind: FaultKind


LATER = 0.02
"""Delay of a delayed piece, in seconds."""


FLIPPED = 0x01
"""The bit that is flipped: digits become digits, and letters letters."""


class FaultyRelay:
    """Relays bytes between its own port and ``port``; ``fault`` happens once."""

    def __init__(self, port: int, fault: LineFault | None = None) -> None:
        self.port = 0
        self.passed = {Direction.UP: 0, Direction.DOWN: 0}
        """Number of bytes relayed so far, by direction."""
        self._target = port
        self._fault = fault
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: list[_Connection] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await settled()
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in self._connections:
            connection.writer.transport.abort()
        await settled()

    @property
    def failed(self) -> bool:
        """Whether the fault has happened."""
        return self._fault is None

    def fail(self, direction: Direction, kind: FaultKind) -> None:
        """Apply a fault to the next byte in this direction."""
        self._fault = LineFault(direction, self.passed[direction], kind)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Connection(reader, writer)
        self._connections.append(client)
        task = asyncio.create_task(self._relay(client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _relay(self, client: _Connection) -> None:
        try:
            with suppress(OSError):
                server = _Connection(*await asyncio.open_connection("127.0.0.1", self._target))
                self._connections.append(server)
                await self._carry(client, server)
        finally:
            await client.close()

    async def _carry(self, client: _Connection, server: _Connection) -> None:
        """Relay in both directions until one side disconnects; then disconnect the other."""
        tasks = [
            asyncio.create_task(self._pass(client, server, Direction.UP)),
            asyncio.create_task(self._pass(server, client, Direction.DOWN)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.close()

    async def _pass(self, source: _Connection, sink: _Connection, direction: Direction) -> None:
        while data := await source.reader.read(4096):
            fault = self._fault
            if (
                fault is None
                or fault.direction is not direction
                or self._before(fault) >= len(data)
            ):
                self._forward(data, sink, direction)
                continue
            head, rest = data[: self._before(fault)], data[self._before(fault) :]
            self._forward(head, sink, direction)
            self._fault = None
            if not await self._survives(fault.kind, source, sink):
                return
            if fault.kind is FaultKind.CORRUPT:
                rest = bytes((rest[0] ^ FLIPPED,)) + rest[1:]
            self._forward(rest, sink, direction)

    def _before(self, fault: LineFault) -> int:
        return max(0, fault.after - self.passed[fault.direction])

    def _forward(self, data: bytes, sink: _Connection, direction: Direction) -> None:
        sink.writer.write(data)
        self.passed[direction] += len(data)

    async def _survives(self, kind: FaultKind, source: _Connection, sink: _Connection) -> bool:
        """Whether the connection still works in this direction after the fault."""
        match kind:
            case FaultKind.DELAY:
                await asyncio.sleep(LATER)
                return True
            case FaultKind.CORRUPT:
                return True
            case FaultKind.STALL:
                while await source.reader.read(4096):
                    pass
            case FaultKind.RESET:
                source.writer.transport.abort()
                sink.writer.transport.abort()
            case FaultKind.CUT:
                await sink.writer.drain()
        return False


@dataclass(frozen=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def close(self) -> None:
        """Close it once everything written was sent, or can't be."""
        self.writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self.writer.wait_closed()
        self.writer.transport.abort()
