"""A stream in memory and an event loop whose clock leaps ahead, for tests of the client."""

from __future__ import annotations

import asyncio
import selectors
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from poptui.net.client import Client
from poptui.net.server import ConnectionOptions, Security, Server
from poptui.pop3.commands import Pass, User
from poptui.secret import Secret

GREETING = b"+OK ready\r\n"


class MemoryStream:
    """A :class:`poptui.net.stream.Stream` whose server is played by the test."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        """The client's output, one item per write."""
        self.closed = False
        self._said: asyncio.Queue[bytes | OSError] = asyncio.Queue()

    def say(self, *chunks: bytes) -> None:
        """Let the client receive these chunks, each in a separate read."""
        for chunk in chunks:
            self._said.put_nowait(chunk)

    def hang_up(self) -> None:
        """End the stream."""
        self._said.put_nowait(b"")

    def break_off(self, error: OSError) -> None:
        """Break the connection with this error."""
        self._said.put_nowait(error)

    @property
    def lines(self) -> list[bytes]:
        """The commands that the client sent."""
        return b"".join(self.packets).split(b"\r\n")[:-1]

    @property
    def has_data(self) -> bool:
        return not self._said.empty()

    async def read(self) -> bytes:
        data = await self._said.get()
        if isinstance(data, OSError):
            raise data
        return data

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.packets.append(data)

    async def start_tls(self, context: ssl.SSLContext, host: str, timeout: float) -> None:
        raise AssertionError("no test of this stream turns to TLS")

    def certificate(self) -> bytes | None:
        return None

    def security(self) -> None:
        return None

    @property
    def peer(self) -> str:
        return ""

    def close(self) -> None:
        self.closed = True

    def shut_down(self) -> None:
        self.closed = True


SERVER = Server("pop.example", 110, "me", Security.PLAIN)
"""A server that exists only in memory."""


@asynccontextmanager
async def met(timeout: float = 30.0) -> AsyncIterator[tuple[Client, MemoryStream]]:
    """Provide a client that hasn't received the greeting yet."""
    stream = MemoryStream()
    client = Client(stream, SERVER, ConnectionOptions(timeout))
    try:
        yield client, stream
    finally:
        client.close()
        await settle()
    assert asyncio.all_tasks() == {asyncio.current_task()}, "a task outlives its connection"


@asynccontextmanager
async def visiting(
    timeout: float = 30.0, *, window: int = 1
) -> AsyncIterator[tuple[Client, MemoryStream]]:
    """Provide a logged-in client, without what it wrote for the login.

    A window of more than one command means pipelining with a fixed window.
    """
    async with met(timeout) as (client, stream):
        stream.say(GREETING)
        await client.greeting()
        for command in (User("me"), Pass(Secret("hunter2"))):
            answer = client.submit(command)
            stream.say(b"+OK\r\n")
            await answer
        if window > 1:
            with patch("poptui.net.client.ANNOUNCED_WINDOW", (window, window, window)):
                client.trust_pipelining()
        stream.packets.clear()
        client.connection.round_trips = 0
        yield client, stream


async def settle() -> None:
    """Run everything that can run without waiting."""
    for _ in range(20):
        await asyncio.sleep(0)


class _Leap(selectors.DefaultSelector):
    """Moves the clock ahead instead of waiting."""

    now = 1000.0
    turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits forever"
        self.turns += 1
        self.now += max(0.0, timeout)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop without input and output, in which waiting takes no time."""

    def __init__(self) -> None:
        self.leap = _Leap()
        super().__init__(self.leap)

    def time(self) -> float:
        return self.leap.now


def at_once(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test in a loop whose clock leaps ahead."""

    @wraps(test)
    def run(*arguments: object, **named: object) -> None:
        with asyncio.Runner(loop_factory=LeapingLoop) as runner:
            runner.run(test(*arguments, **named))

    return run
