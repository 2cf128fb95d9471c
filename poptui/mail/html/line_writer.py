"""Lay out the text of an HTML page in lines: paragraphs, quotes, lists and tables."""

from __future__ import annotations

from poptui.mail.lines import Line, LineKind, Span, SpanRole, line_text
from poptui.patterns import lazy_pattern

_SPACES = lazy_pattern(r"[ \t\r\n\f]+")
MAX_PREFIXES = 12
"""Maximum number of quote and list levels that indent the text."""
QUOTE = "> "


def collapsed(text: str) -> str:
    """Collapse each run of white space to one space."""
    return _SPACES.sub(" ", text)


def _is_sign(cell: str) -> bool:
    """Whether a table cell is only a bullet, a bar or a picture letter."""
    return 0 < len(cell) <= 2 and not any(character.isalnum() for character in cell)


class TextWriter:
    """Collects text and line breaks; collapses white space and repeated blank lines."""

    def __init__(self, limit: int, *, inline: bool = False) -> None:
        """``inline``: write everything into one line, as in a table cell."""
        self.lines: list[Line] = []
        self.preformatted = 0
        """The number of open ``pre`` elements; within them white space is kept."""
        self.kind = LineKind.TEXT
        """The kind of the lines being written."""
        self.before = ""
        """Written before the next text; dropped if none follows."""
        self._pieces: list[str] = []
        self._length = 0
        self._has_text = False
        """Whether the line has more than white space."""
        self._cell_begins = False
        """Whether the next text is the first of a table cell that follows another one."""
        self._cell_start = 0
        """Start of the current table cell in the line."""
        self._spans: list[Span] = []
        self._inline = inline
        self._prefixes: list[list[str]] = []
        self._blank_wanted = False
        self._left = limit

    @property
    def full(self) -> bool:
        """Whether the limit of characters is reached; further text is dropped."""
        return self._left <= 0

    def text(self, text: str) -> None:
        if self.preformatted and not self._inline:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self._put(first)
            for other in others:
                self.line_break()
                self._put(other)
        else:
            text = collapsed(text)
            if text[:1] == " " and (not self._pieces or self._pieces[-1][-1:] == " "):
                text = text[1:]
            self._put(text)

    def mark(self, text: str, role: SpanRole, link: int, *, since: int | None = None) -> None:
        """Write the number of a link after its text.

        ``since``: how many lines there were before the text, if there is any: it may have ended in
        a line above, as that of a link around a paragraph or a table does.
        """
        if since is not None and not self._has_text and self._mark_above(text, role, link, since):
            return
        self.text(" ")
        self._separate()
        start = self._length
        self._put(text)
        self._spans.append(Span(start, self._length, role, link))

    def _mark_above(self, text: str, role: SpanRole, link: int, since: int) -> bool:
        """Write it behind the last line that has text, if that came after the first ``since``."""
        for at in reversed(range(since, len(self.lines))):
            line = self.lines[at]
            if line.kind is not LineKind.RULE and line.text.strip("> "):
                span = Span(len(line.text) + 1, len(line.text) + 1 + len(text), role, link)
                self.lines[at] = line._replace(
                    text=f"{line.text} {text}", spans=(*line.spans, span)
                )
                return True
        return False

    def line_break(self) -> None:
        """End the line, even an empty one."""
        if self._inline:
            self.text(" ")
        else:
            self._flush()

    def block(self) -> None:
        """Start a new line unless at the start of one."""
        if self._inline:
            self.text(" ")
        elif self._has_text:
            self._flush()
        else:
            # Blanks that nothing follows: an empty paragraph holds a no-break space.
            self._pieces.clear()
            self._length = 0

    def paragraph(self) -> None:
        """Start a paragraph after a blank line; none is needed in a list item that is empty."""
        self.block()
        fresh = self._prefixes and self._prefixes[-1][0] != self._prefixes[-1][1]
        if not (fresh or self._inline):
            self._blank_wanted = True

    def separate_cell(self) -> None:
        """Separate this table cell, if it has text, from the one before it on the line."""
        self._cell_begins = self._has_text

    def _separate(self, text: str = "") -> None:
        """Begin the cell whose text starts with ``text``; a bullet or a bar needs no separator."""
        if not self._cell_begins:
            return
        self._cell_begins = False
        before = "".join(self._pieces).rstrip()
        bare = _is_sign(before[self._cell_start :]) or _is_sign(text.strip())
        self._pieces = [before, " " if bare else " | "]
        self._length = self._cell_start = sum(map(len, self._pieces))

    def add(self, rows: list[Line]) -> None:
        """Add rows that are already laid out, each on its own line."""
        self.block()
        for row in rows:
            self._spans = list(row.spans)
            self._append(row.text, row.kind)

    def indent(self, prefix: str, first: str = "") -> None:
        """Begin the lines that follow with ``prefix``, the next one with ``first``."""
        self.block()
        if self._blank_wanted:
            self._blank(self._prefix(later=True))
            self._blank_wanted = False
        self._prefixes.append([first or prefix, prefix])

    def outdent(self) -> None:
        self.block()
        self._prefixes.pop()

    def result(self) -> tuple[Line, ...]:
        """Return all lines, without blank lines at the end."""
        self._flush() if self._has_text else None
        while self.lines and not self.lines[-1].text.strip():
            self.lines.pop()
        return tuple(self.lines)

    def _put(self, text: str) -> None:
        text = line_text(text)[: max(0, self._left)]
        if self._cell_begins:
            if not text.strip():
                return
            self._separate(text)
            text = text.lstrip(" ")
        if self.before and text.strip():
            text, self.before = self.before + text.lstrip(), ""
        if text:
            self._pieces.append(text)
            self._length += len(text)
            self._has_text = self._has_text or not text.isspace()
            self._left -= len(text)

    def _flush(self) -> None:
        text = "".join(self._pieces).rstrip(" ")
        self._pieces.clear()
        self._has_text = self._cell_begins = False
        self._cell_start = 0
        if text:
            self._append(text, LineKind.FIXED if self.preformatted else self.kind)
        else:
            self._blank(self._prefix(later=True))
            self._spans, self._length, self._blank_wanted = [], 0, False

    def _append(self, text: str, kind: LineKind) -> None:
        now, later = self._prefix(later=False), self._prefix(later=True)
        if self._blank_wanted:
            self._blank(later)
        spans = tuple(
            span._replace(start=span.start + len(now), end=span.end + len(now))
            for span in self._spans
            if span.end <= len(text)
        )
        self.lines.append(Line(now + text, kind, later.count(">"), later, spans))
        for prefix in self._prefixes[:MAX_PREFIXES]:
            prefix[0] = prefix[1]
        self._spans, self._length, self._blank_wanted = [], 0, False

    def _prefix(self, *, later: bool) -> str:
        return "".join(prefix[later] for prefix in self._prefixes[:MAX_PREFIXES])

    def _blank(self, prefix: str) -> None:
        """Add a blank line, unless there is one already or this is the beginning."""
        if self.lines and self.lines[-1].text.strip("> "):
            self.lines.append(Line(prefix.rstrip(), LineKind.TEXT, prefix.count(">"), prefix))
