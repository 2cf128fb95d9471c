"""Find out what listens at a port where POP3 or TLS was expected, to name it in an error."""

from __future__ import annotations

import asyncio
import re
import ssl
from contextlib import suppress
from typing import NamedTuple

from poptui.errors import PoptuiError
from poptui.net.server import Server
from poptui.net.stream import SocketStream, open_stream
from poptui.net.tls import old_context

BANNER_WAIT_S = 1.0
"""Servers that send a greeting nearly always do so within this time."""
PROBE_TIMEOUT_S = 4.0

TLS = "TLS"
"""The service of a port that speaks TLS from the first byte."""
POP3 = "unencrypted POP3"

VERSIONS = {"TLSv1": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3"}
"""TLS versions by OpenSSL's names."""

_SERVICES = (
    (rb"\+OK|-ERR", POP3),
    (rb"SSH-", "an SSH server"),
    (rb"HTTP/|<html|<!doctype", "a web server"),
    (rb"\* (OK|PREAUTH|BYE)", "an IMAP server"),
    (rb"220[ -].*(E?SMTP|mail)", "an SMTP server"),
    (rb"220[ -].*FTP", "an FTP server"),
    (rb"2(00|01) .*(NNTP|news)", "a news server"),
    (rb"220[ -]", "an SMTP or FTP server"),
    (rb"\x15\x03|\x16\x03", TLS),
)


def service_of(first_bytes: bytes) -> str:
    """Return what kind of server sends these first bytes; ``""`` if it is unknown."""
    for pattern, service in _SERVICES:
        if re.match(pattern, first_bytes.lstrip(b" \r\n\t"), re.IGNORECASE):
            return service
    return ""


class PortService(NamedTuple):
    """The service that listens at a port."""

    service: str = ""
    """``TLS``, ``POP3``, another kind of server with its article, or ``""`` if unknown."""
    tls_version: str = ""
    """The TLS version that it takes if we accept any, such as ``1.1``; only for ``TLS``."""


async def identify(server: Server, timeout_s: float = PROBE_TIMEOUT_S) -> PortService:
    """Find out what listens on the server's port.

    It takes two connections and at most a few seconds, and sends no more than CAPA.
    """
    words = asyncio.ensure_future(_service(server))
    try:
        async with asyncio.timeout(min(timeout_s, PROBE_TIMEOUT_S)):
            if version := await tls_version(server):
                return PortService(TLS, version)
            return PortService(await words)
    except TimeoutError:
        return PortService()
    finally:
        words.cancel()


async def tls_version(server: Server, *, stls: bool = False) -> str:
    """Return the TLS version that the server takes if we accept any; ``""`` if none.

    ``stls``: TLS starts after STLS, not with the first byte.
    """
    with suppress(OSError, PoptuiError, TimeoutError):
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            stream = await _open(server, None if stls else old_context())
            try:
                if stls and not await _start_tls(stream, server):
                    return ""
                security = stream.security()
            finally:
                stream.close()
            return VERSIONS.get(security.version, "") if security else ""
    return ""


async def _start_tls(stream: SocketStream, server: Server) -> bool:
    """Start TLS by STLS; return whether the server lets us. Raises OSError."""
    greeting = await stream.read()
    stream.write(b"STLS\r\n")
    if not (greeting.startswith(b"+OK") and (await stream.read()).startswith(b"+OK")):
        return False
    await stream.start_tls(old_context(), server.tls_name, PROBE_TIMEOUT_S)
    return True


async def _service(server: Server) -> str:
    """Return what kind of server answers without TLS; ``""`` if that isn't known."""
    with suppress(OSError, PoptuiError):
        stream = await _open(server, None)
        try:
            return service_of(await _first_words(stream))
        finally:
            stream.close()
    return ""


async def _open(server: Server, context: ssl.SSLContext | None) -> SocketStream:
    return await open_stream(server.host, server.port, context, PROBE_TIMEOUT_S, proxy=server.proxy)


async def _first_words(stream: SocketStream) -> bytes:
    """Return the first bytes that the server sends, by itself or in reply to CAPA."""
    for question in (b"", b"CAPA\r\n"):
        stream.write(question)
        with suppress(TimeoutError):
            async with asyncio.timeout(BANNER_WAIT_S):
                if received := await stream.read():
                    return received
    return b""
