"""Where a reply ends: lines, and bodies that a lone dot ends, cut out of whatever bytes came.

The rules kept here:

* the same bytes give the same lines and bodies, however they were cut on the way;
* every octet is looked at about once: a search goes on where the last one stopped;
* a body is handed on as it comes, its stuffed dots taken off, and is never held whole;
* where the status line ended in CRLF only CRLF ``.`` CRLF ends the body. A looser end would let
  a sender's bare line feeds forge replies. A server that ends its own lines with a bare LF is
  read with LF as the line's end.
"""

from __future__ import annotations

import re
from typing import Protocol

from poptui.pop3 import limits
from poptui.pop3.errors import ProtocolError

_PLAIN = (b"+OK ", b"+OK\r\n")
_PLAIN_LINE = 512
"""Octets of the status line of a plain reply (RFC 2449 section 4)."""

_LOOSE_END = re.compile(rb"(?:\A|(?<=\n))\.\r?\n")
_LOOSE_DOT = re.compile(rb"(?<=\n)\.")


class Sink(Protocol):
    """Where the octets of a body go."""

    def write(self, data: bytes, /) -> object:
        """Take the next octets."""


class Buffer:
    """The octets received and not yet read, with a memory of how far a search has come."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._searched = 0

    def __len__(self) -> int:
        return len(self._data)

    def feed(self, data: bytes) -> None:
        """Append what was received."""
        self._data += data

    def line(self) -> tuple[bytes, bool] | None:
        """The next line without its end, and whether a bare LF ended it; None: more, please.

        Raises ProtocolError for a line beyond the limit.
        """
        end = self._data.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._data)
        if (end if end >= 0 else len(self._data)) > limits.MAX_STATUS_BYTES:
            raise ProtocolError("a line longer than any reply has")
        if end < 0:
            return None
        line = self.take(end + 1)[:-1]
        bare = not line.endswith(b"\r")
        return (line if bare else line[:-1]), bare

    def whole(self, most: int) -> tuple[bytes, bytes] | None:
        """What follows ``+OK`` on the next line, and the unstuffed body up to its dot.

        None where not all of it is here, or it is anything but the plainest of replies: then it
        has to be read step by step. ``most`` octets is the body that is taken so.
        """
        data = self._data
        if self._searched or not data.startswith(_PLAIN):
            return None
        line_end = data.find(b"\n", 3, _PLAIN_LINE)
        end = data.find(b"\r\n.\r\n", line_end - 1) if data[line_end - 1] == 13 else -1
        if line_end < 0 or not 0 <= end - line_end < most:
            return None
        words, body = bytes(data[3 : line_end - 1]), bytes(data[line_end + 1 : end + 2])
        del data[: end + 5]
        if b"\r\n." in body or body.startswith(b"."):
            body = body.removeprefix(b".").replace(b"\r\n.", b"\r\n")
        return words, body

    def take(self, count: int) -> bytes:
        """The next ``count`` octets."""
        chunk = bytes(self._data[:count])
        del self._data[:count]
        self._searched = max(0, self._searched - count)
        return chunk

    def starts_with(self, octets: bytes) -> bool:
        """Whether these octets come next."""
        return self._data.startswith(octets)

    def find(self, octets: bytes) -> int:
        """Where ``octets`` stand first, -1 where they don't yet."""
        return self._data.find(octets, max(0, self._searched - len(octets) + 1))

    def search(self, pattern: re.Pattern[bytes], start: int) -> tuple[int, int] | None:
        """The span of the first match at or after ``start``."""
        match = pattern.search(self._data, max(start, self._searched - 3))
        return match.span() if match else None

    def deliverable(self, line_end: bytes) -> int:
        """How many octets of a body without its end in sight can be handed on.

        Whole lines; or, of a line that is very long, all but the octet that may begin its end.
        """
        at = self._data.rfind(line_end, max(0, self._searched - 1))
        self._searched = len(self._data)
        if at >= 0:
            return at + len(line_end)
        return len(self._data) - 1 if len(self._data) > limits.PARTIAL_LINE_BYTES else 0


class Body:
    """One multi-line reply's body on its way from the buffer to a sink, unstuffed."""

    def __init__(self, buffer: Buffer, *, bare: bool) -> None:
        self._buffer = buffer
        self._cut = self._loose if bare else self._strict
        self._line_start = True

    @property
    def begun(self) -> int:
        """The octets of an unfinished line that are certainly the body's: a limit counts them."""
        dotted = self._line_start and self._buffer.starts_with(b".")
        return max(0, len(self._buffer) - 2 * dotted)

    def read(self) -> tuple[bytes, bool]:
        """The octets that can be handed on, and whether the body ended with them."""
        return self._cut()

    def _strict(self) -> tuple[bytes, bool]:
        if self._line_start and self._buffer.starts_with(b".\r\n"):
            self._buffer.take(3)
            return b"", True
        end = self._buffer.find(b"\r\n.\r\n")
        if end < 0:
            return self._unstuffed(self._buffer.take(self._buffer.deliverable(b"\r\n"))), False
        chunk = self._buffer.take(end + 5)
        return self._unstuffed(chunk[: end + 2]), True

    def _unstuffed(self, chunk: bytes) -> bytes:
        stuffed = self._line_start and chunk.startswith(b".")
        self._line_start = chunk.endswith(b"\r\n") if chunk else self._line_start
        return chunk[stuffed:].replace(b"\r\n.", b"\r\n")

    def _loose(self) -> tuple[bytes, bool]:
        span = self._buffer.search(_LOOSE_END, 0 if self._line_start else 1)
        if span is None:
            return self._loosely(self._buffer.take(self._buffer.deliverable(b"\n"))), False
        chunk = self._buffer.take(span[1])
        return self._loosely(chunk[: span[0]]), True

    def _loosely(self, chunk: bytes) -> bytes:
        stuffed = self._line_start and chunk.startswith(b".")
        self._line_start = chunk.endswith(b"\n") if chunk else self._line_start
        return _LOOSE_DOT.sub(b"", chunk[stuffed:])
