"""A TLS server in a thread, on OpenSSL's own sockets.

asyncio's servers drop the connection when a handshake fails, without the alert that real servers
send. This one sends it.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Self

LIMIT_S = 20.0
"""How long a client may be silent: a thread that waits for one longer would hang the test."""
CAPABILITIES = b"+OK\r\nUSER\r\n%s.\r\n"


class TlsServer:
    """Accepts logins on 127.0.0.1, with TLS from the first byte or after STLS."""

    def __init__(self, context: ssl.SSLContext, *, stls: bool = False) -> None:
        self._context, self._stls = context, stls
        self.keywords: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for line in self._open:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for line in self._open:
            line.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._socket.accept()
                line.settimeout(LIMIT_S)
                self._open.append(line)
                thread = threading.Thread(target=self._serve, args=(line,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError):
            if not self._stls:
                line = self._begin_tls(line)
            line.sendall(b"+OK ready\r\n")
            for command in self._commands(line):
                if command == b"STLS":
                    line.sendall(b"+OK\r\n")
                    line = self._begin_tls(line)
                    self._answer_all(line)
                    break
                line.sendall(CAPABILITIES % b"STLS\r\n" if command == b"CAPA" else b"+OK\r\n")
        line.close()

    def _begin_tls(self, line: socket.socket) -> socket.socket:
        secured = self._context.wrap_socket(line, server_side=True, do_handshake_on_connect=False)
        self._open.append(secured)
        secured.do_handshake()
        return secured

    def _answer_all(self, line: socket.socket) -> None:
        for command in self._commands(line):
            line.sendall(CAPABILITIES % b"" if command == b"CAPA" else b"+OK\r\n")

    def _commands(self, line: socket.socket) -> Iterator[bytes]:
        rest = b""
        while received := line.recv(4096):
            *lines, rest = (rest + received).split(b"\r\n")
            for one in lines:
                keyword = one.partition(b" ")[0].upper()
                self.keywords.append(keyword)
                yield keyword
