"""What a viewer scrolls through: logical lines, none of them longer than it can wrap in a blink."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Protocol

from poptui.mail.lines import Line, Span
from poptui.text.cells import with_stable_width

LONGEST = 4000
"""Characters of a line; one that is longer goes on in the next."""
LINE = 30
"""What a line weighs besides its characters, so that empty ones take their part of the bar."""


class Document(Protocol):
    """Lines to be shown. Nothing is asked of those that are not on screen."""

    def __len__(self) -> int:
        """How many lines there are."""

    def line(self, index: int) -> Line:
        """A line, clean and of a steady width."""

    def place(self, index: int) -> int:
        """The weight of what stands before a line; of all for the index past the last."""


class Lines:
    """A document in memory."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = [piece for line in lines for piece in in_pieces(line)]
        weights = (len(line.text) + LINE for line in self._lines)
        self._places = list(accumulate(weights, initial=0))
        self._steady = bytearray(len(self._lines))

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, index: int) -> Line:
        """A line, made steady when it is asked for first."""
        line = self._lines[index]
        if not self._steady[index]:
            self._steady[index] = 1
            line = self._lines[index] = steadied(line)
        return line

    def place(self, index: int) -> int:
        """The weight before a line."""
        return self._places[index]


def in_pieces(line: Line) -> Iterable[Line]:
    """``line``, in several where it is longer than ``LONGEST``."""
    return (line,) if len(line.text) <= LONGEST else _pieces(line)


def _pieces(line: Line) -> Iterator[Line]:
    start, following = 0, ""
    while start < len(line.text):
        end = start + LONGEST
        space = line.text.rfind(" ", start + LONGEST // 2, end) + 1
        if end < len(line.text) and space:
            end = space
        spans = _shifted(line.spans, start, min(end, len(line.text)), len(following) - start)
        yield line._replace(text=following + line.text[start:end], spans=spans)
        start, following = end, line.next


def _shifted(spans: Iterable[Span], start: int, end: int, by: int) -> tuple[Span, ...]:
    """The parts of ``spans`` that lie between ``start`` and ``end``, moved."""
    return tuple(
        span._replace(start=max(span.start, start) + by, end=min(span.end, end) + by)
        for span in spans
        if span.start < end and start < span.end
    )


def steadied(line: Line) -> Line:
    """``line`` without what makes terminals disagree about its width, its spans moved along."""
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
