"""Cells of the terminal: their text, their style, and the sequences that change the style."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rich.color import Color, ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style

from poptui.printable import REPLACEMENT, is_unsafe
from poptui.text.cells import cell_width, units

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
_FIRST_CUBE, _FIRST_GREY, _GREYS = 16, 232, 24
_OFTEN_REMAPPED = range(16, 22)
"""Numbers that popular colour schemes redefine, so they may show another colour."""


class CellStyle:
    """Colours (None: the terminal's own) and attributes. Made by ``style_of`` only.

    Equal styles are one object, so that cells are compared quickly.
    """

    __slots__ = ("attributes", "background", "colour", "on_blanks")

    def __init__(
        self, colour: Color | None, background: Color | None, attributes: frozenset[str]
    ) -> None:
        self.colour = colour
        self.background = background
        self.attributes = attributes
        self.on_blanks: CellStyle = self
        """The part of the style that a blank shows: the background, but not the colour of text."""
        if not attributes & _SEEN_ON_BLANKS and (colour is not None or attributes):
            self.on_blanks = style_of(None, background)


_styles: dict[tuple[Color | None, Color | None, frozenset[str]], CellStyle] = {}


def style_of(
    colour: Color | None = None,
    background: Color | None = None,
    attributes: frozenset[str] = frozenset(),
) -> CellStyle:
    """Return the one object for this style."""
    key = (colour, background, attributes)
    style = _styles.get(key)
    if style is None:
        style = _styles[key] = CellStyle(colour, background, attributes)
    return style


PLAIN = style_of()


@lru_cache(4096)
def cell_styles(style: Style | None) -> tuple[CellStyle, CellStyle]:
    """The cell style for one of Rich, and for a blank in it."""
    if style is None:
        return PLAIN, PLAIN
    attributes = frozenset(name for name in _ON if getattr(style, name))
    cell_style = style_of(style.color, style.bgcolor, attributes)
    return cell_style, cell_style.on_blanks


@lru_cache(4096)
def for_blank(before: CellStyle, blank: CellStyle) -> CellStyle:
    """The style for a blank that takes the shortest escape sequence after ``before``."""
    if before.on_blanks is blank:
        return before
    if blank.attributes:
        return blank
    return style_of(before.colour, blank.background, before.attributes - _SEEN_ON_BLANKS)


@lru_cache(4096)
def change(before: CellStyle | None, after: CellStyle, system: ColorSystem) -> str:
    """The shortest escape sequence from one style to the next; ``""`` if they are equal."""
    if before is after:
        return ""
    anew = f"\x1b[{';'.join(('', *_codes(PLAIN, after, system)))}m"
    if before is None:
        return anew
    return min(f"\x1b[{';'.join(_codes(before, after, system))}m", anew, key=len)


def _codes(before: CellStyle, after: CellStyle, system: ColorSystem) -> list[str]:
    codes = _attribute_codes(before.attributes, after.attributes)
    if before.colour != after.colour:
        codes += _colour_codes(after.colour, system, foreground=True)
    if before.background != after.background:
        codes += _colour_codes(after.background, system, foreground=False)
    return codes


def _attribute_codes(before: frozenset[str], after: frozenset[str]) -> list[str]:
    """Codes for bold, strike and the like; all off first, as bold and dim share their "off"."""
    off = dict.fromkeys(_OFF[name] for name in _ON if name in before - after)
    on = [_ON[name] for name in _ON if name in after and (name not in before or _OFF[name] in off)]
    return [*off, *on]


@lru_cache(1024)
def _colour_codes(
    colour: Color | None, system: ColorSystem, *, foreground: bool
) -> tuple[str, ...]:
    if colour is None:
        return ("39" if foreground else "49",)
    if colour.type is ColorType.TRUECOLOR:
        number = None
        if system is ColorSystem.TRUECOLOR:
            number = _palette_number(colour)
        elif system is ColorSystem.EIGHT_BIT:
            number = _nearest_number(colour)
        if number is not None:
            colour = Color.from_ansi(number)
    return colour.downgrade(system).get_ansi_codes(foreground)


def _palette_number(colour: Color) -> int | None:
    """The number of this colour in the fixed part of the 256-colour palette, if any.

    Textual mixes colours with rounding errors, so a colour one step away counts as the same.
    """
    if colour.triplet is None:
        return None
    red, green, blue = colour.triplet
    grey = round((red - 8) / 10)
    if 0 <= grey < _GREYS and all(abs(part - 8 - 10 * grey) <= 1 for part in colour.triplet):
        return _FIRST_GREY + grey
    steps = [_cube_step(part) for part in (red, green, blue)]
    if None in steps:
        return None
    number = _FIRST_CUBE + sum(
        place * step for place, step in zip((36, 6, 1), steps, strict=True) if step
    )
    return None if number in _OFTEN_REMAPPED else number


@lru_cache(1024)
def _nearest_number(colour: Color) -> int:
    """The number of the nearest colour in the fixed part of the 256-colour palette.

    Rich rounds each part by itself, which makes black of a dark ground and teal of a dark blue.
    """
    red, green, blue = colour.triplet or (0, 0, 0)

    def distance(number: int) -> int:
        r, g, b = _palette_colour(number)
        return 2 * (r - red) ** 2 + 4 * (g - green) ** 2 + 3 * (b - blue) ** 2

    return min(range(_OFTEN_REMAPPED.stop, _FIRST_GREY + _GREYS), key=distance)


def _palette_colour(number: int) -> tuple[int, int, int]:
    if number >= _FIRST_GREY:
        grey = 8 + 10 * (number - _FIRST_GREY)
        return grey, grey, grey
    red, rest = divmod(number - _FIRST_CUBE, 36)
    return _CUBE[red], _CUBE[rest // 6], _CUBE[rest % 6]


def _cube_step(part: int) -> int | None:
    return next((step for step, level in enumerate(_CUBE) if abs(part - level) <= 1), None)


Cell = tuple[str, CellStyle]
"""A unit of text (a letter with its marks) and its style."""

Line = list[Cell | None]
"""A line of the terminal; None is a cell of which nothing is known."""

WIDE_TAIL = ""
"""The text of the other cells of a unit that is wider than one."""


def cells_of(segments: Iterable[Segment]) -> list[Cell]:
    """Turn drawn segments into cells."""
    cells: list[Cell] = []
    for text, rich_style, control in segments:
        if control or not text:
            continue
        style, blank = cell_styles(rich_style)
        if not text.isprintable():
            text = "".join(map(_paintable, text))
        if text.isascii():
            cells += [(letter, style) if letter != " " else (" ", blank) for letter in text]
        else:
            _add_units(cells, text, style, blank)
    return cells


@lru_cache(1024)
def _paintable(character: str) -> str:
    """Return a harmless text of the same width for a character that the terminal may act on.

    All other texts are printable already. This is the last check, for the text of fields.
    """
    if not is_unsafe(character):
        return character
    cells = cell_width(character)
    return REPLACEMENT.ljust(cells) if cells else ""


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
