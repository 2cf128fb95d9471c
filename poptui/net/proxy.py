"""SOCKS and HTTP proxies: which one to use for a host, and a connection through it.

A proxy comes from the setting ``proxy``, or from ``ALL_PROXY`` and ``NO_PROXY`` as in curl; for
requests to web servers ``HTTPS_PROXY`` counts before ``ALL_PROXY``.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from poptui.errors import ConnectError, UsageError, quoted
from poptui.net.host_name import to_ascii
from poptui.printable import printable_line
from poptui.secret import Secret

FORMS = "socks5h://host:port, socks5://host:port, socks4a://host:port or http://host:port"
"""The URLs that are understood; ``user:password@`` may stand before the host."""

DIRECT = "none"
"""The value of the setting ``proxy`` that means: don't use any, whatever ALL_PROXY says."""

PROXY_SCHEMES = frozenset({"socks5", "socks5h", "socks4", "socks4a", "http", "https", "socks"})
"""The schemes of a proxy's URL, among them unsupported ones that people try."""

_DEFAULT_PORTS = {"socks5": 1080, "socks5h": 1080, "socks4": 1080, "socks4a": 1080, "http": 8080}
_OTHER_NAMES = {"socks": "socks5h"}
"""GNOME writes this scheme into ALL_PROXY."""
_MAX_LABEL_CHARACTERS = 63
_RESOLVING = frozenset({"socks5h", "socks4a", "http"})
"""The kinds of proxy that look up the server's name; for others poptui looks it up here."""

MAX_REPLY_BYTES = 16_384
"""The longest HTTP reply to CONNECT that is read."""

ADDRESS_TIMEOUT_S = 5.0
"""Timeout for connecting to one of several addresses of a name."""

_ALL_PROXY, _NO_PROXY = ("all_proxy", "ALL_PROXY"), ("no_proxy", "NO_PROXY")
_HTTPS_PROXY = ("https_proxy", "HTTPS_PROXY")

_SOCKS_REASONS = {
    2: "its rules don't allow this connection",
    3: "it finds the server's network unreachable",
    4: "it finds the server unreachable, or doesn't know its name",
    5: "the server refused the connection: check the port",
    6: "the connection expired",
    7: "it doesn't know the command",
    8: "it doesn't know this kind of address",
    91: "it refused the request, or could not reach the server",
}
"""SOCKS 5 reply codes (RFC 1928 section 6), and the common one of SOCKS 4."""


class Proxy(NamedTuple):
    """A proxy, and how to sign in to it."""

    kind: str
    """The scheme of its URL."""
    host: str
    port: int
    user: str = ""
    password: Secret | None = None
    source: str = "the setting proxy"
    """The setting or variable it comes from, for errors."""

    @property
    def address(self) -> str:
        """``kind://host:port``, without user and password; safe for the terminal."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return printable_line(f"{self.kind}://{host}:{self.port}")


def parse_proxy(text: str, source: str = "the setting proxy") -> Proxy:
    """Parse a proxy's URL; without a scheme it is an HTTP proxy, as in curl.

    Raises UsageError, which names ``source`` and never repeats the URL: it may hold a password.
    """
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        kind = _OTHER_NAMES.get(parts.scheme.lower(), parts.scheme.lower())
        host, port = to_ascii(parts.hostname or ""), parts.port
    except ValueError:
        raise _bad_proxy(source) from None
    if (
        kind not in _DEFAULT_PORTS
        or not re.fullmatch(r"[A-Za-z0-9_.:%-]{1,253}", host)
        or max(map(len, host.split("."))) > _MAX_LABEL_CHARACTERS
        or ".." in host.strip(".")
        or port == 0
        or parts.path not in ("", "/")
        or parts.query
        or printable_line(text) != text
    ):
        raise _bad_proxy(source)
    password = unquote(parts.password) if parts.password else ""
    return Proxy(
        kind,
        host,
        port or _DEFAULT_PORTS[kind],
        unquote(parts.username or ""),
        Secret(password) if password else None,
        source,
    )


def _bad_proxy(source: str) -> UsageError:
    return UsageError(f"The value of {source} is not the URL of a proxy: write {FORMS}.")


def proxy_from_environment(host: str, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that ``ALL_PROXY`` names, unless ``NO_PROXY`` excludes ``host``.

    Raises UsageError for a value that is no URL.
    """
    return _from_variables(_ALL_PROXY, host, environment)


def web_proxy_from_environment(host: str, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for HTTPS to ``host``: that of ``HTTPS_PROXY``, else of ``ALL_PROXY``.

    Raises UsageError for a value that is no URL.
    """
    return _from_variables((*_HTTPS_PROXY, *_ALL_PROXY), host, environment)


def _from_variables(
    names: tuple[str, ...], host: str, environment: Mapping[str, str]
) -> Proxy | None:
    for name in names:
        if text := environment.get(name, "").strip():
            excluded = next(filter(None, map(environment.get, _NO_PROXY)), "")
            return None if _is_excluded(host, excluded) else parse_proxy(text, name)
    return None


def _is_excluded(host: str, excluded: str) -> bool:
    """Whether ``NO_PROXY`` names the host, a domain above it, or a network around it."""
    address = None
    with suppress(ValueError):
        address = ip_address(host)
    for entry in re.split(r"[\s,]+", excluded.strip().lower()):
        entry = entry.strip("[]")
        if entry == "*":
            return True
        if address is not None:
            with suppress(ValueError):
                if address in ip_network(entry, strict=False):
                    return True
        name = entry.lstrip("*").lstrip(".")
        if name and (host == name or host.endswith(f".{name}")):
            return True
    return False


async def connect_through(proxy: Proxy, host: str, port: int, timeout_s: float) -> socket.socket:
    """Return a socket that the proxy has connected to ``host``. Raises ConnectError."""
    try:
        async with asyncio.timeout(timeout_s):
            if proxy.kind == "http":
                return await _connect_by_http(proxy, host, port)
            return await _connect_by_socks(proxy, host, port)
    except TimeoutError:
        raise ConnectError(
            f"The proxy {proxy.address} did not connect to {printable_line(host)}:{port} within"
            f" {timeout_s:g} seconds: check the proxy and the server's name and port."
        ) from None
    except socket.gaierror:
        raise ConnectError(
            f"No connection through the proxy {proxy.address}: there is no host named"
            f" {printable_line(proxy.host)}, or, looked up here, {printable_line(host)}. Check the"
            " names; socks5h:// lets the proxy look up the server."
        ) from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "it hung up"
        raise ConnectError(
            f"The proxy {proxy.address} cannot be used ({reason}): is it running, and is its"
            f" address right? See {proxy.source}."
        ) from None


async def _connect_by_socks(proxy: Proxy, host: str, port: int) -> socket.socket:
    from python_socks import ProxyConnectionError, ProxyError, ProxyType
    from python_socks.async_.asyncio import Proxy as SocksProxy

    password = proxy.password.reveal() if proxy.password else ""
    client = SocksProxy(
        ProxyType.SOCKS4 if proxy.kind.startswith("socks4") else ProxyType.SOCKS5,
        proxy.host,
        proxy.port,
        username=proxy.user or None,
        password=password if proxy.user else None,
        rdns=proxy.kind in _RESOLVING,
    )
    try:
        return await client.connect(host, port, timeout=3600)  # the caller's time-out counts
    except ProxyConnectionError as error:
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise
    except ProxyError as error:
        text = str(error).lower()
        if "authentication" in text:
            raise _unauthorized(proxy) from None
        known = _SOCKS_REASONS.get(error.error_code or 0)
        raise _refused(proxy, host, port, known or quoted(str(error))) from None
    except (ValueError, UnicodeError):
        raise _refused(proxy, host, port, "the name or the password is too long for it") from None


async def _connect_by_http(proxy: Proxy, host: str, port: int) -> socket.socket:
    """Send CONNECT. The reply is read to its last byte and no further: a POP3 server speaks first,
    so its greeting may follow at once."""
    loop = asyncio.get_running_loop()
    connection = await connect_socket(proxy.host, proxy.port)
    try:
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}"]
        if proxy.user:
            password = proxy.password.reveal() if proxy.password else ""
            token = b64encode(f"{proxy.user}:{password}".encode()).decode("ascii")
            lines.append(f"Proxy-Authorization: Basic {token}")
        await loop.sock_sendall(connection, "\r\n".join([*lines, "", ""]).encode())
        reply = await _read_http_reply(connection)
        status = re.match(rb"HTTP/1\.[01] ([0-9]{3})[ \r\n]([^\r\n]*)", reply)
        if status is None:
            raise _refused(proxy, host, port, "it is not an HTTP proxy")
        if status[1] == b"407":
            raise _unauthorized(proxy)
        if not status[1].startswith(b"2"):
            answer = quoted((status[1] + b" " + status[2]).decode("latin-1"))
            raise _refused(proxy, host, port, f"it answered {answer}")
        return connection
    except BaseException:
        connection.close()
        raise


async def connect_socket(host: str, port: int) -> socket.socket:
    """Connect to the addresses of a host in turn. Raises OSError; the caller sets a time limit."""
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for left, (family, kind, number, _, address) in zip(
        range(len(found) - 1, -1, -1), found, strict=True
    ):
        connection = socket.socket(family, kind, number)
        connection.setblocking(False)
        try:
            async with asyncio.timeout(ADDRESS_TIMEOUT_S if left else None):
                await loop.sock_connect(connection, address)
        except OSError as error:  # TimeoutError is one
            connection.close()
            failure = failure or error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure or OSError("no address")


async def _read_http_reply(connection: socket.socket) -> bytes:
    """Read up to the empty line, a byte at a time. Raises ConnectionResetError at an early end."""
    loop, reply = asyncio.get_running_loop(), bytearray()
    while not reply.endswith(b"\r\n\r\n") and len(reply) < MAX_REPLY_BYTES:
        byte = await loop.sock_recv(connection, 1)
        if not byte:
            break
        reply += byte
        if not b"HTTP/".startswith(reply[:5]):
            break  # it is something else, and the empty line may never come
    if not reply:
        raise ConnectionResetError
    return bytes(reply)


def _unauthorized(proxy: Proxy) -> ConnectError:
    wrong = "refused the user name and password" if proxy.user else "wants a user name and password"
    return ConnectError(
        f"The proxy {proxy.address} {wrong}: write them into its URL,"
        f" {proxy.kind}://user:password@host:port, in {proxy.source}."
    )


def _refused(proxy: Proxy, host: str, port: int, reason: str) -> ConnectError:
    return ConnectError(
        f"The proxy {proxy.address} made no connection to {printable_line(host)}:{port}: {reason}."
    )
