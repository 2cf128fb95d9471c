"""A text looked for in a document: all its places, found in slices, and the way through them."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_left
from time import perf_counter
from typing import NamedTuple

from poptui.text.format import count
from poptui.tui.reading.document import Document

MOST = 10_000
"""Places that are found; who wants more of them is looking for something else."""
SLICE = 0.02
"""Seconds of work before keys get their turn."""


class Match(NamedTuple):
    """``text[start:end]`` of a line."""

    line: int
    start: int
    end: int


class Search:
    """The places of a text, upper and lower case alike."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.matches: list[Match] = []
        self.current: Match | None = None
        self.over = False
        """The whole document was looked through, or enough was found."""
        self._pattern = re.compile(re.escape(text), re.IGNORECASE)

    async def run(self, document: Document) -> None:
        """Look through all of ``document``."""
        until = perf_counter() + SLICE
        for index in range(len(document)):
            found = self._pattern.finditer(document.line(index).text)
            self.matches += [Match(index, *match.span()) for match in found]
            if len(self.matches) >= MOST:
                break
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + SLICE
        self.over = True

    def step(self, direction: int, line: int, start: int) -> Match | None:
        """Go to the next place (or the one before), round the ends; first from a given place."""
        if not self.matches:
            return None
        if self.current is not None:
            at = bisect_left(self.matches, self.current) + direction
        else:
            at = bisect_left(self.matches, (line, start, 0)) - (direction < 0)
        self.current = self.matches[at % len(self.matches)]
        return self.current

    def within(self, line: int) -> list[Match]:
        """The places on a line."""
        first = bisect_left(self.matches, (line, 0, 0))
        return self.matches[first : bisect_left(self.matches, (line + 1, 0, 0))]

    @property
    def sentence(self) -> str:
        """``3 of 17`` and what is looked for."""
        if not self.matches:
            return f"{self.text} is not in it" if self.over else f"looking for {self.text}"
        total = count(len(self.matches)) + ("" if self.over and len(self.matches) < MOST else "+")
        at = bisect_left(self.matches, self.current) + 1 if self.current else 0
        return f"{count(at)} of {total}: {self.text}"
