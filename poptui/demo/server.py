"""An embedded POP3 server on the loopback interface, for the demo and for tests.

It keeps everything in memory and lives as long as its ``async with`` block. It shares no code
with the client, so the two cannot agree on the same mistake.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Self

from poptui.demo.login import DemoAccount
from poptui.demo.session import DemoSession, DemoState, Service
from poptui.demo.stored_mailbox import StoredMailbox, StoredMessage

MAX_LINE = 4096
"""A command is at most 255 octets (RFC 2449 section 4); AUTH answers may be longer."""
FLIGHT = 65536
"""Octets written at a time, so that a long reply neither fills memory nor holds the loop."""
IDLE_SECONDS = 600.0
"""The shortest autologout that RFC 1939 section 3 allows."""


class DemoServer:
    """Serves ``letters`` to ``user`` while its ``async with`` block lasts."""

    def __init__(
        self,
        letters: Iterable[StoredMessage],
        user: str = "demo",
        password: str = "demo",
        *,
        pipelining: bool = True,
        capa: bool = True,
        delay: float = 0.0,
        idle: float = IDLE_SECONDS,
    ) -> None:
        """``delay`` is the seconds that every flight takes, ``idle`` those until autologout."""
        self._mailbox = StoredMailbox(letters)
        self._service = Service(self._mailbox, DemoAccount(user, password), pipelining, capa)
        self._delay = delay
        self._idle = idle
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self._closed = False
        self.port = 0
        self.commands: list[bytes] = []
        """Every line received, in order, passwords replaced by ``***``."""
        self.connections = 0

    @property
    def letters(self) -> list[StoredMessage]:
        """What the maildrop holds now; a letter appended here has arrived for the next session."""
        return self._mailbox.letters

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._closed = True
        self._server.close()
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*self._open)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._closed:
            writer.transport.abort()
            return
        self._open[task] = writer
        self.connections += 1
        session = DemoSession(self._service, _timestamp())
        try:
            with suppress(ConnectionError, TimeoutError):
                await self._converse(session, reader, writer)
        finally:
            session.close()
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            del self._open[task]

    async def _converse(
        self, session: DemoSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await self._send(writer, session.greeting)
        pending = bytearray()
        while session.state is not DemoState.ENDED:
            chunk = await asyncio.wait_for(reader.read(MAX_LINE), self._idle)
            pending += chunk
            await self._answer(session, _taken_lines(pending), writer)
            if len(pending) > MAX_LINE:
                await self._send(writer, b"-ERR Line too long\r\n")
            if not chunk or len(pending) > MAX_LINE:
                return

    async def _answer(
        self, session: DemoSession, lines: list[bytes], writer: asyncio.StreamWriter
    ) -> None:
        replies = bytearray()
        for line in lines:
            if session.state is DemoState.ENDED:
                break
            self.commands.append(session.shown(line))
            replies += session.answer(line)
            if len(replies) > FLIGHT:
                await self._send(writer, bytes(replies))
                replies.clear()
        await self._send(writer, bytes(replies))

    async def _send(self, writer: asyncio.StreamWriter, octets: bytes) -> None:
        for flight in _flights(octets):
            await asyncio.sleep(self._delay)
            writer.write(flight)
            await asyncio.wait_for(writer.drain(), self._idle)


def _taken_lines(pending: bytearray) -> list[bytes]:
    """The whole lines at the front of ``pending``, which keeps what is left."""
    *lines, rest = pending.split(b"\n")
    pending[:] = rest
    return [bytes(line.removesuffix(b"\r")) for line in lines]


def _flights(octets: bytes) -> Iterator[bytes]:
    return (octets[at : at + FLIGHT] for at in range(0, len(octets), FLIGHT))


def _timestamp() -> bytes:
    return b"<%d.%d@demo.example>" % (secrets.randbelow(10**8), secrets.randbelow(10**10))
