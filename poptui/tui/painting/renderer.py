"""Sends the terminal only the cells that changed, which is what one waits for over SSH.

Textual sends whole lines with every attribute of every segment. ``DiffRenderer`` remembers what
the terminal shows and compares. It moves the terminal's cursor to absolute positions or from known
ones, and names the column again behind a character whose width terminals disagree on, so nothing
ever shifts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from textual.geometry import Offset

from poptui.text.cells import is_width_certain
from poptui.tui.painting.cells import WIDE_TAIL, Cell, CellStyle, cells_of, change, for_blank

Drawn = Iterator[tuple[int, int, list[Cell]]]
"""Runs of cells: line, column, cells."""


class Update(NamedTuple):
    """New cells for a screen of ``height`` lines."""

    height: int
    width: int
    drawn: Drawn


_MAX_BRIDGE_CELLS = 4
"""Writing so many unchanged cells again is no longer than moving past them."""

_MIN_ERASED_CELLS = 11
"""Erasing so many blanks and moving past them is shorter than writing them."""


class DiffRenderer:
    """Knows what the terminal shows, and brings it to what it should show."""

    def __init__(self, *, erases: bool = False) -> None:
        """``erases``: cells that the terminal erases take the current background."""
        self._erases = erases
        self._lines: list[list[Cell | None]] = []
        self._place: tuple[int, int] | None = None
        """Line and column of the terminal's cursor, where they are known."""
        self._style: CellStyle | None = None

    def forget(self) -> None:
        """Forget what the terminal shows, because something else wrote to it."""
        self._lines, self._place, self._style = [], None, None

    def render(self, update: Update, console: Console, cursor: Offset) -> str:
        """Return what to send so that the terminal shows ``update``.

        ``cursor`` is where the terminal's own cursor belongs: at the upper left, where it is
        hidden and not moved for, or where the user types.
        """
        system = console._color_system or ColorSystem.TRUECOLOR
        self._fit(update.height, update.width)
        return self._send(update.drawn, system) + self._park(cursor)

    def _park(self, cursor: Offset) -> str:
        if not cursor or self._place == (cursor.y, cursor.x):
            return ""
        self._place = (cursor.y, cursor.x)
        return _to(*self._place)

    def _fit(self, height: int, width: int) -> None:
        if (height, width) != (len(self._lines), len(self._lines[0]) if self._lines else 0):
            self.forget()
            self._lines = [[None] * width for _ in range(height)]

    def _send(self, drawn: Drawn, system: ColorSystem) -> str:
        sent: list[str] = []
        before: dict[int, list[Cell | None]] = {}
        for y, x, cells in drawn:
            line = self._lines[y]
            before.setdefault(y, line.copy())
            line[x : x + len(cells)] = cells[: len(line) - x]
        for y, old in before.items():
            if self._lines[y] != old:
                self._send_line(sent, y, old, system)
        return "".join(sent)

    def _send_line(
        self, sent: list[str], y: int, old: Sequence[Cell | None], system: ColorSystem
    ) -> None:
        uncertain, done = False, 0
        for x, cell in enumerate(self._lines[y]):
            if x < done or cell is None or cell[0] == WIDE_TAIL:
                continue
            if uncertain or cell != old[x]:
                self._go(sent, y, x)
                blanks = self._blanks(y, x, old) if self._erases else 0
                if blanks >= _MIN_ERASED_CELLS:
                    self._set_style(sent, cell, system)
                    sent.append(f"\x1b[{blanks}X")
                    done = x + blanks
                else:
                    self._write(sent, y, x, cell, system)
                uncertain = not is_width_certain(cell[0])

    def _blanks(self, y: int, x: int, old: Sequence[Cell | None]) -> int:
        """How many cells from here on are the same blank, up to the last one that is new."""
        line, cell = self._lines[y], self._lines[y][x]
        if cell is None or cell[0] != " " or cell[1].attributes:
            return 0
        end = next((i for i in range(x, len(line)) if line[i] != cell), len(line))
        return next((i + 1 - x for i in reversed(range(x, end)) if line[i] != old[i]), 0)

    def _go(self, sent: list[str], y: int, x: int) -> None:
        """Move the terminal's cursor; over a short gap by writing what it shows already."""
        line, column = self._place or (None, 0)
        gap = x - column
        if line == y and 0 <= gap <= _MAX_BRIDGE_CELLS and self._bridges(self._lines[y][column:x]):
            sent += [cell[0] for cell in self._lines[y][column:x] if cell]
        elif line == y and gap:
            sent.append(f"\x1b[{abs(gap)}{'C' if gap > 0 else 'D'}")
        elif line is not None and (y, x) == (line + 1, 0):
            sent.append("\r\n")
        else:
            sent.append(_to(y, x))
        self._place = y, x

    def _bridges(self, gap: Sequence[Cell | None]) -> bool:
        """Whether ``gap`` can be written in the current style."""
        return all(
            cell is not None
            and self._style is not None
            and cell[0].isascii()
            and cell[1] is (self._style.on_blanks if cell[0] == " " else self._style)
            and cell[0] != WIDE_TAIL
            for cell in gap
        )

    def _set_style(self, sent: list[str], cell: Cell, system: ColorSystem) -> None:
        """Switch to the style of a cell."""
        text, style = cell
        if text == " " and self._style is not None:
            style = for_blank(self._style, style)
        if style is not self._style:
            sent.append(change(self._style, style, system))
            self._style = style

    def _write(self, sent: list[str], y: int, x: int, cell: Cell, system: ColorSystem) -> None:
        self._set_style(sent, cell, system)
        text, line = cell[0], self._lines[y]
        following = x + 1
        while following < len(line) and (beside := line[following]) and beside[0] == WIDE_TAIL:
            following += 1
        inside = following < len(line)
        self._place = (y, following) if inside else None
        sent.append(
            text
            if is_width_certain(text) or not inside
            else _uncertain(text, following - x, following)
        )


def _uncertain(text: str, width: int, following: int) -> str:
    """A unit that some terminals show narrower: on blanks, and followed by its column."""
    back = "\b" * width if width <= 2 else f"\x1b[{width}D"
    return f"{' ' * width}{back}{text}\x1b[{following + 1}G"


def _to(y: int, x: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"


def update_of(renderable: Any) -> Update | None:
    """The cells of an update by Textual; None if it is not one of the screen or of parts of it.

    These classes are not a public part of Textual: whatever does not look as expected is refused.
    """
    if all(hasattr(renderable, name) for name in ("chops", "chop_ends", "spans")):
        return Update(len(renderable.chops), renderable.chop_ends[0][-1], _of_chops(renderable))
    if all(hasattr(renderable, name) for name in ("strips", "region")):
        return Update(renderable.region.height, renderable.region.width, _of_layout(renderable))
    return None


def _of_layout(update: Any) -> Drawn:
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield y, x, cells_of(strip)
            x += strip.cell_length


def _of_chops(update: Any) -> Drawn:
    for y, left, right in update.spans:
        for x, strip in update.chops[y].items():
            if strip is not None and x < right and left < x + strip.cell_length:
                yield y, x, cells_of(strip)
