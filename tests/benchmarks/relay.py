"""Simulate a slow connection between a client and a server on this machine.

``python -m tests.benchmarks.relay --to PORT --rtt MS [--rate OCTETS_PER_SECOND]`` prints the port
it listens on and lives until its standard input ends. Bytes keep their order and wait half a
round trip each way; a connection takes one and a half until the server sees it, as with TCP's
handshake. Nothing is dropped, and buffers have no bound.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections import deque
from types import TracebackType

PIECE = 4096
"""How many bytes are sent at once if the rate is limited."""


class Direction:
    """One direction: forward after ``delay`` seconds, at ``rate`` bytes per second."""

    def __init__(self, delay: float, rate: float) -> None:
        self._delay, self._rate = delay, rate
        self._queue: deque[tuple[float, bytes]] = deque()
        self._out: asyncio.WriteTransport | None = None
        self._loop = asyncio.get_running_loop()
        self._free = 0.0
        self._timed = False

    def open(self, out: asyncio.WriteTransport) -> None:
        """Take the transport of the other end."""
        self._out = out
        self._deliver()

    def put(self, octets: bytes) -> None:
        """Send ``octets``; none mean the end of the stream."""
        if not self._rate:
            self._queue.append((self._loop.time() + self._delay, octets))
        for at in range(0, len(octets) or 1, PIECE) if self._rate else ():
            piece = octets[at : at + PIECE]
            self._free = max(self._free, self._loop.time()) + len(piece) / self._rate
            self._queue.append((self._free + self._delay, piece))
        self._deliver()

    def _deliver(self) -> None:
        if self._timed or self._out is None:
            return
        if self._out.is_closing():
            self._queue.clear()
            return
        ready = []
        while self._queue and self._queue[0][0] <= self._loop.time():
            ready.append(self._queue.popleft()[1])
        self._out.write(b"".join(ready))
        if ready and not ready[-1]:
            self._out.close()
        elif self._queue:
            self._timed = True
            self._loop.call_at(self._queue[0][0], self._due)

    def _due(self) -> None:
        self._timed = False
        self._deliver()


class End(asyncio.Protocol):
    """One end of the connection: it feeds ``incoming`` and is written to by ``outgoing``."""

    def __init__(self, incoming: Direction, outgoing: Direction) -> None:
        self._incoming, self._outgoing = incoming, outgoing

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start forwarding to this end."""
        assert isinstance(transport, asyncio.Transport)
        self._outgoing.open(transport)

    def data_received(self, data: bytes) -> None:
        """Forward bytes to the other end."""
        self._incoming.put(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Forward the end of the stream after the delay."""
        self._incoming.put(b"")


class ClientEnd(End):
    """The client's end, which connects to the server."""

    def __init__(self, port: int, rtt: float, rate: float) -> None:
        super().__init__(Direction(rtt / 2, rate), Direction(rtt / 2, rate))
        self._port, self._rtt = port, rtt

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect to the server after the delay of a handshake."""
        super().connection_made(transport)
        self._connecting = asyncio.ensure_future(self._connect())

    async def _connect(self) -> None:
        await asyncio.sleep(self._rtt * 1.5)
        loop = asyncio.get_running_loop()
        await loop.create_connection(
            lambda: End(self._outgoing, self._incoming), "127.0.0.1", self._port
        )


async def relay(port: int, rtt: float, rate: float) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ClientEnd(port, rtt, rate), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


class Relay:
    """A relay in its own process, which ends with the ``with`` block or with this process."""

    def __init__(self, port: int, rtt: float, rate: float = 0) -> None:
        """``rtt`` is in seconds, ``rate`` in bytes per second each way; 0 means no limit."""
        words = ["--to", str(port), "--rtt", str(rtt * 1000), "--rate", str(rate)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.relay", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> Relay:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()


def _main() -> None:
    parser = argparse.ArgumentParser(description="A line with delay to a port of this machine.")
    parser.add_argument("--to", type=int, required=True, metavar="PORT")
    parser.add_argument("--rtt", type=float, default=0, metavar="MS", help="both ways together")
    parser.add_argument("--rate", type=float, default=0, metavar="OCTETS", help="a second")
    options = parser.parse_args()
    asyncio.run(relay(options.to, options.rtt / 1000, options.rate))


if __name__ == "__main__":
    _main()
