"""A small SOCKS5 and HTTP proxy on 127.0.0.1 that records what is asked of it."""

from __future__ import annotations

import asyncio
import socket
from base64 import b64decode
from contextlib import suppress

from tests.kit.listener import Listener, hold


class ProxyServer(Listener):
    """Relays to ``127.0.0.1:port``, whatever host is requested.

    It speaks SOCKS5 (RFC 1928, 1929) or, to a client that begins with a letter, HTTP CONNECT.
    ``fault`` is ``"hangs"``, or its reply: a SOCKS5 reply code, or an HTTP status.
    """

    def __init__(self, port: int, *, login: tuple[str, str] | None = None, fault: str = "") -> None:
        super().__init__()
        self.asked: list[tuple[str, int]] = []
        """The requested hosts and ports; for a name, the proxy had to look it up."""
        self._target, self._login, self._fault = port, login, fault

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        if self._fault == "hangs":
            await hold(reader, writer)
            return
        speak = self._socks if first == b"\5" else self._http
        if await speak(reader, writer):
            await self._relay(reader, writer)

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        method = 2 if self._login else 0
        if method not in methods:
            writer.write(b"\5\xff")
            return False
        writer.write(bytes([5, method]))
        if self._login:
            await reader.readexactly(1)
            given = [(await self._counted(reader)).decode() for _ in range(2)]
            writer.write(b"\1\0" if tuple(given) == self._login else b"\1\1")
            if tuple(given) != self._login:
                return False
        kind = (await reader.readexactly(4))[3]
        if kind == 3:
            host = (await self._counted(reader)).decode()
        elif kind == 1:
            host = socket.inet_ntop(socket.AF_INET, await reader.readexactly(4))
        else:
            host = socket.inet_ntop(socket.AF_INET6, await reader.readexactly(16))
        self.asked.append((host, int.from_bytes(await reader.readexactly(2))))
        code = int(self._fault or 0)
        writer.write(bytes([5, code, 0, 1, 0, 0, 0, 0, 0, 0]))
        return code == 0

    async def _counted(self, reader: asyncio.StreamReader) -> bytes:
        return await reader.readexactly((await reader.readexactly(1))[0])

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        host, _, port = head.split()[1].rpartition(":")
        self.asked.append((host, int(port)))
        if self._login and self._given(head) != ":".join(self._login):
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return False
        if self._fault:
            writer.write(b"HTTP/1.1 %s\r\nServer: x\r\n\r\n" % self._fault.encode())
            return False
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return True

    def _given(self, head: str) -> str:
        token = head.rpartition("Basic ")[2].partition("\r\n")[0]
        return b64decode(token).decode() if "Proxy-Authorization" in head else ""

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", self._target)
        tasks: list[asyncio.Task[None]] = []
        try:
            # What the server sends at once goes into the same packet as our own reply.
            with suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    writer.write(await there.read(65536))
            tasks += map(asyncio.create_task, [_pass(reader, here), _pass(there, writer)])
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            here.transport.abort()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
