"""A TLS server in a thread, with OpenSSL's own sockets.

If a handshake fails, asyncio's servers drop the connection without the alert that real servers
send. This one sends it.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Self

CLIENT_TIMEOUT_S = 20.0
"""Maximum silence of a client: a thread that waits longer would hang the test."""
HANG_UP_AGAIN_S = 0.05
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
        for thread in self._threads:
            while thread.is_alive():
                self._hang_up()
                thread.join(HANG_UP_AGAIN_S)
        for sock in self._open:
            sock.close()

    def _hang_up(self) -> None:
        """End every conversation; one that is about to begin TLS has no socket for a moment."""
        for sock in [*self._open]:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._socket.accept()
                sock.settimeout(CLIENT_TIMEOUT_S)
                self._open.append(sock)
                thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError):
            if not self._stls:
                sock = self._begin_tls(sock)
            sock.sendall(b"+OK ready\r\n")
            for command in self._commands(sock):
                if command == b"STLS":
                    sock.sendall(b"+OK\r\n")
                    sock = self._begin_tls(sock)
                    self._answer_all(sock)
                    break
                sock.sendall(CAPABILITIES % b"STLS\r\n" if command == b"CAPA" else b"+OK\r\n")
        sock.close()

    def _begin_tls(self, sock: socket.socket) -> socket.socket:
        secured = self._context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._open.append(secured)
        secured.do_handshake()
        return secured

    def _answer_all(self, sock: socket.socket) -> None:
        for command in self._commands(sock):
            sock.sendall(CAPABILITIES % b"" if command == b"CAPA" else b"+OK\r\n")

    def _commands(self, sock: socket.socket) -> Iterator[bytes]:
        rest = b""
        while received := sock.recv(4096):
            *lines, rest = (rest + received).split(b"\r\n")
            for command in lines:
                keyword = command.partition(b" ")[0].upper()
                self.keywords.append(keyword)
                yield keyword
