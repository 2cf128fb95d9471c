"""Documents for the viewer: lines that are short enough to wrap without delay."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import BinaryIO, Protocol

from poptui.mail.lines import Line, LineKind, Span, line_text
from poptui.text.cells import with_stable_width

MAX_LINE_CHARACTERS = 4000
"""A longer line is split, because wrapping it would take noticeably long."""
LINE_WEIGHT = 30
"""Added to the length of a line for the scroll bar, so that empty lines count too."""


_READ_BYTES = 1 << 20


class Document(Protocol):
    """The lines that a viewer shows; it asks only for those on screen."""

    def __len__(self) -> int:
        """The number of lines."""

    def line(self, index: int) -> Line:
        """Return a line, printable and without characters of unstable width."""

    def weight_before(self, index: int) -> int:
        """Return the weight of all lines before this one; past the last line, that of the
        document."""


class Lines:
    """A document in memory."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = [piece for line in lines for piece in split_long_line(line)]
        weights = (len(line.text) + LINE_WEIGHT for line in self._lines)
        self._weights_before = list(accumulate(weights, initial=0))
        self._is_prepared = bytearray(len(self._lines))

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int) -> Line:
        """Return a line; it is prepared when it is asked for first."""
        line = self._lines[index]
        if not self._is_prepared[index]:
            self._is_prepared[index] = 1
            line = self._lines[index] = with_stable_line_width(line)
        return line

    def weight_before(self, index: int) -> int:
        """Return the weight of all lines before this one."""
        return self._weights_before[index]


def split_long_line(line: Line) -> Iterable[Line]:
    """Split ``line`` if it is longer than ``MAX_LINE_CHARACTERS``."""
    return (line,) if len(line.text) <= MAX_LINE_CHARACTERS else _pieces(line)


def _pieces(line: Line) -> Iterator[Line]:
    start, following = 0, ""
    while start < len(line.text):
        end = start + MAX_LINE_CHARACTERS
        space = line.text.rfind(" ", start + MAX_LINE_CHARACTERS // 2, end) + 1
        if end < len(line.text) and space:
            end = space
        spans = _shifted(line.spans, start, min(end, len(line.text)), len(following) - start)
        yield line._replace(text=following + line.text[start:end], spans=spans)
        start, following = end, line.next


def _shifted(spans: Iterable[Span], start: int, end: int, by: int) -> tuple[Span, ...]:
    """Return the parts of ``spans`` between ``start`` and ``end``, moved by ``by``."""
    return tuple(
        span._replace(start=max(span.start, start) + by, end=min(span.end, end) + by)
        for span in spans
        if span.start < end and start < span.end
    )


def with_stable_line_width(line: Line) -> Line:
    """Remove characters whose width terminals disagree about, and move the spans accordingly."""
    text = with_stable_width(line.text)
    if text == line.text:
        return line
    spans = tuple(
        span._replace(
            start=len(with_stable_width(line.text[: span.start])),
            end=len(with_stable_width(line.text[: span.end])),
        )
        for span in line.spans
    )
    return line._replace(text=text, spans=spans)


class RawLines:
    """The lines of a raw message, read from its file when they are on screen.

    The constructor reads the whole file once, so it blocks.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._starts = _starts(file)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def line(self, index: int) -> Line:
        """Return a line without anything that could act on the terminal."""
        start, end = self._starts[index], self._starts[index + 1]
        self._file.seek(start)
        return Line(
            with_stable_width(line_text(_text(self._file.read(end - start)))), LineKind.FIXED
        )

    def weight_before(self, index: int) -> int:
        """The weight before a line."""
        return self._starts[index] + index * LINE_WEIGHT


def _starts(file: BinaryIO) -> array[int]:
    """The offset of each line, and the end; longer lines are split as in ``split_long_line``."""
    starts, at, begin = array("q", [0]), 0, 0
    file.seek(0)
    while chunk := file.read(_READ_BYTES):
        position = 0
        while (position := chunk.find(b"\n", position) + 1) > 0:
            begin = _add(starts, begin, at + position)
        at += len(chunk)
    if begin < at:
        _add(starts, begin, at)
    return starts


def _add(starts: array[int], begin: int, end: int) -> int:
    starts.extend(range(begin + MAX_LINE_CHARACTERS, end, MAX_LINE_CHARACTERS))
    starts.append(end)
    return end


def _text(octets: bytes) -> str:
    """Decode as UTF-8 if it is valid, else as Latin-1, which takes any byte."""
    line = octets.rstrip(b"\r\n")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
