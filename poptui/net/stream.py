"""Octets to and from a server: TCP on either address family, and TLS on top of it."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from typing import Protocol, cast

logger = logging.getLogger(__name__)

EYEBALLS_DELAY = 0.25
"""Seconds before the other address family is tried beside the first (RFC 8305)."""

READ_AHEAD = 1 << 20
"""Octets held for the reader before the transport is told to pause."""


class Stream(Protocol):
    """What the client needs of a connection."""

    @property
    def pending(self) -> bool:
        """Whether octets were received that nobody has read."""

    async def read(self) -> bytes:
        """The next octets, ``b""`` at the end. Raises OSError where the line broke."""

    def write(self, data: bytes) -> None:
        """Queue ``data``; never waits, so that reading never stops for writing."""

    async def start_tls(self, context: ssl.SSLContext, host: str, timeout: float) -> None:
        """Turn to TLS. Raises OSError (ssl.SSLError among them)."""

    def certificate(self) -> bytes | None:
        """The server's certificate in DER, None in clear."""

    def shut_down(self) -> None:
        """Say that nothing more is coming; what the server still sends can be read."""

    def close(self) -> None:
        """Drop the connection at once."""


class SocketStream(asyncio.Protocol):
    """A :class:`Stream` over a socket."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._chunks: deque[bytes] = deque()
        self._held = 0
        self._ended = False
        self._error: Exception | None = None
        self._wake = asyncio.Event()

    # --- called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._chunks.append(data)
        self._held += len(data)
        if self._held > READ_AHEAD and self._transport is not None:
            self._transport.pause_reading()
        self._wake.set()

    def eof_received(self) -> None:
        self._ended = True
        self._wake.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended, self._error = True, exc
        self._wake.set()

    # --- called by the client

    @property
    def pending(self) -> bool:
        return bool(self._chunks)

    async def read(self) -> bytes:
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self._ended:
                return b""
            self._wake.clear()
            await self._wake.wait()
        data = b"".join(self._chunks)
        self._chunks.clear()
        if self._held > READ_AHEAD and self._transport is not None:
            self._transport.resume_reading()
        self._held = 0
        return data

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def start_tls(self, context: ssl.SSLContext, host: str, timeout: float) -> None:
        loop = asyncio.get_running_loop()
        transport = self._transport
        if transport is None or self._ended:
            raise ConnectionResetError("the connection closed before TLS")
        self._transport = await loop.start_tls(
            transport, self, context, server_hostname=host, ssl_handshake_timeout=timeout
        )
        self.log_security()

    def certificate(self) -> bytes | None:
        tls = self._transport and self._transport.get_extra_info("ssl_object")
        return tls.getpeercert(binary_form=True) if tls else None

    def shut_down(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def log_security(self) -> None:
        """Log the address that was reached, and the TLS version and cipher."""
        if self._transport is None or not logger.isEnabledFor(logging.INFO):
            return
        tls = self._transport.get_extra_info("ssl_object")
        cipher = tls.cipher() if tls else None
        logger.info(
            "connected to %s: %s",
            self._transport.get_extra_info("peername"),
            f"{tls.version()}, cipher {cipher[0]}" if tls and cipher else "no TLS",
        )


async def open_stream(
    host: str, port: int, context: ssl.SSLContext | None, timeout: float
) -> SocketStream:
    """Connect, trying both address families (RFC 8305); inside TLS where a context is given.

    Raises OSError: socket.gaierror, ssl.SSLError, TimeoutError and the like.
    """
    connecting = asyncio.ensure_future(
        asyncio.get_running_loop().create_connection(
            SocketStream,
            host,
            port,
            ssl=context,
            server_hostname=host if context else None,
            ssl_handshake_timeout=timeout if context else None,
            happy_eyeballs_delay=EYEBALLS_DELAY,
        )
    )
    try:
        async with asyncio.timeout(timeout):
            _, stream = await asyncio.shield(connecting)
    except BaseException:
        connecting.add_done_callback(_drop)
        raise
    stream.log_security()
    return stream


def _drop(connecting: asyncio.Future[tuple[asyncio.Transport, SocketStream]]) -> None:
    """Nobody waits for this connection any more. Cancelling it would leave its socket behind."""
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result()[0].abort()
