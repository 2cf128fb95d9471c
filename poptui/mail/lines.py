"""The body of a message as logical lines: text, kind, quote depth and spans.

The viewer breaks them into rows. All text is printable, without tabs and line breaks.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from poptui.patterns import lazy_pattern
from poptui.printable import printable

TAB_CELLS = 8

_INVISIBLE = lazy_pattern("[\u00ad\u034f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Soft hyphens, joiners and direction marks: removed, so that the text keeps its logical order."""


class LineKind(StrEnum):
    """The kind of a line, which decides its style."""

    TEXT = "text"
    FIXED = "fixed"
    """Preformatted text or a table row: wrapped only if it doesn't fit."""
    HEADING = "heading"
    SIGNATURE = "signature"
    RULE = "rule"
    """A horizontal rule; its text is a row of dashes."""
    NOTE = "note"
    """poptui's own words between the sender's."""
    CARD = "card"
    """A row of an invitation or delivery report: a label and a value."""


class SpanRole(StrEnum):
    """The role of a part of a line."""

    LINK = "link"
    """A link: its number, such as ``[1]``, or the address itself in plain text."""
    LABEL = "label"
    """The label of a card's row."""
    WARNING = "warning"
    STRONG = "strong"
    BADGE = "badge"
    """A word that is a verdict."""
    POINTS = "points"
    """The points that a signal adds to a score."""
    CAUTION = "caution"
    """A value that does not fit the others."""


class Span(NamedTuple):
    """``text[start:end]`` of a line."""

    start: int
    end: int
    role: SpanRole
    link: int = 0
    """The number of a LINK in ``Body.links``, from 1."""


class Line(NamedTuple):
    """One logical line."""

    text: str
    """Including quote marks and list marks."""
    kind: LineKind = LineKind.TEXT
    quote: int = 0
    """The quote depth, 0 for the sender's own words."""
    next: str = ""
    """The prefix of all rows after the first if the line is wrapped."""
    spans: tuple[Span, ...] = ()
    """In order, without overlap."""


def line_text(text: str) -> str:
    """Return ``text`` with tabs expanded and without anything that acts on a terminal."""
    if text.isascii() and text.isprintable():
        return text
    seen = _INVISIBLE.sub("", text).replace("\r", "").replace("\n", " ")
    return printable(seen.expandtabs(TAB_CELLS))


def with_printable_text(line: Line) -> Line:
    """Return ``line`` with printable text; its spans are dropped if the length changes."""
    text = line_text(line.text)
    if text == line.text and not line.next:
        return line
    spans = line.spans if len(text) == len(line.text) else ()
    return line._replace(text=text, next=line_text(line.next), spans=spans)


def note(text: str) -> Line:
    """Make a line of poptui's own words."""
    return Line(line_text(text), LineKind.NOTE)


def card_row(label: str, value: str) -> Line:
    """Make a row ``label  value`` that continues below the value."""
    margin = f"{label:10}"
    spans = (Span(0, len(label), SpanRole.LABEL),)
    return Line(margin + line_text(value), LineKind.CARD, 0, " " * len(margin), spans)
