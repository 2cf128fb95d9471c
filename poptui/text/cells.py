"""Measure how many terminal cells a text fills, and split it into units that are drawn together.

This is the only place that decides it: columns, wrapping, the painter, and (see ``_patch_rich``)
Rich and Textual all measure with the table below, so that rows always have the right width.

Terminals disagree about some characters. The table assigns each the widest value of any terminal:
an Indic vowel sign fills a cell in tmux and xterm and none in kitty, so here it fills one. A
terminal that uses fewer cells shows a blank, because the painter sets the column again after every
unit of uncertain width. With smaller values, letters would be overwritten instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import rich.cells
from rich._unicode_data import load as load_richs_table

from poptui.patterns import lazy_pattern

CellSpan = tuple[int, int, int]
"""Start and end of a unit in a text, and the number of cells it fills."""

MAX_MARKS = 6
"""Maximum number of combining marks that a letter keeps; Tibetan and Hebrew need no more."""
_MAX_LATIN_MARKS = 3

_UNICODE = "17.0.0"
"""The version of Rich's table, whatever the environment variable ``UNICODE_VERSION`` says."""
_WIDER = {
    **dict.fromkeys(range(0x1F1E6, 0x1F200), 2),  # regional indicators
    **dict.fromkeys(range(0x1F3FB, 0x1F400), 2),  # skin tones
    **dict.fromkeys(range(0x3248, 0x3250), 2),  # circled numbers on black squares
}
"""Characters, besides spacing marks (Mc), that some terminals draw wider than Rich's table."""
_THAI_AND_LAO_AM = "\u0e33\u0eb3"
"""Letters that some terminals join to the previous one."""

OWN_CHARACTERS = "…·•→←↑↓▸▾✓" + "".join(map(chr, range(0x2500, 0x25A0)))
"""The interface's own characters, one cell wide each, so that the first screen needs no table."""
_STABLE = frozenset(map(chr, range(0x300))).union(OWN_CHARACTERS)
"""Characters that ``with_stable_width`` always keeps; most texts have no others."""

_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe0e\ufe0f"
_NOT_DRAWN = frozenset(_JOINERS + _SELECTORS)
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff"
_SEQUENCES = lazy_pattern(
    f"[{_JOINERS}{_SELECTORS}]"  # joined emoji are two cells or many, selectors add one or none
    f"|(?<=[{_EMOJI}])[\U0001f3fb-\U0001f3ff]"  # skin tones
)
_LATIN_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_LATIN_HEAP = lazy_pattern(f"({_LATIN_MARKS}{{{_MAX_LATIN_MARKS}}}){_LATIN_MARKS}+")


def cell_width(text: str) -> int:
    """Return how many cells ``text`` fills."""
    if text.isascii():
        return len(text)
    return sum(map(_WIDTHS.__getitem__, text))


def spans(text: str) -> list[CellSpan]:
    """Return each character that fills cells, with the zero-width ones after it."""
    found: list[CellSpan] = []
    for index, character in enumerate(text):
        cells = _WIDTHS[character]
        if cells or not found:
            found.append((index, index + 1, cells))
        else:
            start, _, before = found[-1]
            found[-1] = (start, index + 1, before)
    return found


def units(text: str) -> Iterator[tuple[str, int]]:
    """Yield the units of a text with their widths: a letter with its marks and vowel signs.

    Vowel signs that fill a cell belong to the letter's unit, because some terminals join them:
    both have to be redrawn together.
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


def with_stable_width(text: str) -> str:
    """Return ``text`` without characters whose width differs between terminals.

    Emoji sequences become separate emoji, joiners are removed (the letters remain), and long
    sequences of combining marks are cut.
    """
    if text.isascii() or _STABLE.issuperset(text):
        return text
    return _heaps().sub(r"\1", _LATIN_HEAP.sub(r"\1", _SEQUENCES.sub("", text)))


@lru_cache(8192)
def has_stable_width(text: str) -> bool:
    """Whether all terminals agree with us about the width of a unit.

    They do for letters, digits, punctuation and currency signs that have been in Unicode for twenty
    years, but not for marks, emoji, other symbols, and newer characters.
    """
    if len(text) != 1:
        return False
    if text.isascii() or "\u2500" <= text < "\u25a0":  # boxes and blocks: our own frames
        return True
    if ord(text) in _WIDER or text in _THAI_AND_LAO_AM:
        return False
    category = unicodedata.ucd_3_2_0.category(text)
    return category[0] in "LNPZ" or category == "Sc"


class _Widths(dict[str, int]):
    """The width of each character, cached; a control character, painted as U+FFFD, has 1."""

    def __missing__(self, character: str) -> int:
        is_plain = character.isascii() or unicodedata.category(character) == "Cc"
        cells = self[character] = 1 if is_plain else rich.cells.get_character_cell_size(character)
        return cells


@cache
def _heaps() -> re.Pattern[str]:
    """Return a pattern for more than ``MAX_MARKS`` marks on one letter, in any script."""
    marks = "".join(
        f"{chr(start)}-{chr(end)}"
        for start, end, _ in _table().widths
        if unicodedata.category(chr(start))[0] == "M"
    )
    return re.compile(f"([{marks}]{{{MAX_MARKS}}})[{marks}]+")


@cache
def _table() -> rich.cells.CellTable:
    """Return Rich's table, corrected to the widest values."""
    rows: list[CellSpan] = []
    for start, end, cells in load_richs_table(_UNICODE).widths:
        if cells:
            rows.append((start, end, cells))
        else:
            rows += _zero_width_rows(start, end)
    rows += [(code_point, code_point, cells) for code_point, cells in _WIDER.items()]
    return rich.cells.CellTable(_UNICODE, _without_overlaps(sorted(rows)), frozenset())


def _zero_width_rows(start: int, end: int) -> Iterator[CellSpan]:
    """Yield a row of zero-width characters in which spacing marks get a width."""
    for code_point in range(start, end + 1):
        character = chr(code_point)
        if unicodedata.category(character) != "Mc":
            yield code_point, code_point, 0
        else:
            yield code_point, code_point, 2 if unicodedata.east_asian_width(character) == "W" else 1


def _without_overlaps(rows: list[CellSpan]) -> list[CellSpan]:
    """Merge neighbouring rows of the same width; where rows overlap, the wider one counts."""
    joined: list[CellSpan] = []
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


def _patch_rich() -> None:
    """Make Rich, and so Textual, measure text with this table.

    Rich joins letters around a zero-width joiner and widens characters before a variation
    selector, which terminals don't do reliably. There is no public way to change that. A test
    compares the two, so that a new version of Rich that differs is noticed.
    """
    cells: Any = rich.cells
    cells.load_cell_table = lambda unicode_version="auto": _table()
    cells._cell_len = lambda text, unicode_version="auto": cell_width(text)
    cells.split_graphemes = lambda text, unicode_version="auto": (spans(text), cell_width(text))
    cells.get_character_cell_size.cache_clear()
    cells.cached_cell_len.cache_clear()


_WIDTHS = _Widths(dict.fromkeys(OWN_CHARACTERS, 1))
_patch_rich()
