"""The body of a message as lines for a screen: text, how deep it is quoted, what stands out in it.

Pure data, for whatever draws it. One :class:`Line` is one logical line: breaking it into rows
of a width is the drawer's. All text is clean (it went through ``printable``), without tabs and
line ends.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from poptui.printable import printable

TAB_CELLS = 8

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What text holds without being seen: hyphens that may be, joiners, directions. Taken out, what
is left stands in the order in which it was written."""


class LineKind(StrEnum):
    """What a line is, and so how it is drawn."""

    TEXT = "text"
    FIXED = "fixed"
    """Preformatted, or a row of a table: broken only where it must be."""
    HEADING = "heading"
    SIGNATURE = "signature"
    RULE = "rule"
    """A line across the page; its text is a row of dashes."""
    NOTE = "note"
    """Words of ours between the sender's: what begins here."""
    CARD = "card"
    """A row of a card that we made (an invitation, a delivery report): a label and a value."""


class SpanRole(StrEnum):
    """What a stretch of a line is."""

    LINK = "link"
    """Leads somewhere: a number such as ``[1]``, or the address itself in plain text."""
    LABEL = "label"
    """The label of a card's row."""
    WARNING = "warning"


class Span(NamedTuple):
    """``text[start:end]`` of a line."""

    start: int
    end: int
    role: SpanRole
    link: int = 0
    """Of a LINK: its number in ``Body.links``, from 1."""


class Line(NamedTuple):
    """One logical line."""

    text: str
    """All of it: quote marks and list marks too."""
    kind: LineKind = LineKind.TEXT
    quote: int = 0
    """How deep it is quoted, 0 for the sender's own words."""
    next: str = ""
    """What the second row and those after it begin with where the line is broken."""
    spans: tuple[Span, ...] = ()
    """In order, apart from each other."""


def clean(text: str) -> str:
    """``text`` as a line may hold it: tabs at their stops, nothing that acts on a terminal."""
    if text.isascii() and text.isprintable():
        return text
    seen = _INVISIBLE.sub("", text).replace("\r", "").replace("\n", " ")
    return printable(seen.expandtabs(TAB_CELLS))


def cleaned(line: Line) -> Line:
    """``line`` with clean text, and the spans that lie within it."""
    text = clean(line.text)
    if text == line.text and not line.next:
        return line
    spans = line.spans if len(text) == len(line.text) else ()
    return line._replace(text=text, next=clean(line.next), spans=spans)


def note(text: str) -> Line:
    """A line of our own words."""
    return Line(clean(text), LineKind.NOTE)


def card_row(label: str, value: str) -> Line:
    """``label  value``, continued under the value."""
    margin = f"{label:10}"
    spans = (Span(0, len(label), SpanRole.LABEL),)
    return Line(margin + clean(value), LineKind.CARD, 0, " " * len(margin), spans)
