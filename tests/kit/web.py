"""An HTTPS server for a few fixed answers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping

from tests.kit.listener import Listener, received


class WebServer(Listener):
    """Answers each path with the given bytes (a whole response), everything else with 404."""

    def __init__(self, answers: Mapping[str, bytes], *, tls: ssl.SSLContext) -> None:
        super().__init__(tls=tls)
        self._answers = answers

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request."""
        path = (await received(reader)).split(b" ")[1].decode()
        while await received(reader):
            pass
        writer.write(self._answers.get(path.partition("?")[0], found(b"", "404 Not Found")))


def found(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Return a response with ``body``."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers)
    return "\r\n".join((*lines, "", "")).encode() + body
