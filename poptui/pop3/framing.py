"""Split received bytes into lines and multi-line bodies.

Guarantees:

* the same bytes give the same lines and bodies, however the network cut them into pieces;
* each byte is examined about once: a search continues where the last one stopped;
* a body is passed on as it arrives, without its stuffed dots, and is never held as a whole;
* if the status line ended in CRLF, only CRLF ``.`` CRLF ends the body. A looser rule would let a
  sender forge replies with bare line feeds. If the status line ended in a bare LF, the server
  writes bare LFs, and LF counts as the end of a line.
"""

from __future__ import annotations

import re
from typing import Protocol

from poptui.patterns import lazy_pattern
from poptui.pop3 import limits
from poptui.pop3.errors import ProtocolError

_SIMPLE_START = (b"+OK ", b"+OK\r\n")
_MAX_SIMPLE_LINE_BYTES = 512
"""The longest status line that RFC 2449 section 4 allows."""

_LF_END = lazy_pattern(rb"(?:\A|(?<=\n))\.\r?\n")
_LF_DOT = lazy_pattern(rb"(?<=\n)\.")


class Sink(Protocol):
    """Receives the bytes of a body, as a file does."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""


class Buffer:
    """Received bytes that are not read yet; remembers how far they were searched."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._searched = 0

    def __len__(self) -> int:
        return len(self._data)

    def feed(self, data: bytes) -> None:
        """Append received bytes."""
        self._data += data

    def line(self) -> tuple[bytes, bool] | None:
        """Take the next line, without its end, and whether that is a bare LF; None if incomplete.

        Raises ProtocolError for a line that is too long.
        """
        end = self._data.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._data)
        if (end if end >= 0 else len(self._data)) > limits.MAX_STATUS_BYTES:
            raise ProtocolError("a line that is too long for a reply")
        if end < 0:
            return None
        line = self.take(end + 1)[:-1]
        bare = not line.endswith(b"\r")
        return (line if bare else line[:-1]), bare

    def take_simple_reply(self, max_body_bytes: int) -> tuple[bytes, bytes] | None:
        """Take a whole multi-line reply: the text after ``+OK``, and the body without stuffing.

        Return None if it is incomplete, longer than ``max_body_bytes`` or unusual in any way: then
        the caller has to read it step by step.
        """
        data = self._data
        if self._searched or not data.startswith(_SIMPLE_START):
            return None
        line_end = data.find(b"\n", 3, _MAX_SIMPLE_LINE_BYTES)
        end = data.find(b"\r\n.\r\n", line_end - 1) if data[line_end - 1] == 13 else -1
        if line_end < 0 or not 0 <= end - line_end < max_body_bytes:
            return None
        text, body = bytes(data[3 : line_end - 1]), bytes(data[line_end + 1 : end + 2])
        del data[: end + 5]
        if b"\r\n." in body or body.startswith(b"."):
            body = body.removeprefix(b".").replace(b"\r\n.", b"\r\n")
        return text, body

    def take(self, count: int) -> bytes:
        """Take the next ``count`` bytes."""
        chunk = bytes(self._data[:count])
        del self._data[:count]
        self._searched = max(0, self._searched - count)
        return chunk

    def starts_with(self, prefix: bytes) -> bool:
        """Whether ``prefix`` comes next."""
        return self._data.startswith(prefix)

    def find(self, wanted: bytes) -> int:
        """Return the position of ``wanted``, or -1 if it hasn't arrived yet."""
        return self._data.find(wanted, max(0, self._searched - len(wanted) + 1))

    def search(self, pattern: re.Pattern[bytes], start: int) -> tuple[int, int] | None:
        """Return the span of the first match at or after ``start``."""
        match = pattern.search(self._data, max(start, self._searched - 3))
        return match.span() if match else None

    def deliverable(self, line_end: bytes) -> int:
        """Return how many bytes of a body can be passed on before its end has arrived.

        Whole lines; of a very long line, all but the last byte, which may belong to its end.
        """
        at = self._data.rfind(line_end, max(0, self._searched - 1))
        self._searched = len(self._data)
        if at >= 0:
            return at + len(line_end)
        return len(self._data) - 1 if len(self._data) > limits.PARTIAL_LINE_BYTES else 0


class BodyReader:
    """Reads the body of one multi-line reply from the buffer and removes the dot-stuffing."""

    def __init__(self, buffer: Buffer, *, bare: bool) -> None:
        self._buffer = buffer
        self._read = self._read_lf if bare else self._read_crlf
        self._line_start = True

    @property
    def pending_bytes(self) -> int:
        """Number of bytes of the unfinished line that surely belong to the body, for limits."""
        dotted = self._line_start and self._buffer.starts_with(b".")
        return max(0, len(self._buffer) - 2 * dotted)

    def read(self) -> tuple[bytes, bool]:
        """Return the bytes that can be passed on, and whether the body ends with them."""
        return self._read()

    def _read_crlf(self) -> tuple[bytes, bool]:
        if self._line_start and self._buffer.starts_with(b".\r\n"):
            self._buffer.take(3)
            return b"", True
        end = self._buffer.find(b"\r\n.\r\n")
        if end < 0:
            return self._unstuff_crlf(self._buffer.take(self._buffer.deliverable(b"\r\n"))), False
        chunk = self._buffer.take(end + 5)
        return self._unstuff_crlf(chunk[: end + 2]), True

    def _unstuff_crlf(self, chunk: bytes) -> bytes:
        stuffed = self._line_start and chunk.startswith(b".")
        self._line_start = chunk.endswith(b"\r\n") if chunk else self._line_start
        return chunk[stuffed:].replace(b"\r\n.", b"\r\n")

    def _read_lf(self) -> tuple[bytes, bool]:
        span = self._buffer.search(_LF_END, 0 if self._line_start else 1)
        if span is None:
            return self._unstuff_lf(self._buffer.take(self._buffer.deliverable(b"\n"))), False
        chunk = self._buffer.take(span[1])
        return self._unstuff_lf(chunk[: span[0]]), True

    def _unstuff_lf(self, chunk: bytes) -> bytes:
        stuffed = self._line_start and chunk.startswith(b".")
        self._line_start = chunk.endswith(b"\n") if chunk else self._line_start
        return _LF_DOT.sub(b"", chunk[stuffed:])
