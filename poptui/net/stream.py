"""Byte streams to a server: TCP over IPv6 or IPv4, with or without TLS."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import deque
from typing import NamedTuple, Protocol, cast

from poptui.net.proxy import Proxy, connect_through

logger = logging.getLogger(__name__)

SILENT_IPV6_S = 6.0
"""Try IPv4 alone if connecting and starting TLS take longer than this."""

HAPPY_EYEBALLS_DELAY_S = 0.25
"""Wait this long before trying the next address in parallel (RFC 8305)."""

MAX_BUFFERED_BYTES = 1 << 20
"""With more unread bytes than this, the transport stops reading from the network."""


class TlsDetails(NamedTuple):
    """The TLS version, cipher and certificates of a connection."""

    version: str
    """Such as ``TLSv1.3``."""
    cipher: str
    chain: tuple[bytes, ...]
    """The certificates that the server sent, in DER, its own first."""


class Stream(Protocol):
    """The interface that the client needs of a connection."""

    @property
    def has_data(self) -> bool:
        """Whether there are received bytes that were not read yet."""

    async def read(self) -> bytes:
        """Return the next bytes, ``b""`` at the end. Raises OSError if the connection broke."""

    def write(self, data: bytes) -> None:
        """Queue ``data`` without waiting, so that writing never holds up reading."""

    async def start_tls(self, context: ssl.SSLContext, host: str, timeout_s: float) -> None:
        """Start TLS. Raises OSError, including ssl.SSLError."""

    def certificate(self) -> bytes | None:
        """Return the server's certificate in DER; None without TLS."""

    def security(self) -> TlsDetails | None:
        """Return version, cipher and certificates; None without TLS."""

    @property
    def peer(self) -> str:
        """The address that was reached; ``""`` if there is none."""

    def shut_down(self) -> None:
        """Close the sending direction; what the server still sends can be read."""

    def close(self) -> None:
        """Drop the connection immediately."""


class SocketStream(asyncio.Protocol):
    """A :class:`Stream` over a socket."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._chunks: deque[bytes] = deque()
        self._buffered_bytes = 0
        self._ended = False
        self._error: Exception | None = None
        self._wake = asyncio.Event()

    # --- called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._chunks.append(data)
        self._buffered_bytes += len(data)
        if self._buffered_bytes > MAX_BUFFERED_BYTES and self._transport is not None:
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
    def has_data(self) -> bool:
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
        if self._buffered_bytes > MAX_BUFFERED_BYTES and self._transport is not None:
            self._transport.resume_reading()
        self._buffered_bytes = 0
        return data

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def start_tls(self, context: ssl.SSLContext, host: str, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        transport = self._transport
        if transport is None or self._ended:
            raise ConnectionResetError("the connection closed before TLS")
        self._transport = await loop.start_tls(
            transport, self, context, server_hostname=host, ssl_handshake_timeout=timeout_s
        )
        self.log_security()

    @property
    def is_ipv6(self) -> bool:
        """Whether the connection goes over IPv6."""
        peer = self._transport.get_extra_info("socket") if self._transport else None
        return peer is not None and peer.family == socket.AF_INET6

    def certificate(self) -> bytes | None:
        tls = self._transport and self._transport.get_extra_info("ssl_object")
        return tls.getpeercert(binary_form=True) if tls else None

    def security(self) -> TlsDetails | None:
        tls = self._transport and self._transport.get_extra_info("ssl_object")
        if not tls:
            return None
        cipher = tls.cipher()
        return TlsDetails(tls.version() or "", cipher[0] if cipher else "", _chain(tls))

    @property
    def peer(self) -> str:
        peer = self._transport.get_extra_info("peername") if self._transport else None
        return str(peer[0]) if peer else ""

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
        """Log the address that was reached, the TLS version and the cipher."""
        if self._transport is None or not logger.isEnabledFor(logging.INFO):
            return
        security = self.security()
        logger.info(
            "connected to %s: %s",
            self._transport.get_extra_info("peername"),
            f"{security.version}, cipher {security.cipher}" if security else "no TLS",
        )


def _chain(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    """Return the certificates that the server sent, at least its own.

    The ssl module publishes the chain since Python 3.13; before, only its inner object knows it.
    """
    if publish := getattr(tls, "get_unverified_chain", None):
        return tuple(publish())
    own = tls.getpeercert(binary_form=True) or b""
    try:
        inner = tls._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
        return tuple(ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in inner)
    except (AttributeError, TypeError, ValueError):
        return (own,)


async def open_stream(
    host: str,
    port: int,
    context: ssl.SSLContext | None,
    timeout_s: float,
    *,
    ipv4_only: bool = False,
    proxy: Proxy | None = None,
) -> SocketStream:
    """Connect, trying both address families (RFC 8305); with a ``context``, start TLS at once.

    With a ``proxy`` it connects, and raises ConnectError if it can't.

    If TLS doesn't start in time, IPv4 is tried alone: some networks accept IPv6 connections and
    lose what follows. Raises OSError, including socket.gaierror, ssl.SSLError and TimeoutError.
    """
    if proxy is not None:
        return await _open_through(proxy, host, port, context, timeout_s)
    if ipv4_only:
        async with asyncio.timeout(timeout_s):
            address = await _ipv4_address(host, port)
        return await _open(address, host, port, context, timeout_s)
    if context is None or is_literal(host):
        return await _open(host, host, port, context, timeout_s)
    try:
        return await _open(host, host, port, context, min(SILENT_IPV6_S, timeout_s / 2))
    except (TimeoutError, ConnectionAbortedError):
        logger.info("TLS did not start in time: trying IPv4 alone")
    try:
        return await open_stream(host, port, context, timeout_s, ipv4_only=True)
    except socket.gaierror:  # the host has no IPv4 address
        return await _open(host, host, port, context, timeout_s)


def is_literal(host: str) -> bool:
    """Whether ``host`` is an address rather than a name."""
    return ":" in host or host.replace(".", "").isdigit()


async def _ipv4_address(host: str, port: int) -> str:
    """Return the host's first IPv4 address. Raises socket.gaierror if it has none."""
    loop = asyncio.get_running_loop()
    for family, *_, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if family == socket.AF_INET:
            return str(address[0])
    raise socket.gaierror(f"{host} has no IPv4 address")


async def _open(
    address: str, host: str, port: int, context: ssl.SSLContext | None, timeout_s: float
) -> SocketStream:
    """Connect to ``address``, a name or an address of ``host``."""
    connecting = asyncio.ensure_future(
        asyncio.get_running_loop().create_connection(
            SocketStream,
            address,
            port,
            ssl=context,
            server_hostname=_tls_name(host) if context else None,
            ssl_handshake_timeout=timeout_s if context else None,
            happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY_S,
        )
    )
    try:
        async with asyncio.timeout(timeout_s):
            _, stream = await asyncio.shield(connecting)
    except BaseException:
        connecting.add_done_callback(_abort)
        raise
    stream.log_security()
    return stream


async def _open_through(
    proxy: Proxy, host: str, port: int, context: ssl.SSLContext | None, timeout_s: float
) -> SocketStream:
    connection = await connect_through(proxy, host, port, timeout_s)
    try:
        async with asyncio.timeout(timeout_s):
            _, stream = await asyncio.get_running_loop().create_connection(
                SocketStream,
                sock=connection,
                ssl=context,
                server_hostname=_tls_name(host) if context else None,
                ssl_handshake_timeout=2 * timeout_s if context else None,
            )
    except BaseException:
        connection.close()
        raise
    stream.log_security()
    return stream


def _tls_name(host: str) -> str:
    """Return the host as a certificate names it: an address without its zone (RFC 6874)."""
    return host.partition("%")[0]


def _abort(connecting: asyncio.Future[tuple[asyncio.Transport, SocketStream]]) -> None:
    """Close a connection that came too late. Cancelling the attempt would leak its socket."""
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result()[0].abort()
