"""Lines that reach the terminal in as few bytes as they can: over SSH that is what one waits for.

Textual opens and closes every segment with a full set of attributes and writes each colour as
three decimal numbers, which doubles a line of text. ``ThriftyStrip`` writes only what changes from
one segment to the next, and a colour that stands in the fixed palette by its number there.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color, ColorSystem, ColorType
from rich.console import Console
from rich.style import Style
from textual.color import Color as WidgetColor
from textual.filter import LineFilter
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

_ATTRIBUTES = (
    ("bold", "1", "22"),
    ("dim", "2", "22"),
    ("italic", "3", "23"),
    ("underline", "4", "24"),
    ("reverse", "7", "27"),
    ("strike", "9", "29"),
)
_CUBE = (0, 95, 135, 175, 215, 255)
_FIRST_CUBE, _FIRST_GREY = 16, 232
_OFTEN_REMAPPED = range(16, 22)
"""The palette's corner that popular colour schemes overwrite."""


class ThriftyStrip(Strip):
    """A strip without links or metadata that renders only what changes between its segments."""

    __slots__ = ()

    def render(self, console: Console) -> str:
        """The line for the terminal; everything is reset at its end."""
        if self._render_cache is None:
            system = console._color_system or ColorSystem.TRUECOLOR
            pieces: list[str] = []
            before = _PLAIN
            for text, style, _ in self._segments:
                after = style or _PLAIN
                pieces += (_change(before, after, system), text)
                before = after
            pieces.append("" if before == _PLAIN else "\x1b[m")
            self._render_cache = "".join(pieces)
        return self._render_cache

    def apply_filter(self, filter: LineFilter, background: WidgetColor) -> Strip:
        """As ``Strip`` does it, and still thrifty."""
        return ThriftyStrip(super().apply_filter(filter, background), self._cell_length)

    def crop(self, start: int, end: int | None = None) -> Strip:
        """As ``Strip`` does it, and still thrifty."""
        cropped = super().crop(start, end)
        return cropped if cropped is self else ThriftyStrip(cropped, cropped.cell_length)


class ThriftyWidget(Widget):
    """A widget whose lines go out thriftily.

    Subclasses implement ``render_line`` with ThriftyStrips of the full width. There is no room for
    borders or padding around them; where a stylesheet asks for such, Textual's own way is taken.
    """

    ALLOW_SELECT = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop``, past Textual's cache, which would make plain strips of them."""
        if self.styles.gutter != (0, 0, 0, 0):
            return super().render_lines(crop)
        strips = [self.render_line(y) for y in crop.line_range]
        _, background = self.background_colors
        for filter in self.get_line_filters():
            strips = [strip.apply_filter(filter, background) for strip in strips]
        if crop.column_span == (0, self.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]


class ThriftyView(ThriftyWidget, ScrollView):
    """A thrifty widget that scrolls; it draws a scroll bar of its own in the last column.

    Textual's scroll bar would be sent as one more fragment for each line of a scroll.
    """

    DEFAULT_CSS = """
    ThriftyView {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size: 0 0;
    }
    """


def thumb(rows: int, total: int, offset: int) -> range:
    """The rows of a scroll bar of ``rows`` that show where a window on ``total`` lines stands."""
    if total <= rows or rows <= 0:
        return range(0)
    length = max(1, rows * rows // total)
    start = round(offset * (rows - length) / (total - rows))
    return range(start, start + length)


_PLAIN = Style.null()


@lru_cache(2048)
def _change(before: Style, after: Style, system: ColorSystem) -> str:
    """The escape sequence that leads from one style to the next, ``""`` between equal ones."""
    codes = _attributes(before, after)
    for old, new, foreground in (
        (before.color, after.color, True),
        (before.bgcolor, after.bgcolor, False),
    ):
        if old != new:
            codes += _colour(new, system, foreground)
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _attributes(before: Style, after: Style) -> list[str]:
    """Codes for bold, strike and the like; all off first, as bold and dim share their "off"."""
    off = [
        code for name, _, code in _ATTRIBUTES if getattr(before, name) and not getattr(after, name)
    ]
    on = [
        code
        for name, code, ending in _ATTRIBUTES
        if getattr(after, name) and (ending in off or not getattr(before, name))
    ]
    return [*dict.fromkeys(off), *on]


def _colour(colour: Color | None, system: ColorSystem, foreground: bool) -> tuple[str, ...]:
    if colour is None:
        return ("39",) if foreground else ("49",)
    if system is ColorSystem.TRUECOLOR and colour.type is ColorType.TRUECOLOR:
        number = _palette_number(colour)
        if number is not None:
            colour = Color.from_ansi(number)
    return colour.downgrade(system).get_ansi_codes(foreground)


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
