"""Pens: the looks that cells are painted in, and the shortest way from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from rich.color import Color, ColorSystem, ColorType
from rich.style import Style

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
"""The palette's corner that popular colour schemes overwrite."""


@dataclass(frozen=True, slots=True)
class CellStyle:
    """Colours (None: the terminal's own) and attributes. Equal pens are one object."""

    colour: Color | None = None
    ground: Color | None = None
    attributes: frozenset[str] = frozenset()

    @property
    def on_blanks(self) -> CellStyle:
        """What of it is seen on a blank: two pens of one ground paint blanks alike."""
        if self.attributes & _SEEN_ON_BLANKS:
            return self
        return _one(CellStyle(None, self.ground))


PLAIN = CellStyle()
_pens: dict[CellStyle, CellStyle] = {PLAIN: PLAIN}


def _one(pen: CellStyle) -> CellStyle:
    """The one object that stands for this pen; there are as many as a theme has looks."""
    return _pens.setdefault(pen, pen)


@lru_cache(4096)
def pens(style: Style | None) -> tuple[CellStyle, CellStyle]:
    """The pen of a style, and what is seen of it on a blank."""
    if style is None:
        return PLAIN, PLAIN
    attributes = frozenset(name for name in _ON if getattr(style, name))
    pen = _one(CellStyle(style.color, style.bgcolor, attributes))
    return pen, pen.on_blanks


@lru_cache(4096)
def for_blank(before: CellStyle, blank: CellStyle) -> CellStyle:
    """The pen to paint a blank with that is nearest to the one in hand."""
    if before.on_blanks is blank:
        return before
    if blank.attributes:
        return blank
    return _one(
        replace(before, ground=blank.ground, attributes=before.attributes - _SEEN_ON_BLANKS)
    )


@lru_cache(4096)
def change(before: CellStyle | None, after: CellStyle, system: ColorSystem) -> str:
    """The escape sequence that leads from one pen to the next, ``""`` between equal ones."""
    if before is None:
        return "\x1b[m" + change(PLAIN, after, system)
    codes = _attribute_codes(before.attributes, after.attributes)
    if before.colour != after.colour:
        codes += _colour_codes(after.colour, system, foreground=True)
    if before.ground != after.ground:
        codes += _colour_codes(after.ground, system, foreground=False)
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
