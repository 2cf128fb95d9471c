"""Readers to compare with: a raw socket with pipelining, and poplib, which waits each time."""

from __future__ import annotations

import poplib
import selectors
import socket
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter

CHUNK = 1 << 18
END = b"\r\n.\r\n"
PATIENCE = 120.0
"""How long to wait for a silent server, in seconds."""


@dataclass(frozen=True)
class Timing:
    """The seconds from the first TOP to the last reply, and how they were measured."""

    seconds: float
    sampled: int = 0
    """How many messages were really loaded if the rest is extrapolated; 0 for all."""


def count_headers(port: int, user: str, password: str) -> Timing:
    """Send every ``TOP n 0`` in one burst and only count the replies: a raw socket."""
    with _connected(port) as sock:
        count = _log_in(sock, user, password)
        burst = _tops(range(1, count + 1))
        started = perf_counter()
        _exchange(sock, burst, count)
        seconds = perf_counter() - started
        sock.sendall(b"QUIT\r\n")
        _answer(sock)
    return Timing(seconds)


def count_first_screen(port: int, user: str, password: str, rows: int) -> float:
    """Return the seconds from connecting to the newest ``rows`` headers, in seven round trips."""
    started = perf_counter()
    with _connected(port) as sock:
        count = _log_in(sock, user, password)
        _exchange(sock, b"UIDL\r\nLIST\r\n", 2)
        _exchange(sock, _tops(range(count - rows + 1, count + 1)), rows)
        return perf_counter() - started


def _connected(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _answer(sock)
    return sock


def _log_in(sock: socket.socket, user: str, password: str) -> int:
    """Log in with USER and PASS; return the number of messages from STAT."""
    for command in (f"USER {user}", f"PASS {password}"):
        sock.sendall(f"{command}\r\n".encode())
        _answer(sock)
    sock.sendall(b"STAT\r\n")
    return int(_answer(sock).split()[1])


def _tops(numbers: Iterable[int]) -> bytes:
    return b"".join(b"TOP %d 0\r\n" % number for number in numbers)


def _answer(sock: socket.socket) -> bytes:
    octets = b""
    while not octets.endswith(b"\r\n"):
        more = sock.recv(4096)
        if not more:
            raise ConnectionError("the server hung up")
        octets += more
    if not octets.startswith(b"+OK"):
        raise ConnectionError(octets.decode("ascii", "replace"))
    return octets


def _exchange(sock: socket.socket, burst: bytes, replies: int) -> None:
    """Write and read at the same time until so many replies are complete."""
    sock.setblocking(False)
    tail, unsent = b"", memoryview(burst)
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while replies:
            events = selector.select(PATIENCE)
            if not events:
                raise TimeoutError("the server is silent")
            if events[0][1] & selectors.EVENT_WRITE:
                unsent = unsent[sock.send(unsent) :]
                if not unsent:
                    selector.modify(sock, selectors.EVENT_READ)
            if events[0][1] & selectors.EVENT_READ:
                octets = sock.recv(CHUNK)
                if not octets:
                    raise ConnectionError("the server hung up")
                replies -= (tail + octets).count(END)
                tail = (tail + octets)[-len(END) + 1 :]
    sock.setblocking(True)


def poplib_headers(port: int, user: str, password: str, most: int) -> Timing:
    """Send ``TOP n 0`` one at a time; beyond ``most`` messages the rest is extrapolated."""
    with closing(poplib.POP3("127.0.0.1", port, timeout=PATIENCE)) as client:
        client.user(user)
        client.pass_(password)
        count = client.stat()[0]
        asked = min(most, count)
        started = perf_counter()
        for number in range(1, asked + 1):
            client.top(number, 0)
        seconds = perf_counter() - started
        client.quit()
    return Timing(seconds * count / asked, asked if asked < count else 0)
