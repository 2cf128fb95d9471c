"""An embedded POP3 server on the loopback interface, for the demo and for tests.

It keeps everything in memory and runs as long as its ``async with`` block. It shares no code with
the client, so the two can't have the same bug.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Self

from poptui.demo.login import DemoAccount
from poptui.demo.session import DemoService, DemoSession, DemoState
from poptui.demo.stored_mailbox import StoredMailbox, StoredMessage

MAX_LINE_BYTES = 4096
"""Commands have at most 255 bytes (RFC 2449 section 4), but AUTH answers may be longer."""
MAX_WRITE_BYTES = 65536
"""A long reply is written in pieces, so that it doesn't fill the memory or block the loop."""
AUTOLOGOUT_S = 600.0
"""The shortest autologout timer that RFC 1939 section 3 allows."""


class DemoServer:
    """Serves ``messages`` to ``user`` while its ``async with`` block runs."""

    def __init__(
        self,
        messages: Iterable[StoredMessage],
        user: str = "demo",
        password: str = "demo",
        *,
        pipelining: bool = True,
        capa: bool = True,
        delay_s: float = 0.0,
        autologout_s: float = AUTOLOGOUT_S,
    ) -> None:
        """``delay_s`` is added before each write."""
        self._mailbox = StoredMailbox(messages)
        self._service = DemoService(self._mailbox, DemoAccount(user, password), pipelining, capa)
        self._delay_s = delay_s
        self._autologout_s = autologout_s
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self._closed = False
        self.port = 0
        self.commands: list[bytes] = []
        """All received lines, in order, with passwords replaced by ``***``."""
        self.connections = 0

    @property
    def messages(self) -> list[StoredMessage]:
        """The present messages; one that is appended here arrives for the next session."""
        return self._mailbox.messages

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
            chunk = await asyncio.wait_for(reader.read(MAX_LINE_BYTES), self._autologout_s)
            pending += chunk
            await self._answer(session, _take_lines(pending), writer)
            if len(pending) > MAX_LINE_BYTES:
                await self._send(writer, b"-ERR Line too long\r\n")
            if not chunk or len(pending) > MAX_LINE_BYTES:
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
            if len(replies) > MAX_WRITE_BYTES:
                await self._send(writer, bytes(replies))
                replies.clear()
        await self._send(writer, bytes(replies))

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        for chunk in _chunks(data):
            await asyncio.sleep(self._delay_s)
            writer.write(chunk)
            await asyncio.wait_for(writer.drain(), self._autologout_s)


def _take_lines(pending: bytearray) -> list[bytes]:
    """Remove the complete lines from ``pending`` and return them."""
    *lines, rest = pending.split(b"\n")
    pending[:] = rest
    return [bytes(line.removesuffix(b"\r")) for line in lines]


def _chunks(data: bytes) -> Iterator[bytes]:
    return (data[at : at + MAX_WRITE_BYTES] for at in range(0, len(data), MAX_WRITE_BYTES))


def _timestamp() -> bytes:
    return b"<%d.%d@demo.example>" % (secrets.randbelow(10**8), secrets.randbelow(10**10))
