"""Tell data tables from layout tables, and align the rows of data tables."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from poptui.mail.lines import Line, LineKind, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

_MAX_CELLS = 3000
_MAX_TEXT_CHARACTERS = 120
_MAX_TABLE_CELLS = 110
"""Maximum width of an aligned table in screen columns; rows of wider ones wrap anyway."""
_BETWEEN = " | "


def holds_data(table: LexborNode) -> bool:
    """Whether ``table`` has two or more rows of several short cells, and no nested blocks."""
    rows = [list(_cells(row)) for row in _rows(table)]
    cells = [cell for row in rows for cell in row]
    filled = [row for row in rows if len(row) > 1]
    if len(filled) < 2 or len(filled) * 3 < len(rows) * 2 or len(cells) > _MAX_CELLS:
        return False
    if table.css_first("form, ul, ol, h1, h2, blockquote, pre") is not None:
        return False
    # The selector matches the table itself too, so compare identities.
    if any(inner.mem_id != table.mem_id for inner in table.css("table")[:2]):
        return False
    texts = ["".join(cell.text(deep=True).split()) for cell in cells]
    short = all(len(text) <= _MAX_TEXT_CHARACTERS for text in texts)
    return short and sum(map(bool, texts)) * 2 > len(texts)


def _rows(table: LexborNode) -> Iterator[LexborNode]:
    for child in _children(table):
        if child.tag == "tr":
            yield child
        elif child.tag in ("tbody", "thead", "tfoot"):
            yield from (row for row in _children(child) if row.tag == "tr")


def _cells(row: LexborNode) -> Iterator[LexborNode]:
    return (child for child in _children(row) if child.tag in ("td", "th"))


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    for _ in range(_MAX_CELLS):
        if child is None:
            return
        yield child
        child = child.next


def aligned(rows: list[list[Line]]) -> list[Line]:
    """Return the rows of a table as lines, with aligned columns if they fit on a screen."""
    rows = [row for row in rows if any(cell.text for cell in row)]
    columns = max(map(len, rows), default=0)
    widths = [
        max((width(row[at].text) for row in rows if at < len(row)), default=0)
        for at in range(columns)
    ]
    if sum(widths) + len(_BETWEEN) * columns > _MAX_TABLE_CELLS:
        widths = [0] * columns
    return [_joined(row, widths) for row in rows]


def _joined(row: list[Line], widths: list[int]) -> Line:
    text = ""
    spans: list[Span] = []
    for number, (cell, cells) in enumerate(zip(row, widths, strict=False)):
        text += _BETWEEN if number else ""
        start = len(text)
        spans += [
            span._replace(start=span.start + start, end=span.end + start) for span in cell.spans
        ]
        text += cell.text + " " * (cells - width(cell.text))
    return Line(text.rstrip(), LineKind.FIXED, spans=tuple(spans))


def width(text: str) -> int:
    """Estimate how many screen columns ``text`` fills."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(sign) else 1 + (east_asian_width(sign) in ("W", "F")) for sign in text
    )
