"""Draw the screen of a terminal as SVG that looks the same wherever it is shown.

A code host shows pictures without scripts and without fonts from elsewhere, so the widths of the
letters are unknown. Each word is therefore placed at its own column and stretched to its cells,
lines and blocks are drawn as shapes, and no space is ever needed to keep things apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

import pyte

CELL, LINE, FONT_SIZE = 9, 19, 15
"""Pixels. A cell is as wide as 0.6 of the font's size, as in most monospaced fonts."""
BASELINE = 14
MARGIN, TITLE = 10, 26
FONTS = (
    "ui-monospace, 'DejaVu Sans Mono', 'SF Mono', Menlo, Consolas, 'Liberation Mono',"
    " 'Noto Sans Mono CJK JP', monospace"
)
FOREGROUND, BACKGROUND = "#e0e0e0", "#121212"
"""The terminal's own colours, of cells that set none."""
NAMED = {
    "black": "#000000",
    "red": "#cd3131",
    "green": "#0dbc79",
    "brown": "#e5e510",
    "blue": "#2472c8",
    "magenta": "#bc3fbc",
    "cyan": "#11a8cd",
    "white": "#e5e5e5",
    "brightblack": "#666666",
    "brightred": "#f14c4c",
    "brightgreen": "#23d18b",
    "brightbrown": "#f5f543",
    "brightblue": "#3b8eea",
    "brightmagenta": "#d670d6",
    "brightcyan": "#29b8db",
    "brightwhite": "#ffffff",
}
"""The colours that pyte names."""


@dataclass(frozen=True)
class Style:
    """How the text of a cell is drawn."""

    colour: str
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    struck: bool = False

    @property
    def attributes(self) -> str:
        """The attributes of an SVG group for this style."""
        lines = " ".join(("underline",) * self.underlined + ("line-through",) * self.struck)
        return "".join(
            (
                f' fill="{self.colour}"',
                ' font-weight="bold"' if self.bold else "",
                ' font-style="italic"' if self.italic else "",
                f' text-decoration="{lines}"' if lines else "",
            )
        )


@dataclass(frozen=True)
class Cell:
    """A character with its marks, the columns that it takes, its style and its background."""

    text: str
    columns: int
    style: Style
    background: str


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Frame:
    """One moment of a film: the screen, how long it stays, and the key that led there."""

    rows: tuple[Row, ...]
    seconds: float
    key: str = ""


def rows_of(screen: pyte.Screen) -> tuple[Row, ...]:
    """The cells of what ``screen`` shows."""
    return tuple(tuple(_cells(screen, y)) for y in range(screen.lines))


def _cells(screen: pyte.Screen, y: int) -> Iterator[Cell]:
    line = screen.buffer[y]
    for x in range(screen.columns):
        char = line[x]
        if not char.data:
            continue  # the right half of a wide character
        wide = x + 1 < screen.columns and not line[x + 1].data
        colour, background = _hex(char.fg, FOREGROUND), _hex(char.bg, BACKGROUND)
        if char.reverse:
            colour, background = background, colour
        style = Style(colour, char.bold, char.italics, char.underscore, char.strikethrough)
        yield Cell(char.data, 1 + wide, style, background)


def _hex(colour: str, default: str) -> str:
    return default if colour == "default" else NAMED.get(colour) or f"#{colour}"


def picture(rows: Sequence[Row], title: str) -> str:
    """One screen as an SVG document; ``title`` is in its frame."""
    body = "".join(_row(row, y * LINE) for y, row in enumerate(rows))
    return _document(rows, title, "", body)


def film(frames: Sequence[Frame], title: str) -> str:
    """A session as an animated SVG document, for ever from the start.

    Without animations, or if the reader wants none, it shows the first frame. Rows that are the
    same in several frames are in the document once.
    """
    length = sum(frame.seconds for frame in frames)
    names: dict[Row, str] = {}
    style, body, begin = [], [], 0.0
    for number, frame in enumerate(frames):
        end = begin + frame.seconds
        hidden = "" if not number else "0%{visibility:hidden}"
        style.append(
            f"@keyframes k{number}{{{hidden}{100 * begin / length:.3f}%{{visibility:visible}}"
            f"{100 * end / length:.3f}%,100%{{visibility:hidden}}}}\n"
        )
        rows = (
            f'<use href="#{names.setdefault(row, f"r{len(names)}")}" y="{y * LINE}"/>'
            for y, row in enumerate(frame.rows)
        )
        key = _key(frame.key, _columns(frame.rows)) if frame.key else ""
        first = "" if number else " first"
        body.append(
            f'<g class="frame{first}" style="animation-name:k{number}">{"".join(rows)}{key}</g>\n'
        )
        begin = end
    shared = "".join(f'<g id="{name}">{_row(row, 0)}</g>\n' for row, name in names.items())
    rules = (
        f".frame{{visibility:hidden;animation:{length:g}s step-end infinite}}\n"
        ".first{visibility:visible}\n"
        "@media (prefers-reduced-motion:reduce){.frame{animation:none}}\n"
    )
    head = f"<style>{rules}{''.join(style)}</style>\n<defs>{shared}</defs>\n"
    return _document(frames[0].rows, title, head, "".join(body))


def _document(rows: Sequence[Row], title: str, head: str, body: str) -> str:
    width = _columns(rows) * CELL + 2 * MARGIN
    height = len(rows) * LINE + TITLE + MARGIN
    ground = rows[0][0].background
    light = int(ground[1:3], 16) > 127
    frame, ink = ("#d9dce3", "#4b5263") if light else ("#2a2d36", "#a8adb8")
    dots = "".join(
        f'<circle cx="{MARGIN + 7 + 16 * number}" cy="{TITLE / 2:g}" r="4.5" fill="{colour}"/>'
        for number, colour in enumerate(("#ed6a5e", "#f5bf4f", "#61c554"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{escape(title)}" font-family="{FONTS}"'
        f' font-size="{FONT_SIZE}" xml:space="preserve">\n<title>{escape(title)}</title>\n{head}'
        f'<rect width="{width}" height="{height}" rx="8" fill="{frame}"/>\n{dots}\n'
        f'<text x="{width / 2:g}" y="{TITLE / 2 + 5:g}" text-anchor="middle" font-size="13"'
        f' fill="{ink}">{escape(title)}</text>\n'
        f'<g transform="translate({MARGIN},{TITLE})">\n'
        f'<rect width="{_columns(rows) * CELL}" height="{len(rows) * LINE}" fill="{ground}"/>\n'
        f"{body}</g>\n</svg>\n"
    )


def _columns(rows: Sequence[Row]) -> int:
    return sum(cell.columns for cell in rows[0])


def _key(key: str, columns: int) -> str:
    """The key that was pressed, at the right of the title."""
    width = CELL * max(3, len(key) + 2)
    x = columns * CELL - width
    return (
        f'<rect x="{x}" y="{4 - TITLE}" width="{width}" height="{TITLE - 8}" rx="4"'
        f' fill="#f5bf4f"/><text x="{x + width / 2:g}" y="{-TITLE / 2 + 5:g}" font-size="13"'
        f' text-anchor="middle" font-weight="bold" fill="#1b1d23">{escape(key)}</text>'
    )


def _row(row: Row, y: int) -> str:
    """One row of the screen: its backgrounds, then its text by style."""
    shapes: list[str] = []
    texts: dict[Style, list[str]] = {}
    word: list[Cell] = []
    begin = x = 0

    def end_word() -> None:
        if word:
            text = "".join(cell.text for cell in word)
            texts.setdefault(word[0].style, []).append(_word(text, begin, y))
            word.clear()

    grounds: list[tuple[int, int, str]] = []
    for cell in row:
        if grounds and grounds[-1][2] == cell.background:
            grounds[-1] = (grounds[-1][0], x + cell.columns, cell.background)
        else:
            grounds.append((x, x + cell.columns, cell.background))
        plain = _is_plain(cell)
        if not plain or (word and word[0].style != cell.style):
            end_word()
        if plain:
            begin = begin if word else x
            word.append(cell)
        elif shape := _shape(cell, x * CELL, y):
            texts.setdefault(cell.style, []).append(shape)
        elif cell.text.strip():
            texts.setdefault(cell.style, []).append(_symbol(cell, x, y))
        elif cell.style.underlined or cell.style.struck:
            texts.setdefault(cell.style, []).append(_word("\xa0" * cell.columns, x, y))
        x += cell.columns
    end_word()
    shapes += (
        f'<rect x="{start * CELL}" y="{y}" width="{(end - start) * CELL}" height="{LINE}"'
        f' fill="{colour}"/>'
        for start, end, colour in grounds
    )
    groups = (f"<g{style.attributes}>{''.join(found)}</g>" for style, found in texts.items())
    return f"{''.join((*shapes, *groups))}\n"


def _is_plain(cell: Cell) -> bool:
    """Whether it is a letter or sign that every monospaced font has, one cell wide."""
    return cell.columns == len(cell.text) == 1 and "!" <= cell.text < "\u0530"


def _word(text: str, x: int, y: int) -> str:
    """A word at its column, as wide as its cells whatever the font."""
    return (
        f'<text x="{x * CELL}" y="{y + BASELINE}" textLength="{len(text) * CELL}"'
        f' lengthAdjust="spacingAndGlyphs">{escape(text, quote=False)}</text>'
    )


def _symbol(cell: Cell, x: int, y: int) -> str:
    """Any other character, in the middle of its cells: its font, and so its width, is unknown."""
    middle = x * CELL + cell.columns * CELL / 2
    text = escape(cell.text, quote=False)
    return f'<text x="{middle:g}" y="{y + BASELINE}" text-anchor="middle">{text}</text>'


_EIGHTHS = {
    "▀": (0, 0, 8, 4),
    "▐": (4, 0, 8, 8),
    "▔": (0, 0, 8, 1),
    "▕": (7, 0, 8, 8),
    **{chr(0x2580 + part): (0, 8 - part, 8, 8) for part in range(1, 9)},
    **{chr(0x2588 + part): (0, 0, 8 - part, 8) for part in range(1, 8)},
}
"""Blocks: their left, upper, right and lower edge in eighths of the cell."""
_ARMS = {"UP": (0.5, 0.0), "DOWN": (0.5, 1.0), "LEFT": (0.0, 0.5), "RIGHT": (1.0, 0.5)}


def _shape(cell: Cell, x: int, y: int) -> str:
    """A line or block as a shape that meets its neighbours; empty if it is none."""
    text = cell.text
    if text in _EIGHTHS:
        left, upper, right, lower = _EIGHTHS[text]
        return (
            f'<rect x="{x + left * CELL / 8:g}" y="{y + upper * LINE / 8:g}"'
            f' width="{(right - left) * CELL / 8:g}" height="{(lower - upper) * LINE / 8:g}"/>'
        )
    if len(text) != 1 or not "\u2500" <= text <= "\u257f":
        return ""
    words = unicodedata.name(text).removeprefix("BOX DRAWINGS ").split()
    weight, *directions = words
    if weight not in ("LIGHT", "HEAVY") or {"DASH", "LIGHT", "HEAVY"} & set(directions):
        return ""
    arms = list(_arms(directions))
    if not arms:
        return ""
    centre = x + CELL / 2, y + LINE / 2
    ends = [(x + across * CELL, y + down * LINE) for across, down in arms]
    if "ARC" in directions:
        (from_x, from_y), (to_x, to_y) = ends
        path = f"M{from_x:g} {from_y:g}Q{centre[0]:g} {centre[1]:g} {to_x:g} {to_y:g}"
    else:
        path = "".join(f"M{centre[0]:g} {centre[1]:g}L{a:g} {b:g}" for a, b in ends)
    width = 1.2 if weight == "LIGHT" else 2.4
    return f'<path d="{path}" fill="none" stroke="{cell.style.colour}" stroke-width="{width}"/>'


def _arms(directions: Iterable[str]) -> Iterator[tuple[float, float]]:
    """Where the lines of a box character leave its cell, from the words of its name."""
    for word in directions:
        if word == "HORIZONTAL":
            yield from (_ARMS["LEFT"], _ARMS["RIGHT"])
        elif word == "VERTICAL":
            yield from (_ARMS["UP"], _ARMS["DOWN"])
        elif word in _ARMS:
            yield _ARMS[word]
