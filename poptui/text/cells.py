"""How many cells of the terminal a text fills, and in which units it is drawn.

This is the only place that decides it: columns, wrapping, the painter, and (see ``_teach_rich``)
Rich and Textual all measure with the table below, so that a row is always as wide as its cells.

Terminals disagree about some characters. The table gives each the widest that any of them
gives: an Indic vowel sign has a cell of its own in tmux and xterm and none in kitty, so it gets
one here. A terminal that is content with less leaves a blank cell, because the painter names the
column anew behind every unit that is doubtful. The other way round, letters would disappear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import rich.cells
from rich._unicode_data import load as load_richs_table

Span = tuple[int, int, int]
"""Where a unit begins and ends in a text, and how many cells it fills."""

MAX_MARKS = 6
"""Combining marks that stay on one letter; Tibetan and Hebrew need no more."""
_MAX_LATIN_MARKS = 3

_UNICODE = "17.0.0"
"""Rich's table, whatever ``UNICODE_VERSION`` says in the environment."""
_WIDER = {
    **dict.fromkeys(range(0x1F1E6, 0x1F200), 2),  # regional indicators
    **dict.fromkeys(range(0x1F3FB, 0x1F400), 2),  # skin tones
    **dict.fromkeys(range(0x3248, 0x3250), 2),  # circled numbers on black squares
}
"""What some terminals draw wider than Rich's table says, besides spacing marks (category Mc)."""
_THAI_AND_LAO_AM = "\u0e33\u0eb3"
"""Letters that some terminals join to the one before."""

_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe0e\ufe0f"
_NOT_DRAWN = frozenset(_JOINERS + _SELECTORS)
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff"
_SEQUENCES = re.compile(
    f"[{_JOINERS}{_SELECTORS}]"  # joined emoji are two cells or many, selectors add one or none
    f"|(?<=[{_EMOJI}])[\U0001f3fb-\U0001f3ff]"  # skin tones
)
_LATIN_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_LATIN_HEAP = re.compile(f"({_LATIN_MARKS}{{{_MAX_LATIN_MARKS}}}){_LATIN_MARKS}+")


def cell_width(text: str) -> int:
    """The cells that ``text`` fills."""
    if text.isascii():
        return len(text)
    return sum(map(_WIDTHS.__getitem__, text))


def spans(text: str) -> list[Span]:
    """Each character that fills cells, with the zero-width ones behind it."""
    found: list[Span] = []
    for index, character in enumerate(text):
        cells = _WIDTHS[character]
        if cells or not found:
            found.append((index, index + 1, cells))
        else:
            start, _, before = found[-1]
            found[-1] = (start, index + 1, before)
    return found


def units(text: str) -> Iterator[tuple[str, int]]:
    """What is drawn in one go, and its cells: a letter with its marks and its vowel signs.

    Vowel signs that fill a cell belong to the letter's unit, so that a terminal which joins them
    to the letter does that anew whenever either is drawn.
    """
    unit, cells, marks = "", 0, 0
    for character in text:
        if character in _NOT_DRAWN:
            continue
        own = _WIDTHS[character]
        if unit and (own == 0 or unicodedata.category(character) == "Mc"):
            cells += own
            marks += 1
            if marks <= MAX_MARKS:
                unit += character
            continue
        if unit:
            yield unit, cells
        unit, cells, marks = character, own, 0
    if unit:
        yield unit, cells


def steady(text: str) -> str:
    """``text`` without what makes terminals disagree about its width.

    Emoji sequences fall apart into their emoji, joiners of scripts are left out (the letters are
    all there), and of a heap of combining marks some are left.
    """
    if text.isascii():
        return text
    return _heaps().sub(r"\1", _LATIN_HEAP.sub(r"\1", _SEQUENCES.sub("", text)))


@lru_cache(8192)
def is_sure(text: str) -> bool:
    """Whether every terminal gives a unit as many cells as we do.

    Letters, digits and punctuation that Unicode has had for twenty years are; marks, emoji,
    symbols, and what a terminal's own tables may not know yet are not.
    """
    if len(text) != 1:
        return False
    if text.isascii() or "\u2500" <= text < "\u25a0":  # boxes and blocks: our own frames
        return True
    if ord(text) in _WIDER or text in _THAI_AND_LAO_AM:
        return False
    return unicodedata.ucd_3_2_0.category(text)[0] in "LNPZ"


class _Widths(dict[str, int]):
    """Cells by character, each asked for once."""

    def __missing__(self, character: str) -> int:
        cells = self[character] = rich.cells.get_character_cell_size(character)
        return cells


@cache
def _heaps() -> re.Pattern[str]:
    """More marks on one letter than ``MAX_MARKS``, of whichever script."""
    marks = "".join(
        f"{chr(start)}-{chr(end)}"
        for start, end, _ in _table().widths
        if unicodedata.category(chr(start))[0] == "M"
    )
    return re.compile(f"([{marks}]{{{MAX_MARKS}}})[{marks}]+")


@cache
def _table() -> rich.cells.CellTable:
    """Rich's table with the wider widths in it."""
    rows: list[Span] = []
    for start, end, cells in load_richs_table(_UNICODE).widths:
        if cells:
            rows.append((start, end, cells))
        else:
            rows += _zero_width_rows(start, end)
    rows += [(code_point, code_point, cells) for code_point, cells in _WIDER.items()]
    return rich.cells.CellTable(_UNICODE, _without_overlaps(sorted(rows)), frozenset())


def _zero_width_rows(start: int, end: int) -> Iterator[Span]:
    """A row of zero-width characters, the spacing marks in it with a width."""
    for code_point in range(start, end + 1):
        character = chr(code_point)
        if unicodedata.category(character) != "Mc":
            yield code_point, code_point, 0
        else:
            yield code_point, code_point, 2 if unicodedata.east_asian_width(character) == "W" else 1


def _without_overlaps(rows: list[Span]) -> list[Span]:
    """Neighbours of one width as one row; where two rows overlap the wider one counts."""
    joined: list[Span] = []
    for start, end, cells in rows:
        if joined and start <= joined[-1][1]:
            first, last, before = joined.pop()
            if cells <= before and end <= last:
                joined.append((first, last, before))
                continue
            if first < start:
                joined.append((first, start - 1, before))
            joined.append((start, end, max(cells, before)))
            if end < last:
                joined.append((end + 1, last, before))
        elif joined and joined[-1][1] == start - 1 and joined[-1][2] == cells:
            joined[-1] = (joined[-1][0], end, cells)
        else:
            joined.append((start, end, cells))
    return joined


def _teach_rich() -> None:
    """Have Rich, and so Textual, measure text as it is drawn here.

    Rich joins the letter after a zero-width joiner to the one before and widens what a variation
    selector follows; terminals do neither reliably. There is no public way to tell it so. A test
    holds the two to one answer, so that a new Rich that differs is noticed.
    """
    cells: Any = rich.cells
    cells.load_cell_table = lambda unicode_version="auto": _table()
    cells._cell_len = lambda text, unicode_version="auto": cell_width(text)
    cells.split_graphemes = lambda text, unicode_version="auto": (spans(text), cell_width(text))
    cells.get_character_cell_size.cache_clear()
    cells.cached_cell_len.cache_clear()


_WIDTHS = _Widths()
_teach_rich()
