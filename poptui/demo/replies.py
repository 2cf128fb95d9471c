"""Format the replies of the demo server, and parse the arguments of commands."""

from __future__ import annotations

from collections.abc import Iterable


class RefusedError(Exception):
    """A command is refused; the text is sent after ``-ERR``."""


def ok(text: bytes) -> bytes:
    """Return a positive reply of one line."""
    return b"+OK " + text + b"\r\n"


def err(text: str) -> bytes:
    """Return a refusal."""
    return b"-ERR " + text.encode() + b"\r\n"


def listing(text: bytes, lines: Iterable[bytes]) -> bytes:
    """Return a multi-line reply; no line may begin with a dot."""
    return ok(text) + b"".join(line + b"\r\n" for line in lines) + b".\r\n"


def message(data: bytes) -> bytes:
    """Return a multi-line reply with (a part of) a message, dot-stuffed (RFC 1939 section 3)."""
    first = b"." if data.startswith(b".") else b""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    return b"".join((ok(b"message follows"), first, stuffed, b".\r\n"))


def top(data: bytes, lines: int) -> bytes:
    """Return the header, the blank line, and the given number of body lines (TOP)."""
    end = _header_end(data)
    for _ in range(lines):
        line_end = data.find(b"\r\n", end)
        if line_end < 0:
            break
        end = line_end + 2
    return data[:end]


def _header_end(data: bytes) -> int:
    if data.startswith(b"\r\n"):
        return 2
    blank = data.find(b"\r\n\r\n")
    return len(data) if blank < 0 else blank + 4


def split_arguments(argument: bytes, count: int) -> list[bytes]:
    """Return exactly ``count`` arguments. Raises RefusedError."""
    found = argument.split()
    if len(found) != count:
        raise RefusedError("Wrong number of arguments")
    return found


def parse_number(argument: bytes) -> int:
    """Parse a message number or a number of lines. Raises RefusedError."""
    if not argument.isdigit() or len(argument) > 9:
        raise RefusedError("Invalid number")
    return int(argument)
