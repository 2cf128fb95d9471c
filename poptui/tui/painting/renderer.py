"""Sends the terminal only the changes, because over SSH each byte costs time.

Textual sends whole lines with every attribute of every segment. ``DiffRenderer`` remembers what
the terminal shows and looks for the shortest way to what it should show: lines that only moved are
scrolled by the terminal, blanks are erased, and patches are sent in the order that needs fewest
bytes. It moves the terminal's cursor to absolute positions or from known ones, and names the
column again behind a character whose width terminals disagree on, so nothing ever shifts.
A place that it comes back to is saved in the terminal with its colours: two bytes restore both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from textual.geometry import Offset

from poptui.tui.painting.capabilities import TerminalCapabilities
from poptui.tui.painting.cells import PLAIN, Cell, Line, cells_of, change
from poptui.tui.painting.ordering import order_by_style, shortest_order
from poptui.tui.painting.patches import (
    LinePatches,
    Patch,
    alternatives,
    can_erase,
)
from poptui.tui.painting.pen import SAVE, PatchWriter, Pen, PenState, Spot, Step
from poptui.tui.painting.scrolling import find_scroll

Drawn = Iterator[tuple[int, int, list[Cell]]]
"""Runs of cells: line, column, cells."""


class Update(NamedTuple):
    """New cells for a screen of ``height`` lines."""

    height: int
    width: int
    drawn: Drawn


_MAYBE_SAVED, _SURELY_SAVED = 0.25, 0.6
"""The share of changed cells that scrolling must save to be tried, and to need no comparison."""


class DiffRenderer:
    """Remembers the content of the screen, and updates it with few bytes."""

    def __init__(self, can: TerminalCapabilities | None = None) -> None:
        self._can = can or TerminalCapabilities()
        self._lines: list[Line] = []
        self._pen = Pen()
        self._system = ColorSystem.TRUECOLOR
        self._saved: Spot | None = None
        """The spot that the terminal has saved."""
        self._was_useful = False
        """Whether it was saved or restored in the last update. If not, another may be saved."""
        self._costly: frozenset[Spot] = frozenset()
        """Spots that took many bytes to reach in the last update."""

    def forget(self) -> None:
        """Forget what the terminal shows, because something else wrote to it."""
        self._lines, self._pen, self._saved = [], Pen(), None

    def render(self, update: Update, console: Console, cursor: Offset) -> str:
        """Return the text that makes the terminal show ``update``.

        ``cursor`` is where the terminal's own cursor is left; at the upper left it is not moved.
        """
        system = console._color_system or ColorSystem.TRUECOLOR
        self._fit(update.height, update.width)
        return self._send(update.drawn, system, cursor)

    def _fit(self, height: int, width: int) -> None:
        if (height, width) != (len(self._lines), len(self._lines[0]) if self._lines else 0):
            self.forget()
            self._lines = [[None] * width for _ in range(height)]

    def _send(self, drawn: Drawn, system: ColorSystem, cursor: Offset) -> str:
        old, new = self._lines, self._updated(drawn)
        if system is not self._system:
            self._saved, self._system = None, system
        writer = PatchWriter(system, cursor, self._saved, tabs=self._can.tabs)
        way = self._shortest(old, new, self._pen, writer)
        steps = list(writer.state(way.pen).steps(way.patches))
        pen = steps[-1].after.pen if steps else way.pen
        back, self._pen = writer.park(pen)
        self._lines = new
        saved = self._to_save(steps) if self._can.saves_cursor else None
        sent = (step.way + SAVE * (step is saved) + step.text for step in steps)
        return "".join((way.start, *sent, back))

    def _to_save(self, steps: Sequence[Step]) -> Step | None:
        """Return the step at whose start the terminal should save its state, if at any."""
        is_useful = any(step.is_restored for step in steps)
        found = None
        if not (is_useful or self._was_useful):
            costly = (step for step in steps if step.costly in self._costly)
            found = max(costly, key=lambda step: len(step.way), default=None)
        if found is not None:
            self._saved = found.costly
        self._was_useful = is_useful or found is not None
        self._costly = frozenset(step.costly for step in steps if step.costly)
        return found

    def _updated(self, drawn: Drawn) -> list[Line]:
        lines = list(self._lines)
        for y, x, cells in drawn:
            if lines[y] is self._lines[y]:
                lines[y] = lines[y].copy()
            line = lines[y]
            line[x : x + len(cells)] = cells[: len(line) - x]
        return lines

    def _shortest(self, old: list[Line], new: list[Line], pen: Pen, writer: PatchWriter) -> _Way:
        if all(cell is None for line in old for cell in line):
            return self._drawn_on_cleared_screen(new, pen, writer) or self._patched(
                old, new, pen, writer
            )
        scroll, share = find_scroll(old, new) if self._can.scrolls else (None, 0.0)
        ways = [self._patched(old, new, pen, writer)] if share < _SURELY_SAVED else []
        if scroll is not None and share > _MAYBE_SAVED:
            way = self._patched(scroll.apply(old), new, pen._replace(place=None), writer)
            ways.append(way._replace(start=scroll.sequence(len(old))))
        return _fewest_bytes(ways, writer)

    def _drawn_on_cleared_screen(
        self, new: list[Line], pen: Pen, writer: PatchWriter
    ) -> _Way | None:
        """Erase a screen of unknown content, and write all that is not blank."""
        if any(None in line for line in new):
            return None
        styles = Counter(cell[1].on_blanks for line in new for cell in line if cell)
        style = styles.most_common(1)[0][0] if styles else PLAIN
        if not can_erase(style, self._can):
            return None
        blank: list[Line] = [[(" ", style)] * len(new[0])] * len(new)
        pen_there = pen._replace(place=(0, 0), style=style)
        way = self._patched(blank, new, pen_there, writer, order_by_style)
        return way._replace(start=change(pen.style, style, self._system) + "\x1b[H\x1b[J")

    def _patched(
        self,
        old: list[Line],
        new: list[Line],
        pen: Pen,
        writer: PatchWriter,
        ordered: Callable[
            [PatchWriter, PenState, Sequence[LinePatches]], list[Patch]
        ] = shortest_order,
    ) -> _Way:
        """Patch all lines, in the order that takes fewest bytes."""
        lines = [
            min(
                alternatives(y, old[y], line, self._can),
                key=partial(_length_by_itself, writer=writer),
            )
            for y, line in enumerate(new)
            if line is not old[y] and line != old[y]
        ]
        return _Way("", pen, ordered(writer, writer.state(pen), lines))


class _Way(NamedTuple):
    """One way to turn a screen into another."""

    start: str
    """The text before the patches."""
    pen: Pen
    """The pen after that."""
    patches: Sequence[Patch]


def _fewest_bytes(ways: Sequence[_Way], writer: PatchWriter) -> _Way:
    def length(way: _Way) -> int:
        return len(way.start) + writer.length(writer.state(way.pen), way.patches)

    return min(ways, key=length)


def _length_by_itself(line: LinePatches, writer: PatchWriter) -> int:
    """Return the bytes of a line if the pen is there, in the style of its first text."""
    patches = line.in_order()
    pieces = [piece for patch in patches for piece in patch.pieces]
    style = next((piece.style for piece in pieces if not piece.is_blank), pieces[0].style)
    pen = Pen((patches[0].y, patches[0].x), style)
    return sum(step.length for step in writer.state(pen).steps(patches))


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
