"""The terminal emulator of the tests: pyte, with erasing and a second screen as in xterm."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pyte
from wcwidth import wcwidth

ALTERNATE_SCREEN = 1049


class Emulator(pyte.Screen):
    """A screen whose erased cells and new lines take the current background, as in xterm.

    pyte colours only those cells of an erased screen that were written before, and no new lines. It
    also lacks the alternate screen, which a program leaves at its end.
    """

    def __init__(self, columns: int, lines: int, *, erases_in_colour: bool = True) -> None:
        self._erases_in_colour = erases_in_colour
        self._main: tuple[Any, Any] | None = None
        """Content and cursor of the main screen while the alternate one is shown."""
        self._lines: dict[int, str] = {}
        """The text of the lines that have not changed since ``display`` was read."""
        super().__init__(columns, lines)

    @property
    def display(self) -> list[str]:
        """The lines as text. Only changed lines are read again, since tests look very often."""
        for y in self.dirty:
            self._lines.pop(y, None)
        self.dirty.clear()
        return [self._lines.get(y) or self._read_line(y) for y in range(self.lines)]

    def _read_line(self, y: int) -> str:
        row = self.buffer[y]
        cells = [row[x].data for x in range(self.columns)]
        line = "".join(cells)
        if len(line) != self.columns or not line.isascii():
            line = "".join(_characters(cells))
        self._lines[y] = line
        return line

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        super().resize(lines, columns)
        self.tabstops = set(range(8, self.columns, 8))

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        super().set_mode(*modes, **kwargs)
        if ALTERNATE_SCREEN in modes and self._main is None:
            self._main = copy.deepcopy(self.buffer), copy.copy(self.cursor)
            self.erase_in_display(2)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        super().reset_mode(*modes, **kwargs)
        if ALTERNATE_SCREEN in modes and self._main is not None:
            (self.buffer, self.cursor), self._main = self._main, None
            self.dirty.update(range(self.lines))
            self.ensure_hbounds()
            self.ensure_vbounds()

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        assert how in (0, 2), "erasing above the cursor is not emulated"
        super().erase_in_display(how, *args, **kwargs)
        self._fill(range(self.lines) if how == 2 else range(self.cursor.y + 1, self.lines))

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        with_colour, self.cursor.attrs = self.cursor.attrs, self._erased()
        super().erase_in_line(how, private)
        self.cursor.attrs = with_colour

    def erase_characters(self, count: int | None = None) -> None:
        with_colour, self.cursor.attrs = self.cursor.attrs, self._erased()
        super().erase_characters(count)
        self.cursor.attrs = with_colour

    def insert_lines(self, count: int | None = None) -> None:
        super().insert_lines(count)
        self._fill(range(self.cursor.y, self.cursor.y + (count or 1)))

    def delete_lines(self, count: int | None = None) -> None:
        super().delete_lines(count)
        bottom = self.margins.bottom if self.margins else self.lines - 1
        self._fill(range(bottom + 1 - (count or 1), bottom + 1))

    def restore_cursor(self) -> None:
        """Restore the last saved cursor, any number of times; pyte does so only once."""
        saved = [copy.copy(point) for point in self.savepoints[-1:]]
        for point in saved:
            point = point._replace(cursor=copy.copy(point.cursor))
            self.savepoints.append(point)
        super().restore_cursor()

    def _erased(self) -> pyte.screens.Char:
        return self.cursor.attrs if self._erases_in_colour else self.default_char

    def _fill(self, lines: range) -> None:
        for y in lines:
            for x in range(self.columns):
                self.buffer[y][x] = self._erased()


def _characters(cells: list[str]) -> Iterator[str]:
    """Yield the characters of a line; a wide one is followed by an empty cell."""
    wide = False
    for cell in cells:
        if wide:
            wide = False
            continue
        wide = wcwidth(cell[0]) == 2
        yield cell
