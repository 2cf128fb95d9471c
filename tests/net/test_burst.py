"""Send ten thousand commands to a server with tiny buffers: there must be no deadlock."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.queue import Priority
from poptui.net.server import ConnectionOptions
from poptui.net.window import WindowLimits
from poptui.pop3.commands import Top
from poptui.pop3.events import Reply
from poptui.secret import Secret
from tests.net.logins import local

COUNT = 10_000
TINY = 2048
HEADER = b"+OK\r\n" + b"X: " + b"y" * 300 + b"\r\n.\r\n"


class BlockingServer:
    """Writes each reply completely before it reads the next command, like simple servers."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TINY)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, TINY)
        self.port = self._listener.getsockname()[1]
        self._connection: socket.socket | None = None
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        self._connection = connection
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            connection.sendall(b"+OK ready\r\n")
            for line in lines:
                connection.sendall(self._reply(line))

    def _reply(self, line: bytes) -> bytes:
        if line.startswith(b"CAPA"):
            return b"+OK\r\nTOP\r\nUSER\r\nPIPELINING\r\n.\r\n"
        if line.startswith(b"TOP"):
            return HEADER
        return b"+OK %s octets\r\n" % line[5:].strip()

    def close(self) -> None:
        """Stop the server and its thread, which may wait for a client that waits for us."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(60)
        assert not self._thread.is_alive()


@contextmanager
def blocking_server() -> Iterator[BlockingServer]:
    server = BlockingServer()
    try:
        yield server
    finally:
        server.close()


@pytest.mark.parametrize("pipelining", ["auto", "on"])
async def test_a_burst_does_not_deadlock(pipelining: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = WindowLimits(COUNT, COUNT, COUNT)
    monkeypatch.setattr("poptui.net.client.ANNOUNCED_WINDOW", limits)
    monkeypatch.setattr("poptui.net.pipelining_policy.ANNOUNCED_WINDOW", limits)
    with blocking_server() as server:
        options = ConnectionOptions(timeout_s=5.0, pipelining=pipelining)
        session = await log_in(local(server.port), Credentials(Secret("x")), options=options)
        replies: list[Reply] = []
        ended = asyncio.Event()

        def answered(come: list[Reply]) -> None:
            replies.extend(come)
            if len(replies) == COUNT:
                ended.set()

        session.client.submit_all(
            [Top(n) for n in range(1, COUNT + 1)], Priority.BACKGROUND, answered
        )
        async with asyncio.timeout(30):
            await ended.wait()
        session.client.close()
        await asyncio.sleep(0.05)
    assert [reply.command for reply in replies] == [Top(n) for n in range(1, COUNT + 1)]
