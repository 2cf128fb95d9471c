"""A reading as rows of plain text: card, remarks, body, links, attachments."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from poptui.mail.headers.view import Field
from poptui.mail.lines import Line, LineKind
from poptui.mail.link import Link
from poptui.mail.reading import Body, Grade, ParsedMessage, Part
from poptui.printable import printable_line, printable_target

_LABEL = 9
_MAX_VALUE = 1000
_FAINT, _BOLD, _WARNING = "2", "1", "33"
_KINDS = {
    LineKind.HEADING: _BOLD,
    LineKind.SIGNATURE: _FAINT,
    LineKind.RULE: _FAINT,
    LineKind.NOTE: _FAINT,
}
_GRADES = {Grade.NOTE: ("-", _FAINT), Grade.BROKEN: ("-", _FAINT), Grade.WARNING: ("!", _WARNING)}


@dataclass(frozen=True, slots=True)
class PageWriter:
    """What is written on."""

    cells: int | None = None
    """Its width; None where lines are as long as they are."""
    colours: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> PageWriter:
        """A terminal has a width, and colours unless NO_COLOR or a dumb one forbids them."""
        if not stream.isatty():
            return cls()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(max(20, shutil.get_terminal_size().columns), not plain)

    def rows(self, text: str, style: str = "", following: str = "") -> Iterator[str]:
        """``text`` in rows that fit, the later ones begun with ``following``."""
        for row in self._wrapped(text, following):
            row = row.rstrip()
            yield f"\x1b[{style}m{row}\x1b[m" if style and self.colours and row else row

    def _wrapped(self, text: str, following: str) -> Iterator[str]:
        if self.cells is None:
            yield text
            return
        from poptui.text.cells import steady
        from poptui.text.wrapping import wrap

        text = steady(text)
        following = following if len(following) * 2 < self.cells else ""
        first, *others = wrap(text, self.cells)
        yield first
        if others:
            rest = text[len(first) :].removeprefix(" ")
            yield from (following + row for row in wrap(rest, self.cells - len(following)))


def rendered(reading: ParsedMessage, fields: Iterable[Field], paper: PageWriter) -> Iterator[str]:
    """The whole message, in rows."""
    for name, value in fields:
        shown = value if len(value) <= _MAX_VALUE else f"{value[:_MAX_VALUE]}…"
        yield from paper.rows(f"{name.ljust(_LABEL)} {shown}", "", " " * (_LABEL + 1))
    yield from _remarks(reading, paper)
    yield ""
    yield from _body(reading.body, paper)
    if reading.body.html:
        yield from _links(reading.body.links, paper)
    yield from _attachments(reading.attachments, paper)


def _remarks(reading: ParsedMessage, paper: PageWriter) -> Iterator[str]:
    for remark in (*reading.remarks, *reading.body.remarks):
        sign, style = _GRADES[remark.grade]
        yield from paper.rows(f"{sign} {remark.sentence}", style, "  ")


def _body(body: Body, paper: PageWriter) -> Iterator[str]:
    if not any(line.text.strip() for line in body.lines):
        yield from paper.rows("(no text)", _FAINT)
    for line in body.lines:
        yield from paper.rows(line.text, _style(line), line.next)


def _style(line: Line) -> str:
    return _FAINT if line.quote else _KINDS.get(line.kind, "")


def _links(links: Iterable[Link], paper: PageWriter) -> Iterator[str]:
    for number, link in enumerate(links, start=1):
        if number == 1:
            yield from ("", *paper.rows("Links", _BOLD))
        mark = f"[{number}]".rjust(5) + " "
        yield from paper.rows(mark + printable_target(link.target), "", " " * len(mark))
        if link.warning:
            yield from paper.rows(f"      ! {printable_line(link.warning)}", _WARNING, " " * 8)


def _attachments(parts: Iterable[Part], paper: PageWriter) -> Iterator[str]:
    for number, part in enumerate(parts, start=1):
        if number == 1:
            yield from ("", *paper.rows("Attachments", _BOLD))
        name = printable_line(part.name) or "(no name)"
        kind = printable_line(part.declared or part.actual) or "unknown type"
        yield from paper.rows(f"{number:>4}  {name}  {kind}  {_octets(part.octets)}", "", " " * 6)
        for warning in part.warnings:
            yield from paper.rows(f"      ! {warning}", _WARNING, " " * 8)


def _octets(octets: int) -> str:
    from poptui.text.format import size

    return size(octets)
