"""Lays out the columns of the message list, and fills them for messages and groups.

A row has the bar of the cursor, the letter of the state, sender, subject, score, size, date, and a
cell of the scroll bar.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from poptui.mail.headers.header import Header
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.printable import printable_line
from poptui.text.cells import cell_width
from poptui.text.format import (
    ELLIPSIS,
    SIZE_CELLS,
    WHEN_CELLS,
    count,
    cut,
    fit,
    list_date,
    size,
)
from poptui.triage.spam.score import MAX_SCORE, THRESHOLD
from poptui.tui.outline import Heading
from poptui.tui.reading.pages import MIN_SHOWN_SCORE, TextsInRow

Role = Literal[
    "bar",
    "text",
    "strong",
    "dim",
    "gone",
    "mark",
    "new",
    "good",
    "caution",
    "spam",
    "news",
    "thumb",
]
ScoreRole = Literal["spam", "caution", "news", "dim"]
StyledText = tuple[Role, str]
"""A text with the role that decides its style."""

MEDIUM_CELLS, COMFORTABLE_CELLS, ROOMY_CELLS, WIDE_CELLS = 50, 60, 100, 130
"""From these widths on there is room for: score and date; size; more of the sender; the address."""
CURSOR_BAR = "▌"
TAG, NEW, PROTECTED = "+", "•", "P"
"""Signs in the state column, besides those for marks."""
OTHER_DATE = "~"
"""Before a date that is not the sender's own."""
SCORE_CELLS = 4
"""The longest result of ``score``: ``!9.9``."""
MIN_CAUTION_SCORE = 3.0
"""From this score on a score is highlighted."""
NEWSLETTER = "nl"
_TABBED_CELLS = 19
"""After a sender's column this wide the subject begins at a tab stop, one or two bytes away."""
_ADDRESS_CELLS = 36
"""A sender's column this wide shows the address behind the name."""
_MIN_NOTE_CELLS = 12
_TITLES = {
    SortKey.NUMBER: "#",
    SortKey.FROM: "From",
    SortKey.SUBJECT: "Subject",
    SortKey.SPAM: "Spam",
    SortKey.SIZE: "Size",
    SortKey.DATE: "When",
}
_STATE_CELLS = 3
"""The bar, the letter and a gap."""
_SCROLL_BAR_CELLS = 1
_BADGES: dict[str, Role] = {
    Mark.PENDING.value: "mark",
    Mark.DELETED.value: "mark",
    Mark.REFUSED.value: "mark",
    Mark.ELSEWHERE.value: "dim",
    Mark.GONE.value: "dim",
    TAG: "new",
    NEW: "new",
    PROTECTED: "good",
}


class Columns(NamedTuple):
    """The width of each column in cells, without the gap before it; 0: not shown."""

    number: int
    from_: int
    subject: int
    note: int
    spam: int
    size: int
    date: int
    gap: int
    """Between sender and subject."""

    @property
    def shows_address(self) -> bool:
        """Whether there is room for a sender's name and address."""
        return self.from_ >= _ADDRESS_CELLS

    def extents(self) -> Iterator[tuple[SortKey, int, int]]:
        """Yield where each column begins and ends."""
        at = _STATE_CELLS
        for key, cells, gap in (
            (SortKey.NUMBER, self.number, 1),
            (SortKey.FROM, self.from_, self.gap),
            (SortKey.SUBJECT, self.subject + (self.note + 1 if self.note else 0), 1),
            (SortKey.SPAM, self.spam, 1),
            (SortKey.SIZE, self.size, 1),
            (SortKey.DATE, self.date, 0),
        ):
            if cells:
                yield key, at, at + cells
                at += cells + gap


def columns(cells: int, highest: int = 0, note: int = 0) -> Columns:
    """Return the columns for a line of ``cells``.

    ``highest``: the highest message number, if numbers are shown; ``note``: the longest note.
    """
    number = max(2, len(str(highest))) if highest and cells >= COMFORTABLE_CELLS else 0
    spam, octets, date, gap = 1, 0, 0, 1
    if cells < MEDIUM_CELLS:
        from_ = cells * 3 // 10
    elif cells < COMFORTABLE_CELLS:
        from_, date = cells // 4, WHEN_CELLS
    else:
        from_ = min(56, max(20, cells * 9 // 32 if cells >= WIDE_CELLS else cells // 4))
        spam, octets, date, gap = SCORE_CELLS, SIZE_CELLS, WHEN_CELLS, 2
        from_ = min(from_, _TABBED_CELLS) if cells < ROOMY_CELLS else from_
    others = sum(width + 1 for width in (number, spam, octets, date) if width)
    rest = max(0, cells - _STATE_CELLS - from_ - gap - others - _SCROLL_BAR_CELLS)
    noted = min(note, max(_MIN_NOTE_CELLS, rest // 2)) if note and rest > _MIN_NOTE_CELLS else 0
    subject = rest - (noted + 1 if noted else 0)
    return Columns(number, from_, subject, noted, spam, octets, date, gap)


def heading(columns: Columns, order: SortKey | None = None, *, descending: bool = False) -> str:
    """The names of the columns; an arrow marks the one that the list is sorted by."""
    line = ""
    for key, start, end in columns.extents():
        arrow = ("↓" if descending else "↑") if key is order else ""
        title = cut(_TITLES[key] + arrow, end - start)
        is_text = key in (SortKey.FROM, SortKey.SUBJECT)
        shown = title.ljust(end - start) if is_text else title.rjust(end - start)
        line = line.ljust(start) + shown
    return line


def column_at(columns: Columns, x: int) -> SortKey | None:
    """The column at cell ``x`` of a line, if any."""
    return next((key for key, start, end in columns.extents() if start <= x < end), None)


def glyph(entry: MessageEntry) -> str:
    """Return the sign in the state column: the mark, else tagged, new or protected."""
    if entry.mark is not Mark.NONE:
        return str(entry.mark.value)
    if entry.tagged:
        return TAG
    return PROTECTED if entry.protected else NEW if entry.new and not entry.opened else " "


def row(
    entry: MessageEntry,
    columns: Columns,
    now: datetime,
    look: ScoreStyle,
    note: str = "",
    *,
    under_cursor: bool = False,
    strikes: bool = True,
) -> list[StyledText]:
    """Return the line of one message without the scroll bar; ``note`` is beside the subject.

    ``strikes``: strike out messages that a commit would delete; dialogs don't, to be readable.
    """
    letter = glyph(entry)
    is_struck = strikes and entry.mark in (Mark.PENDING, Mark.DELETED, Mark.GONE)
    texts: Role = "dim" if is_struck else "strong" if letter == NEW else "text"
    return [
        *_state(letter, under_cursor=under_cursor),
        *_number(entry, columns),
        *(
            [("dim", _waiting(entry, columns, look))]
            if entry.header is None
            else _texts(entry, entry.header, columns, texts, look.indent, is_struck)
        ),
        *([("caution", " " + fit(note, columns.note))] if columns.note else []),
        *_score(entry, columns, look, is_dim=is_struck),
        *_size_and_date(entry, columns, now),
    ]


def heading_row(
    heading: Heading,
    columns: Columns,
    now: datetime,
    look: ScoreStyle,
    *,
    under_cursor: bool = False,
) -> list[StyledText]:
    """Return the line of a group: its name, count, marks, worst score and newest date."""
    group = heading.group
    marked = sum(entry.marked for entry in group.rows)
    facts = f" {count(len(group.rows))}" + (f", {count(marked)} marked" if marked else "")
    cells = columns.from_ + columns.gap + columns.subject
    cells += columns.number + 1 if columns.number else 0
    cells += columns.note + 1 if columns.note else 0
    title = cut(printable_line(group.title), max(0, cells - len(facts)))
    facts = facts[: max(0, cells - cell_width(title))]
    pad = " " * (cells - cell_width(title) - len(facts))
    return [
        *_state("▾" if heading.opened else "▸", under_cursor=under_cursor, role="new"),
        ("strong", title),
        ("dim", facts + pad),
        *_score(heading, columns, look),
        (
            "dim",
            _right_aligned(size(group.octets), columns.size) + _when(group.newest, columns, now),
        ),
    ]


def _state(letter: str, *, under_cursor: bool, role: Role | None = None) -> Iterator[StyledText]:
    yield ("bar", CURSOR_BAR if under_cursor else " ")
    yield (role or _BADGES.get(letter, "text"), letter)
    yield ("text", " ")


def _number(entry: MessageEntry, columns: Columns) -> Iterator[StyledText]:
    if columns.number:
        yield ("dim", str(entry.number).rjust(columns.number) + " ")


def _waiting(entry: MessageEntry, columns: Columns, look: ScoreStyle) -> str:
    """Return the text for a missing header: the server's refusal, or a sign that it will come."""
    text = printable_line(entry.problem) or (ELLIPSIS if look.expects else "-")
    return fit(text, columns.from_ + columns.gap + columns.subject)


def _texts(
    entry: MessageEntry, header: Header, columns: Columns, role: Role, indent: int, is_struck: bool
) -> Iterator[StyledText]:
    """Yield sender and subject; only the subject is struck out, not the space after it."""
    yield (role, fit(" " * indent + _sender(header, columns), columns.from_) + " " * columns.gap)
    subject = cut(_subject(entry, header), columns.subject)
    yield ("gone" if is_struck else role, subject)
    yield (role, " " * (columns.subject - cell_width(subject)))


def _score(
    row: MessageEntry | Heading, columns: Columns, look: ScoreStyle, *, is_dim: bool = False
) -> Iterator[StyledText]:
    """Yield the score; in a narrow list only its sign."""
    if columns.spam:
        role, text = score(row, look.threshold)
        if columns.spam < SCORE_CELLS:
            text = text[:1] if role in ("spam", "news") else ""
        yield ("dim" if is_dim else role, _right_aligned(text, columns.spam))


def _right_aligned(text: str, cells: int) -> str:
    """Return a right-aligned column with the gap before it; "" if it isn't shown."""
    return " " + text.rjust(cells) if cells else ""


def _size_and_date(entry: MessageEntry, columns: Columns, now: datetime) -> Iterator[StyledText]:
    header = entry.header
    date = _when(header.date if header else None, columns, now)
    if header is not None and header.dated_by_server and date.strip():
        date = (OTHER_DATE + date.lstrip()).rjust(len(date))
    yield ("dim", _right_aligned(size(entry.size), columns.size) + date)


def _when(date: datetime | None, columns: Columns, now: datetime) -> str:
    return _right_aligned(list_date(date, now), columns.date)


def texts_in_row(entry: MessageEntry, columns: Columns, indent: int) -> TextsInRow:
    """Return which texts of ``entry`` fit into their columns."""
    if entry.header is None:
        return TextsInRow()
    return TextsInRow(
        indent + cell_width(_sender(entry.header, columns)) <= columns.from_,
        cell_width(_subject(entry, entry.header)) <= columns.subject,
    )


def _subject(entry: MessageEntry, header: Header) -> str:
    """Return the subject, after the server's words if it refused to delete the message."""
    subject = printable_line(header.subject) or "(no subject)"
    if entry.mark is Mark.REFUSED and entry.problem:
        return f"{printable_line(entry.problem)} · {subject}"
    return subject


def _sender(header: Header, columns: Columns) -> str:
    name = printable_line(header.from_.name)
    address = printable_line(header.from_.address)
    if columns.shows_address and name and address:
        return f"{name} <{address}>"
    return name or address or "(no sender)"


class ScoreStyle(NamedTuple):
    """Settings for all rows of a list."""

    threshold: float = THRESHOLD
    """The score from which a message is spam."""
    expects: bool = True
    """Whether missing headers may still come."""
    indent: int = 0
    """Cells by which messages are indented below the heading of their group."""


class HasScore(Protocol):
    """A message or a group, both of which have a score."""

    @property
    def score(self) -> float | None:
        """0 to 10; None if it isn't known yet."""

    @property
    def newsletter(self) -> bool:
        """Whether it is a newsletter."""


def score(row: HasScore, threshold: float) -> tuple[ScoreRole, str]:
    """Return a score as text: ``!9.1``, ``3.1``, ``nl`` or nothing."""
    if row.score is None:
        return "dim", ""
    number = "10" if row.score >= MAX_SCORE else f"{row.score:.1f}"
    if row.score >= threshold:
        return "spam", f"!{number}"
    if row.newsletter:
        return "news", NEWSLETTER
    if row.score < MIN_SHOWN_SCORE:
        return "dim", ""
    return "caution" if row.score >= MIN_CAUTION_SCORE else "dim", number
