"""Sends the terminal the cells that changed, and no more: over SSH that is what one waits for.

Textual sends whole lines with every attribute of every segment. The painter remembers what stands
on the terminal and compares. Its moves are absolute or count from a known place, and behind a
letter whose width terminals disagree on it names the column anew, so that nothing ever shifts.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.color import ColorSystem
from rich.console import Console
from textual.geometry import Offset

from poptui.text.cells import is_width_certain
from poptui.tui.painting.cells import BESIDE, Cell
from poptui.tui.painting.pen import CellStyle, change, for_blank
from poptui.tui.painting.update import Drawn, Update

_BRIDGE = 4
"""As many unchanged cells cost no more to write again than a move past them."""

_ERASED = 11
"""So many blanks cost more to write than to erase and to move past."""


class DiffRenderer:
    """What stands on the terminal, and the way from there to what should."""

    def __init__(self, *, erases: bool = False) -> None:
        """``erases``: cells that the terminal erases take the ground of the pen."""
        self._erases = erases
        self._lines: list[list[Cell | None]] = []
        self._place: tuple[int, int] | None = None
        """Line and column of the terminal's cursor, where they are known."""
        self._pen: CellStyle | None = None

    def forget(self) -> None:
        """Something else wrote to the terminal: nothing is known of it."""
        self._lines, self._place, self._pen = [], None, None

    def paint(self, update: Update, console: Console, cursor: Offset) -> str:
        """What to send so that the terminal shows ``update``.

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
        unsure, done = False, 0
        for x, cell in enumerate(self._lines[y]):
            if x < done or cell is None or cell[0] == BESIDE:
                continue
            if unsure or cell != old[x]:
                self._go(sent, y, x)
                blanks = self._blanks(y, x, old) if self._erases else 0
                if blanks >= _ERASED:
                    self._take(sent, cell, system)
                    sent.append(f"\x1b[{blanks}X")
                    done = x + blanks
                else:
                    self._write(sent, y, x, cell, system)
                unsure = not is_width_certain(cell[0])

    def _blanks(self, y: int, x: int, old: Sequence[Cell | None]) -> int:
        """How many cells from here on are the same blank, up to the last one that is new."""
        line, cell = self._lines[y], self._lines[y][x]
        if cell is None or cell[0] != " " or cell[1].attributes:
            return 0
        end = next((i for i in range(x, len(line)) if line[i] != cell), len(line))
        return next((i + 1 - x for i in reversed(range(x, end)) if line[i] != old[i]), 0)

    def _go(self, sent: list[str], y: int, x: int) -> None:
        """Move the terminal's cursor; over a short gap by writing what stands there."""
        line, column = self._place or (None, 0)
        gap = x - column
        if line == y and 0 <= gap <= _BRIDGE and self._bridges(self._lines[y][column:x]):
            sent += [cell[0] for cell in self._lines[y][column:x] if cell]
        elif line == y and gap:
            sent.append(f"\x1b[{abs(gap)}{'C' if gap > 0 else 'D'}")
        elif line is not None and (y, x) == (line + 1, 0):
            sent.append("\r\n")
        else:
            sent.append(_to(y, x))
        self._place = y, x

    def _bridges(self, gap: Sequence[Cell | None]) -> bool:
        """Whether the pen in hand would write ``gap`` as it stands."""
        return all(
            cell is not None
            and self._pen is not None
            and cell[0].isascii()
            and cell[1] is (self._pen.on_blanks if cell[0] == " " else self._pen)
            and cell[0] != BESIDE
            for cell in gap
        )

    def _take(self, sent: list[str], cell: Cell, system: ColorSystem) -> None:
        """Take the pen for a cell in hand."""
        text, pen = cell
        if text == " " and self._pen is not None:
            pen = for_blank(self._pen, pen)
        if pen is not self._pen:
            sent.append(change(self._pen, pen, system))
            self._pen = pen

    def _write(self, sent: list[str], y: int, x: int, cell: Cell, system: ColorSystem) -> None:
        self._take(sent, cell, system)
        text, line = cell[0], self._lines[y]
        following = x + 1
        while following < len(line) and (beside := line[following]) and beside[0] == BESIDE:
            following += 1
        inside = following < len(line)
        self._place = (y, following) if inside else None
        sent.append(
            text
            if is_width_certain(text) or not inside
            else _unsure(text, following - x, following)
        )


def _unsure(text: str, width: int, following: int) -> str:
    """A unit that some terminals show narrower: on blanks, and with the column named behind."""
    back = "\b" * width if width <= 2 else f"\x1b[{width}D"
    return f"{' ' * width}{back}{text}\x1b[{following + 1}G"


def _to(y: int, x: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
