"""The shortest control sequences between the places where something is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from rich.color import ColorSystem
from textual.geometry import Offset

from poptui.tui.painting.capabilities import TAB_CELLS
from poptui.tui.painting.cells import CellStyle, change, for_blank
from poptui.tui.painting.patches import Patch, Piece

Place = tuple[int, int]
"""Line and column."""

SAVE, RESTORE = "\x1b7", "\x1b8"
"""Save the place of the cursor and its style in the terminal (DECSC), and restore both (DECRC)."""
_MIN_SAVED_BYTES = 8
"""A place that takes this many bytes to reach, in two updates running, is worth saving."""


class Spot(NamedTuple):
    """A place and the style there."""

    place: Place
    style: CellStyle


class Pen(NamedTuple):
    """The state of the terminal that decides how long a patch is."""

    place: Place | None = None
    """The position of the terminal's cursor, if known."""
    style: CellStyle | None = None


class Step(NamedTuple):
    """The text for one patch."""

    way: str
    """The sequences before its first cell."""
    text: str
    length: int
    """The length of both."""
    style_length: int
    """The bytes that change the style for the first cell."""
    costly: Spot | None
    """The start of the patch if it takes many bytes to reach."""
    is_restored: bool
    """Whether ``way`` starts from the saved spot."""
    after: PenState


class PenState:
    """A pen, and the steps from it: the search for the shortest order takes each many times."""

    def __init__(self, pen: Pen, writer: PatchWriter) -> None:
        self.pen = pen
        self._writer = writer
        self._steps: dict[Patch, Step] = {}

    def step(self, patch: Patch) -> Step:
        """Return the text for a patch, and the state after it."""
        step = self._steps.get(patch)
        if step is None:
            step = self._steps[patch] = self._writer.step(self.pen, patch)
        return step

    def steps(self, patches: Iterable[Patch]) -> Iterator[Step]:
        """Yield the text for each of the patches."""
        state = self
        for patch in patches:
            step = state.step(patch)
            yield step
            state = step.after


class PatchWriter:
    """Writes the patches of one update."""

    def __init__(
        self, system: ColorSystem, cursor: Offset, saved: Spot | None, *, tabs: bool = False
    ) -> None:
        """``cursor``: where the terminal's cursor is left; at the upper left it is not moved.

        ``tabs``: whether a tab moves the cursor to the next eighth column.
        """
        self._system, self._cursor, self._saved = system, cursor, saved
        self._tab_cells = TAB_CELLS if tabs else 0
        self._states: dict[Pen, PenState] = {}

    def state(self, pen: Pen) -> PenState:
        """Return the one object for this pen."""
        state = self._states.get(pen)
        if state is None:
            state = self._states[pen] = PenState(pen, self)
        return state

    def length(self, state: PenState, patches: Iterable[Patch]) -> int:
        """Return the bytes that write patches and move the cursor to its place."""
        count = 0
        for step in state.steps(patches):
            count += step.length
            state = step.after
        return count + len(self.park(state.pen)[0])

    def park(self, pen: Pen) -> tuple[str, Pen]:
        """Return the text that moves the cursor to its place, and the pen there."""
        if not self._cursor:
            return "", pen
        place = self._cursor.y, self._cursor.x
        return move(pen.place, *place, self._tab_cells), pen._replace(place=place)

    def step(self, pen: Pen, patch: Patch) -> Step:
        """Return the text for a patch, and the state after it."""
        way, style = self._way(pen, patch)
        style_length = len(change(pen.style, style, self._system))
        costly = Spot((patch.y, patch.x), style) if len(way) >= _MIN_SAVED_BYTES else None
        is_restored = False
        if self._saved is not None:
            rest, other_style = self._way(Pen(*self._saved), patch)
            if len(RESTORE) + len(rest) < len(way):
                way, style, is_restored = RESTORE + rest, other_style, True
        text, style = self._written(style, patch)
        after = self.state(Pen(None if patch.end is None else (patch.y, patch.end), style))
        return Step(way, text, len(way) + len(text), style_length, costly, is_restored, after)

    def _way(self, pen: Pen, patch: Patch) -> tuple[str, CellStyle]:
        """Return the shortest way to a patch, and the style there.

        It may lead to a few unchanged cells before the patch, and write these again.
        """
        style = _wanted(pen.style, patch.pieces[0])
        sequence = change(pen.style, style, self._system)
        shortest = move(pen.place, patch.y, patch.x, self._tab_cells)
        for cells in range(1, len(patch.lead) + 1):
            shorter = move(pen.place, patch.y, patch.x - cells, self._tab_cells)
            if len(shorter) + cells < len(shortest):
                return shorter + sequence + patch.lead[-cells:], style
        return shortest + sequence, style

    def _written(self, style: CellStyle, patch: Patch) -> tuple[str, CellStyle]:
        """Return the text of a patch with its changes of style, and the last style."""
        sent = []
        for piece in patch.pieces:
            wanted = _wanted(style, piece)
            sent += [change(style, wanted, self._system), piece.text]
            style = wanted
        return "".join(sent), style


def _wanted(style: CellStyle | None, piece: Piece) -> CellStyle:
    return for_blank(style, piece.style) if piece.is_blank and style else piece.style


@lru_cache(8192)
def move(place: Place | None, y: int, x: int, tab_cells: int = 0) -> str:
    """Return the shortest sequence that moves the cursor from ``place``, if that is known.

    ``tab_cells``: the distance of the tab stops; 0 if no tab can be sent.
    """
    ways = [f"\x1b[{y + 1 if y else ''}{f';{x + 1}' if x else ''}H"]
    if place is not None:
        line, column = place
        ways += [_vertical(y - line) + way for way in _horizontal(column, x, tab_cells)]
        if y > line:
            ways += _line_feeds(y - line, column, x, tab_cells)
    return min(ways, key=len)


def _vertical(down: int) -> str:
    return "\x1bM" if down == -1 else _steps(down, "B", "A")


def _horizontal(column: int, x: int, tab_cells: int) -> list[str]:
    if column == x:
        return [""]
    ways = [_steps(x - column, "C", "D"), f"\x1b[{x + 1}G" if x else "\r"]
    if tab_cells and x % tab_cells == 0:
        stop = x // tab_cells
        ways.append("\t" * (stop - column // tab_cells) if column < x else "\r" + "\t" * stop)
    return ways


def _steps(count: int, forward: str, back: str) -> str:
    if not count:
        return ""
    return f"\x1b[{abs(count) if abs(count) > 1 else ''}{forward if count > 0 else back}"


def _line_feeds(down: int, column: int, x: int, tab_cells: int) -> list[str]:
    """Names the column, because the terminal's line discipline may add a carriage return."""
    feeds = "\n" * down
    if not x:
        return [f"\r{feeds}" if column else feeds]
    ways = [f"{feeds}\x1b[{x + 1}G"]
    if tab_cells and x % tab_cells == 0:
        ways.append(f"\r{feeds}" + "\t" * (x // tab_cells))
    return ways
