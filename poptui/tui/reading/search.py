"""A search for a text in a document: finding all matches, and moving between them."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

from poptui.text.format import count
from poptui.tui.pacing import sliced
from poptui.tui.reading.document import Document

MAX_MATCHES = 10_000
"""The search stops after this many."""


class Match(NamedTuple):
    """``text[start:end]`` of a line."""

    line: int
    start: int
    end: int


class Search:
    """The matches of a text, ignoring case."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.matches: list[Match] = []
        self.current: Match | None = None
        self.over = False
        """Whether the search has ended."""
        self._pattern = re.compile(re.escape(text), re.IGNORECASE)

    async def run(self, document: Document) -> None:
        """Search all of ``document`` in slices, so that keys are answered meanwhile."""
        async for index in sliced(range(len(document))):
            found = self._pattern.finditer(document.line(index).text)
            self.matches += [Match(index, *match.span()) for match in found]
            if len(self.matches) >= MAX_MATCHES:
                break
        self.over = True

    def step(self, direction: int, line: int, start: int) -> Match | None:
        """Go to the next match or (-1) the previous one, around the ends.

        The first step starts from ``line`` and ``start``.
        """
        if not self.matches:
            return None
        if self.current is not None:
            at = bisect_left(self.matches, self.current) + direction
        else:
            at = bisect_left(self.matches, (line, start, 0)) - (direction < 0)
        self.current = self.matches[at % len(self.matches)]
        return self.current

    def within(self, line: int) -> list[Match]:
        """The matches on a line."""
        first = bisect_left(self.matches, (line, 0, 0))
        return self.matches[first : bisect_left(self.matches, (line + 1, 0, 0))]

    @property
    def sentence(self) -> str:
        """The state of the search for the title, such as ``3 of 17: text``."""
        if not self.matches:
            return f"not found: {self.text}" if self.over else f"searching: {self.text}"
        total = count(len(self.matches)) + (
            "" if self.over and len(self.matches) < MAX_MATCHES else "+"
        )
        at = bisect_left(self.matches, self.current) + 1 if self.current else 0
        return f"{count(at)} of {total}: {self.text}"
