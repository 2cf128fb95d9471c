"""The columns of the message list at a given width, and how a message fills them.

Columns are one space apart; the first cell is the mark, the last one the scroll bar.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from poptui.mail.headers.header import Header
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.printable import printable_line
from poptui.text.format import (
    CLOCK_CELLS,
    DATE_CELLS,
    ELLIPSIS,
    SIZE_CELLS,
    clock_date,
    count,
    fit,
    short_date,
    size,
)
from poptui.tui.outline import Heading
from poptui.tui.widgets.score import SCORE_CELLS, ScoreStyle, score

Role = Literal["mark", "number", "meta", "dim", "from", "plain", "spam"]
Piece = tuple[Role, str]
"""A run of text of one role."""

MEDIUM_CELLS, COMFORTABLE_CELLS, WIDE_CELLS = 50, 68, 100
"""From these widths on: number and date; size and score too; the time of day for every date."""
_ADDRESS_CELLS = 36
"""A sender's column this wide shows the address behind the name."""
_TITLES = {
    SortKey.NUMBER: "#",
    SortKey.SIZE: "size",
    SortKey.DATE: "date",
    SortKey.FROM: "from",
    SortKey.SUBJECT: "subject",
    SortKey.SPAM: "spam",
}
TAG = "+"
"""The mark column's glyph of a tagged message."""
_GAP_CELLS = 1
_SCROLL_BAR_CELLS = 1


class Columns(NamedTuple):
    """The width of each column in cells; 0: not shown."""

    number: int
    size: int
    date: int
    from_: int
    subject: int
    spam: int

    @property
    def shows_clock(self) -> bool:
        """There is room for the time of day."""
        return self.date == CLOCK_CELLS

    @property
    def shows_address(self) -> bool:
        """There is room for a sender's name and address."""
        return self.from_ >= _ADDRESS_CELLS


def columns(cells: int, highest: int) -> Columns:
    """The columns for a line of ``cells``, where ``highest`` is the highest message number."""
    number = max(2, len(str(highest)))
    if cells < MEDIUM_CELLS:
        return _with_texts(cells, 0, 0, 0, cells * 3 // 8)
    if cells < COMFORTABLE_CELLS:
        return _with_texts(cells, number, 0, DATE_CELLS, cells // 4)
    if cells < WIDE_CELLS:
        date, from_ = DATE_CELLS, min(28, cells * 9 // 40)
    if cells >= WIDE_CELLS:
        date, from_ = CLOCK_CELLS, min(56, cells * 9 // 32)
    return _with_texts(cells, number, SIZE_CELLS, date, from_, SCORE_CELLS)


def _with_texts(
    cells: int, number: int, size: int, date: int, from_: int, spam: int = 0
) -> Columns:
    others = sum(width + _GAP_CELLS for width in (1, number, size, date, from_, spam) if width)
    return Columns(number, size, date, from_, max(0, cells - others - _SCROLL_BAR_CELLS), spam)


def heading(columns: Columns, order: SortKey | None = None, *, descending: bool = False) -> str:
    """The names of the columns; an arrow marks the one that the list is sorted by."""
    arrow = {order: "↓" if descending else "↑"}
    names = {name: title + arrow.get(name, "") for name, title in _TITLES.items()}
    return " " + "".join(
        (
            _right(names[SortKey.NUMBER], columns.number),
            _right(names[SortKey.SIZE], columns.size),
            _right(names[SortKey.DATE], columns.date),
            " " + names[SortKey.FROM].ljust(columns.from_),
            " " + names[SortKey.SUBJECT].ljust(columns.subject),
            _right(names[SortKey.SPAM], columns.spam),
        )
    )


def column_at(columns: Columns, x: int) -> SortKey | None:
    """Return the column whose name is at cell ``x`` of the heading, or next to it."""
    text = heading(columns)
    starts = {key: text.find(title) for key, title in _TITLES.items() if title in text}
    ends = {key: at + len(_TITLES[key]) for key, at in starts.items()}
    near = (key for key, at in starts.items() if at - 1 <= x <= ends[key])
    return next(near, None)


def glyph(entry: MessageEntry) -> str:
    """What the mark column shows: the mark, else what kind of message it is."""
    if entry.mark is not Mark.NONE:
        return str(entry.mark.value)
    if entry.tagged:
        return TAG
    return "P" if entry.protected else "*" if entry.new and not entry.opened else " "


def row(
    entry: MessageEntry, columns: Columns, now: datetime, look: ScoreStyle, note: str = ""
) -> list[Piece]:
    """The line of one message without the scroll bar; ``note`` comes before the subject."""
    start: list[Piece] = [
        ("mark", glyph(entry)),
        ("number", _right(str(entry.number), columns.number)),
        *_size_and_date(entry, columns, now),
    ]
    spam: Piece = ("spam", _right(score(entry, look.threshold), columns.spam))
    indent = " " * look.indent
    if entry.header is None:
        waiting = printable_line(entry.trouble) or (ELLIPSIS if look.expects else "-")
        texts = " " * (columns.from_ + _GAP_CELLS) + (note or waiting)
        return [
            *start,
            ("meta", " " + fit(texts, columns.from_ + _GAP_CELLS + columns.subject)),
            spam,
        ]
    sender = indent + _sender(entry.header, columns)
    subject = _subject(entry, entry.header)
    return [
        *start,
        ("from", f" {fit(sender, columns.from_)}"),
        ("plain", " " + fit(f"{note} · {subject}" if note else subject, columns.subject)),
        spam,
    ]


def heading_row(heading: Heading, columns: Columns, now: datetime, look: ScoreStyle) -> list[Piece]:
    """The line of a group: how many, their size, the newest date, what they share, the worst."""
    group = heading.group
    marked = sum(entry.marked for entry in group.rows)
    title = printable_line(group.title)
    texts = f"{count(marked)} marked · {title}" if marked else title
    if not columns.number:
        texts = f"{count(len(group.rows))}× {texts}"
    cells = columns.from_ + _GAP_CELLS + columns.subject
    return [
        ("mark", "▾" if heading.opened else "▸"),
        ("number", _right(str(len(group.rows)), columns.number)),
        ("meta", _right(size(group.octets), columns.size) + _when(group.newest, columns, now)),
        ("from", " " + fit(texts, cells)),
        ("spam", _right(score(heading, look.threshold), columns.spam)),
    ]


def _right(text: str, cells: int) -> str:
    """A right-aligned column with the gap before it; "" if it is not shown."""
    return " " + text.rjust(cells) if cells else ""


def _size_and_date(entry: MessageEntry, columns: Columns, now: datetime) -> list[Piece]:
    """Two columns in one piece; a date that is not the sender's own is dimmed."""
    octets, header = _right(size(entry.size), columns.size), entry.header
    date = _when(header.date if header else None, columns, now)
    if header is not None and header.dated_by_server:
        return [("meta", octets), ("dim", date)]
    return [("meta", octets + date)]


def _when(date: datetime | None, columns: Columns, now: datetime) -> str:
    return _right((clock_date if columns.shows_clock else short_date)(date, now), columns.date)


def _subject(entry: MessageEntry, header: Header) -> str:
    """The subject, behind the server's words where it refuses to delete this message."""
    subject = printable_line(header.subject) or "(no subject)"
    if entry.mark is Mark.REFUSED and entry.trouble:
        return f"{printable_line(entry.trouble)} · {subject}"
    return subject


def _sender(header: Header, columns: Columns) -> str:
    name = printable_line(header.from_.name)
    address = printable_line(header.from_.address)
    if columns.shows_address and name and address:
        return f"{name} <{address}>"
    return name or address or "(no sender)"
