"""How the demo server writes its replies, and how it reads the arguments of a command."""

from __future__ import annotations

from collections.abc import Iterable


class RefusedError(Exception):
    """A command that can't be done; the text goes out after ``-ERR``."""


def ok(text: bytes) -> bytes:
    """A reply of one line."""
    return b"+OK " + text + b"\r\n"


def err(text: str) -> bytes:
    """A refusal."""
    return b"-ERR " + text.encode() + b"\r\n"


def listing(text: bytes, lines: Iterable[bytes]) -> bytes:
    """A reply of several short lines, none of which begins with a dot."""
    return ok(text) + b"".join(line + b"\r\n" for line in lines) + b".\r\n"


def message(data: bytes) -> bytes:
    """A message, or the beginning of one, dot-stuffed (RFC 1939 section 3)."""
    first = b"." if data.startswith(b".") else b""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    return b"".join((ok(b"message follows"), first, stuffed, b".\r\n"))


def beginning(data: bytes, lines: int) -> bytes:
    """The header, the blank line after it, and that many lines of the body (TOP)."""
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


def words(argument: bytes, count: int) -> list[bytes]:
    """Exactly ``count`` arguments. Raises Refused."""
    found = argument.split()
    if len(found) != count:
        raise RefusedError("Wrong number of arguments")
    return found


def number(argument: bytes) -> int:
    """A message number or a count of lines. Raises Refused."""
    if not argument.isdigit() or len(argument) > 9:
        raise RefusedError("Invalid number")
    return int(argument)
