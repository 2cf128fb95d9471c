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
from functools import lru_cache
from typing import Any, NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from textual.geometry import Offset

from poptui.tui.painting.capabilities import TerminalCapabilities
from poptui.tui.painting.cells import PLAIN, Cell, CellStyle, Line, cells_of, change, for_blank
from poptui.tui.painting.patches import (
    LinePatches,
    Patch,
    alternatives,
    can_erase,
)
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
_SAVE, _RESTORE = "\x1b7", "\x1b8"
"""Save the place of the cursor and its style in the terminal (DECSC), and restore both (DECRC)."""
_MIN_SAVED_BYTES = 8
"""A place that takes so many bytes to reach, in two updates running, is worth saving."""
_MAX_IMPROVED_PATCHES = 16
_STYLE_WEIGHTS = (1.0, 1.5, 3.0)
"""Weights of the bytes that change the style, relative to moves, in the search for the next patch.

Each weight finds the shortest order for some updates.
"""
_MAX_ORDERED_PATCHES = 64
"""More patches are sent in the order of lines: finding a better one takes quadratic time."""


class DiffRenderer:
    """Remembers the content of the screen, and updates it with few bytes."""

    def __init__(self, can: TerminalCapabilities | None = None) -> None:
        self._can = can or TerminalCapabilities()
        self._lines: list[Line] = []
        self._pen = _Pen()

    def forget(self) -> None:
        """Forget what the terminal shows, because something else wrote to it."""
        self._lines, self._pen = [], _Pen()

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
        pen = self._pen.for_update(system, saves=self._can.saves_cursor)
        sent, pen = self._shortest(old, new, pen, cursor)
        back, pen = pen.park(cursor)
        self._lines, self._pen = new, pen
        return sent + back

    def _updated(self, drawn: Drawn) -> list[Line]:
        lines = list(self._lines)
        for y, x, cells in drawn:
            if lines[y] is self._lines[y]:
                lines[y] = lines[y].copy()
            line = lines[y]
            line[x : x + len(cells)] = cells[: len(line) - x]
        return lines

    def _shortest(
        self, old: list[Line], new: list[Line], pen: _Pen, cursor: Offset
    ) -> tuple[str, _Pen]:
        """Return the shortest text to send, and the state of the terminal afterwards."""
        if all(cell is None for line in old for cell in line):
            return self._drawn_on_cleared_screen(new, pen, cursor) or self._patched(
                old, new, pen, cursor
            )
        scroll, share = find_scroll(old, new) if self._can.scrolls else (None, 0.0)
        ways = [self._patched(old, new, pen, cursor)] if share < _SURELY_SAVED else []
        if scroll is not None and share > _MAYBE_SAVED:
            sent = scroll.sequence(len(old))
            rest, after = self._patched(scroll.apply(old), new, pen._replace(place=None), cursor)
            ways.append((sent + rest, after))
        return _fewest_bytes(ways, cursor)

    def _drawn_on_cleared_screen(
        self, new: list[Line], pen: _Pen, cursor: Offset
    ) -> tuple[str, _Pen] | None:
        """Erase a screen of unknown content, and write all that is not blank."""
        if any(None in line for line in new):
            return None
        styles = Counter(cell[1].on_blanks for line in new for cell in line if cell)
        style = styles.most_common(1)[0][0] if styles else PLAIN
        if not can_erase(style, self._can):
            return None
        sent = change(pen.style, style, pen.system) + "\x1b[H\x1b[J"
        blank: list[Line] = [[(" ", style)] * len(new[0])] * len(new)
        cleared = pen._replace(place=(0, 0), style=style)
        rest, after = self._patched(blank, new, cleared, cursor)
        return sent + rest, after

    def _patched(
        self, old: list[Line], new: list[Line], pen: _Pen, cursor: Offset
    ) -> tuple[str, _Pen]:
        """Patch all lines, from the top or in an order that takes fewer bytes."""
        sent: list[str] = []
        shortest: list[LinePatches] = []
        last = pen
        for y, line in enumerate(new):
            if line is not old[y] and line != old[y]:
                ways = alternatives(y, old[y], line, self._can)
                text, last = min(
                    (last.draw(_in_order(way)) for way in ways), key=lambda drawn: len(drawn[0])
                )
                sent.append(text)
                shortest.append(min(ways, key=_length_by_itself))
        in_order = "".join(sent), last
        if not 1 < sum(1 + len(line.patches) for line in shortest) <= _MAX_ORDERED_PATCHES:
            return in_order
        return _fewest_bytes([in_order, pen.draw(pen.shortest_order(shortest, cursor))], cursor)


def _fewest_bytes(ways: Sequence[tuple[str, _Pen]], cursor: Offset) -> tuple[str, _Pen]:
    """Return the text that takes fewest bytes, with those that move the cursor to its place."""
    return min(ways, key=lambda way: len(way[0]) + len(way[1].park(cursor)[0]))


def _length_by_itself(line: LinePatches) -> int:
    """Return the bytes of a line if the pen is there, in the style of its first text."""
    patches = _in_order(line)
    pieces = [piece for patch in patches for piece in patch.pieces]
    style = next((piece.style for piece in pieces if not piece.is_blank), pieces[0].style)
    pen = _Pen((patches[0].y, patches[0].x), style)
    return len(pen.draw(patches)[0])


class _Target(NamedTuple):
    """The place and style at the start of a patch."""

    place: tuple[int, int]
    style: CellStyle


class _Pen(NamedTuple):
    """The state of the terminal that decides how long a patch is."""

    place: tuple[int, int] | None = None
    """Line and column of the terminal's cursor, where they are known."""
    style: CellStyle | None = None
    system: ColorSystem = ColorSystem.TRUECOLOR
    saved: _Target | None = None
    """The place and style that ``_RESTORE`` restores."""
    saved_is_useful: bool = False
    """Whether it was saved or restored in this update."""
    saved_was_useful: bool = False
    """The same for the update before. If neither, another place may be saved."""
    costly: frozenset[_Target] = frozenset()
    """Targets that took many bytes to reach in this update."""
    costly_before: frozenset[_Target] = frozenset()
    """The same for the update before."""

    def for_update(self, system: ColorSystem, *, saves: bool) -> _Pen:
        """Return the pen for the next update; ``saves``: whether it may save a place."""
        return _Pen(
            self.place,
            self.style,
            system,
            self.saved if system is self.system else None,
            saved_was_useful=self.saved_is_useful or not saves,
            costly_before=self.costly,
        )

    def draw(self, patches: Sequence[Patch]) -> tuple[str, _Pen]:
        """Return the text to send for patches, and the pen afterwards."""
        sent: list[str] = []
        pen = self
        for patch in patches:
            start, pen = pen._go_to(patch)
            sent.append(start)
            style = pen.style
            for piece in patch.pieces:
                wanted = for_blank(style, piece.style) if piece.is_blank and style else piece.style
                sent += (change(style, wanted, self.system), piece.text)
                style = wanted
            pen = pen._replace(
                place=None if patch.end is None else (patch.y, patch.end), style=style
            )
        return "".join(sent), pen

    def _go_to(self, patch: Patch) -> tuple[str, _Pen]:
        """Return the shortest text that moves to the start of ``patch``, and the pen there."""
        target = self._target(patch)
        sent = self._sequence_to(target)
        pen = self._replace(place=target.place, style=target.style)
        if len(sent) < _MIN_SAVED_BYTES:
            return sent, pen
        pen = pen._replace(costly=self.costly | {target})
        if self.saved is not None:
            place, style = self.saved
            restored = _RESTORE + self._replace(place=place, style=style)._sequence_to(target)
            if len(restored) < len(sent):
                return restored, pen._replace(saved_is_useful=True)
        if target in self.costly_before and not (self.saved_is_useful or self.saved_was_useful):
            return sent + _SAVE, pen._replace(saved=target, saved_is_useful=True)
        return sent, pen

    def _target(self, patch: Patch) -> _Target:
        piece, style = patch.pieces[0], self.style
        wanted = for_blank(style, piece.style) if piece.is_blank and style else piece.style
        return _Target((patch.y, patch.x), wanted)

    def _sequence_to(self, target: _Target) -> str:
        """Return the text that moves the pen to ``target``, without the saved place."""
        return _move(self.place, *target.place) + change(self.style, target.style, self.system)

    def park(self, cursor: Offset) -> tuple[str, _Pen]:
        """Return the text that moves the cursor to its place, if it has one, and the pen there."""
        if not cursor:
            return "", self
        place = cursor.y, cursor.x
        return _move(self.place, *place), self._replace(place=place)

    def shortest_order(self, lines: Sequence[LinePatches], cursor: Offset) -> list[Patch]:
        """Return patches in the order that takes the fewest bytes of those that are tried."""

        def length(order: Sequence[Patch]) -> int:
            sent, pen = self.draw(order)
            return len(sent) + len(pen.park(cursor)[0])

        order = min((self._nearest(lines, weight) for weight in _STYLE_WEIGHTS), key=length)
        return _improved(order, lines, length) if len(order) <= _MAX_IMPROVED_PATCHES else order

    def _nearest(self, lines: Sequence[LinePatches], weight: float) -> list[Patch]:
        """Return patches in the order of a nearest-neighbour search, by the bytes to reach each.

        Bytes that change the style count ``weight`` times.
        """
        following = {id(line.clear): line.patches for line in lines if line.clear}
        ready = [line.clear for line in lines if line.clear]
        ready += [patch for line in lines if not line.clear for patch in line.patches]
        order: list[Patch] = []
        pen = self
        while ready:
            nearest = min(ready, key=lambda patch: pen._distance(patch, weight))
            ready.remove(nearest)
            order.append(nearest)
            pen = pen.draw((nearest,))[1]
            ready += following.pop(id(nearest), ())
        return order

    def _distance(self, patch: Patch, weight: float) -> float:
        """Return the weighted number of bytes that it takes to reach a patch."""
        sent, pen = self._go_to(patch)
        styles = len(change(self.style, pen.style, self.system)) if pen.style else 0
        return len(sent) + (weight - 1) * styles


def _improved(
    order: list[Patch], lines: Sequence[LinePatches], length: Callable[[Sequence[Patch]], int]
) -> list[Patch]:
    """Move each patch to its best place in the order; one that erases a line stays its first."""
    clears = [line.clear for line in lines if line.clear]
    best = length(order)
    for patch in order.copy():
        rest = [other for other in order if other is not patch]
        for at in range(len(rest) + 1):
            moved = [*rest[:at], patch, *rest[at:]]
            if all(_is_first(clear, moved) for clear in clears) and (tried := length(moved)) < best:
                best, order = tried, moved
    return order


def _is_first(clear: Patch, order: Sequence[Patch]) -> bool:
    """Whether ``clear`` comes before all other patches of its line."""
    return next(patch for patch in order if patch.y == clear.y) is clear


def _in_order(line: LinePatches) -> list[Patch]:
    return [*([line.clear] if line.clear else []), *line.patches]


@lru_cache(8192)
def _move(place: tuple[int, int] | None, y: int, x: int) -> str:
    """Return the shortest sequence that moves the cursor from ``place``, if that is known."""
    ways = [f"\x1b[{y + 1 if y else ''}{f';{x + 1}' if x else ''}H"]
    line, column = place or (-1, -1)
    down, right = y - line, x - column
    if place is None:
        pass
    elif not down and not right:
        return ""
    elif not down:
        ways.append(f"\x1b[{abs(right) if abs(right) > 1 else ''}{'C' if right > 0 else 'D'}")
        ways.append(f"\x1b[{x + 1}G" if x else "\r")
    elif not x and down == 1:
        # The line discipline may send another carriage return with the line feed: three bytes.
        ways.append("\r\n")
    elif not right:
        ways.append(f"\x1b[{abs(down) if abs(down) > 1 else ''}{'B' if down > 0 else 'A'}")
    return min(ways, key=len)


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
