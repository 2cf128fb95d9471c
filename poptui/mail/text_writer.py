"""Plain text as an HTML page is laid out in it: paragraphs, prefixes of quotes and lists."""

from __future__ import annotations

import re

_SPACES = re.compile(r"[ \t\r\n\f]+")
MAX_PREFIXES = 12
"""Levels of quotes and lists that indent; deeper ones stand where the last of these stands."""


class TextWriter:
    """Collects text and breaks; white space collapses and blank lines never double."""

    def __init__(self, limit: int) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._prefixes: list[list[str]] = []
        self._blank_wanted = False
        self._left = limit
        self.preformatted = 0
        """How many ``pre`` elements are open: within them white space is kept."""

    @property
    def full(self) -> bool:
        """The limit of characters is reached: nothing more is taken."""
        return self._left <= 0

    def text(self, text: str) -> None:
        if self.preformatted:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self._put(first)
            for other in others:
                self.line_break()
                self._put(other)
        else:
            self._put(_SPACES.sub(" ", text))

    def line_break(self) -> None:
        """End the line, even an empty one."""
        self._flush()

    def block(self) -> None:
        """Be at the start of a line."""
        if self._has_text():
            self._flush()

    def paragraph(self) -> None:
        """Be at the start of a line after a blank one, or of a list item that is still empty."""
        self.block()
        if not (self._prefixes and self._prefixes[-1][0] != self._prefixes[-1][1]):
            self._blank_wanted = True

    def separate_cell(self) -> None:
        """Part this table cell from the one before it in its line."""
        if self._has_text() and "".join(self._line[-2:]).strip() != "|":
            self._line.append(" | ")

    def indent(self, prefix: str, first: str = "") -> None:
        """Begin the lines that follow with ``prefix``, the next one with ``first``."""
        self.block()
        if self._blank_wanted:
            self._blank("".join(later for _, later in self._prefixes[:MAX_PREFIXES]))
            self._blank_wanted = False
        self._prefixes.append([first or prefix, prefix])

    def outdent(self) -> None:
        self.block()
        self._prefixes.pop()

    def result(self) -> str:
        """All lines, without blank ones at the ends."""
        self.block()
        return "\n".join(self._lines).strip("\n")

    def _put(self, text: str) -> None:
        if text and not self.full:
            self._line.append(text[: self._left])
            self._left -= len(text)

    def _has_text(self) -> bool:
        return any(not piece.isspace() for piece in self._line)

    def _flush(self) -> None:
        line = "".join(self._line)
        self._line.clear()
        if self.preformatted:
            line = line.rstrip()
        else:
            line = _SPACES.sub(" ", line).strip(" ").removesuffix(" |")
        prefixes = self._prefixes[:MAX_PREFIXES]
        if self._blank_wanted or not line:
            self._blank("".join(later for _, later in prefixes))
        if line:
            self._lines.append("".join(now for now, _ in prefixes) + line)
            for prefix in prefixes:
                prefix[0] = prefix[1]
        self._blank_wanted = False

    def _blank(self, prefix: str) -> None:
        """One blank line at most, and none at the beginning."""
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(prefix.rstrip())
