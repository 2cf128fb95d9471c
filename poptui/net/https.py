"""One HTTP request over TLS, directly or through a proxy: for OAuth and for autoconfiguration.

A redirect is returned like any other answer, so that the caller decides where secrets may go. A
request to this machine may be unencrypted, and never goes through a proxy, where the name would
mean another machine.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from poptui.net.host_name import to_ascii
from poptui.net.proxy import connect_socket, connect_through
from poptui.net.server import WebRoute
from poptui.net.tls import web_context
from poptui.threads import run_detached

PROXY_SHARE = 0.8
"""The share of the time limit after which a proxy that has not connected is reported."""


class WebResponse(NamedTuple):
    """The answer of a web server."""

    status: int
    content_type: str
    location: str
    """The target of a redirect; empty if it is none."""
    body: bytes
    """Cut after one byte more than the limit."""


async def exchange(
    url: str,
    route: WebRoute,
    *,
    headers: Mapping[str, str],
    form: str | None = None,
    timeout_s: float,
    max_bytes: int,
) -> WebResponse:
    """Send a GET, or ``form`` by POST, and return the answer whatever its status is.

    Raises ConnectError or UsageError if the proxy or the file of authorities can't be used,
    otherwise OSError (TimeoutError among them), HTTPException and ValueError.
    """
    parts = urlsplit(url)
    host = to_ascii(parts.hostname or "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    proxy = route.proxy_to(host)
    context: ssl.SSLContext | None = None
    if parts.scheme == "https":  # reading all authorities takes a while
        context = await run_detached(lambda: web_context(route.ca_file))
    deadline = time.monotonic() + timeout_s
    line: socket.socket | None = None
    try:
        async with asyncio.timeout(timeout_s):
            if proxy is None:
                line = await connect_socket(host, port)
            else:
                line = await connect_through(proxy, host, port, PROXY_SHARE * timeout_s)
            request = _Request(line, url, host, port, dict(headers), form, deadline, max_bytes)
            return await run_detached(lambda: request.run(context))
    finally:
        # A thread that still waits for this server would do so for long: cut it off.
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


class _Request(NamedTuple):
    """A request over an existing connection, made in a thread."""

    line: socket.socket
    url: str
    host: str
    port: int
    headers: dict[str, str]
    form: str | None
    deadline: float
    max_bytes: int

    def run(self, context: ssl.SSLContext | None) -> WebResponse:
        from http.client import HTTPConnection, HTTPSConnection

        parts = urlsplit(self.url)
        secured: socket.socket = self.line
        connection: HTTPConnection
        self.line.settimeout(max(0.1, self.deadline - time.monotonic()))
        if context is None:
            connection = HTTPConnection(self.host, self.port)
        else:
            # The copy is what TLS closes; the caller shuts the connection itself down.
            secured = context.wrap_socket(self.line.dup(), server_hostname=self.host)
            connection = HTTPSConnection(self.host, self.port, context=context)
        try:
            connection.sock = secured
            target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            body = None if self.form is None else self.form.encode("ascii")
            connection.request("GET" if body is None else "POST", target, body, self.headers)
            # It holds the socket where the server closes the connection: see http.client.
            with connection.getresponse() as response:
                data = b""
                while len(data) <= self.max_bytes and time.monotonic() < self.deadline:
                    piece = response.read1(min(65_536, self.max_bytes + 1 - len(data)))
                    if not piece:
                        break
                    data += piece
            fields = response.headers
            return WebResponse(
                response.status,
                fields.get_content_type() if "Content-Type" in fields else "no content type",
                fields.get("Location", ""),
                data,
            )
        finally:
            connection.close()
