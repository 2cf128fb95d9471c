"""Cells of the terminal: their text, their style, and the way from one style to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from rich.color import Color, ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style

from poptui.text.cells import units

_ATTRIBUTES = (
    ("bold", "1", "22"),
    ("dim", "2", "22"),
    ("italic", "3", "23"),
    ("underline", "4", "24"),
    ("reverse", "7", "27"),
    ("strike", "9", "29"),
)
_ON = {name: code for name, code, _ in _ATTRIBUTES}
_OFF = {name: code for name, _, code in _ATTRIBUTES}
_SEEN_ON_BLANKS = frozenset(("underline", "reverse", "strike"))
_CUBE = (0, 95, 135, 175, 215, 255)
_FIRST_CUBE, _FIRST_GREY = 16, 232
_OFTEN_REMAPPED = range(16, 22)
"""Numbers that popular colour schemes redefine, so they may show another colour."""


@dataclass(frozen=True, slots=True)
class CellStyle:
    """Colours (None: the terminal's own) and attributes. Equal styles are one object."""

    colour: Color | None = None
    background: Color | None = None
    attributes: frozenset[str] = frozenset()

    @property
    def on_blanks(self) -> CellStyle:
        """The part that shows on a blank: styles of one background paint blanks alike."""
        if self.attributes & _SEEN_ON_BLANKS:
            return self
        return _interned(CellStyle(None, self.background))


PLAIN = CellStyle()
_styles: dict[CellStyle, CellStyle] = {PLAIN: PLAIN}


def _interned(style: CellStyle) -> CellStyle:
    """The one object for this style; there are as many as a theme has styles."""
    return _styles.setdefault(style, style)


@lru_cache(4096)
def cell_styles(style: Style | None) -> tuple[CellStyle, CellStyle]:
    """The cell style for one of Rich, and for a blank in it."""
    if style is None:
        return PLAIN, PLAIN
    attributes = frozenset(name for name in _ON if getattr(style, name))
    cell_style = _interned(CellStyle(style.color, style.bgcolor, attributes))
    return cell_style, cell_style.on_blanks


@lru_cache(4096)
def for_blank(before: CellStyle, blank: CellStyle) -> CellStyle:
    """The style for a blank that takes the shortest escape sequence after ``before``."""
    if before.on_blanks is blank:
        return before
    if blank.attributes:
        return blank
    return _interned(
        replace(before, background=blank.background, attributes=before.attributes - _SEEN_ON_BLANKS)
    )


@lru_cache(4096)
def change(before: CellStyle | None, after: CellStyle, system: ColorSystem) -> str:
    """The escape sequence from one style to the next; ``""`` if they are equal."""
    if before is None:
        return "\x1b[m" + change(PLAIN, after, system)
    codes = _attribute_codes(before.attributes, after.attributes)
    if before.colour != after.colour:
        codes += _colour_codes(after.colour, system, foreground=True)
    if before.background != after.background:
        codes += _colour_codes(after.background, system, foreground=False)
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _attribute_codes(before: frozenset[str], after: frozenset[str]) -> list[str]:
    """Codes for bold, strike and the like; all off first, as bold and dim share their "off"."""
    off = dict.fromkeys(_OFF[name] for name in _ON if name in before - after)
    on = [_ON[name] for name in _ON if name in after and (name not in before or _OFF[name] in off)]
    return [*off, *on]


def _colour_codes(colour: Color | None, system: ColorSystem, *, foreground: bool) -> list[str]:
    if colour is None:
        return ["39" if foreground else "49"]
    if system is ColorSystem.TRUECOLOR and colour.type is ColorType.TRUECOLOR:
        number = _palette_number(colour)
        if number is not None:
            colour = Color.from_ansi(number)
    return list(colour.downgrade(system).get_ansi_codes(foreground))


def _palette_number(colour: Color) -> int | None:
    """The number of exactly this colour in the fixed part of the 256-colour palette, if any."""
    if colour.triplet is None:
        return None
    red, green, blue = colour.triplet
    if red == green == blue and 8 <= red <= 238 and (red - 8) % 10 == 0:
        return _FIRST_GREY + (red - 8) // 10
    if {red, green, blue} - set(_CUBE):
        return None
    place = 36 * _CUBE.index(red) + 6 * _CUBE.index(green) + _CUBE.index(blue)
    number = _FIRST_CUBE + place
    return None if number in _OFTEN_REMAPPED else number


Cell = tuple[str, CellStyle]
"""A unit of text (a letter with its marks) and its style."""

WIDE_TAIL = ""
"""The text of the other cells of a unit that is wider than one."""


def cells_of(segments: Iterable[Segment]) -> list[Cell]:
    """Turn drawn segments into cells."""
    cells: list[Cell] = []
    for text, rich_style, control in segments:
        if control or not text:
            continue
        style, blank = cell_styles(rich_style)
        if text.isascii():
            cells += [(letter, style) if letter != " " else (" ", blank) for letter in text]
        else:
            _add_units(cells, text, style, blank)
    return cells


def _add_units(cells: list[Cell], text: str, style: CellStyle, blank: CellStyle) -> None:
    for unit, width in units(text):
        if width:
            cells.append((unit, blank if unit == " " else style))
            cells += [(WIDE_TAIL, style)] * (width - 1)
        else:
            _add_marks(cells, unit)


def _add_marks(cells: list[Cell], marks: str) -> None:
    """Marks at the start of a segment belong to the letter that ends the one before."""
    for index in reversed(range(len(cells))):
        text, style = cells[index]
        if text != WIDE_TAIL:
            cells[index] = (text + marks, style)
            return
