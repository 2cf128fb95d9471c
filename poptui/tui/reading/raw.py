"""A message as it came, its lines read from where it lies and only when they are on screen."""

from __future__ import annotations

from array import array
from typing import BinaryIO

from poptui.mail.lines import Line, LineKind, clean
from poptui.text.cells import with_stable_width
from poptui.tui.reading.document import LINE, LONGEST

_CHUNK = 1 << 20


class RawLines:
    """The lines of a file. Building it reads the file once and so may take a moment."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._starts = _starts(file)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def line(self, index: int) -> Line:
        """A line, cleaned of what would act on the terminal."""
        start, end = self._starts[index], self._starts[index + 1]
        self._file.seek(start)
        return Line(with_stable_width(clean(_text(self._file.read(end - start)))), LineKind.FIXED)

    def place(self, index: int) -> int:
        """The weight before a line."""
        return self._starts[index] + index * LINE


def _starts(file: BinaryIO) -> array[int]:
    """Where each line begins, and the end; a line without end is cut every ``LONGEST`` octets."""
    starts, at, begin = array("q", [0]), 0, 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        position = 0
        while (position := chunk.find(b"\n", position) + 1) > 0:
            begin = _add(starts, begin, at + position)
        at += len(chunk)
    if begin < at:
        _add(starts, begin, at)
    return starts


def _add(starts: array[int], begin: int, end: int) -> int:
    starts.extend(range(begin + LONGEST, end, LONGEST))
    starts.append(end)
    return end


def _text(octets: bytes) -> str:
    """UTF-8 where it is that, else each octet as the letter that it is most often."""
    line = octets.rstrip(b"\r\n")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
