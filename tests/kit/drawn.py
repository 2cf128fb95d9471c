"""Rows as terminals show them: painted, sent, and read back by column.

pyte and tmux have their own tables of character widths; both are used.
"""

from __future__ import annotations

import ctypes
import locale
import unicodedata
from collections.abc import Mapping, Sequence
from types import TracebackType

import pyte
from rich.console import Console
from textual.geometry import Offset
from textual.strip import Strip

from poptui.text.cells import units
from poptui.tui.painting.cells import cells_of
from poptui.tui.painting.renderer import DiffRenderer, Update
from tests.kit.emulator import Emulator
from tests.kit.tmux import Tmux

CONSOLE = Console(color_system="truecolor", force_terminal=True)
ShownRow = Mapping[int, str]
"""The text in each column."""


def painted(strips: Sequence[Strip], columns: int, rows: int) -> str:
    """Return what the renderer sends to a terminal with unknown content."""
    drawn = ((y, 0, cells_of(strip)) for y, strip in enumerate(strips))
    return DiffRenderer().render(Update(rows, columns, drawn), CONSOLE, Offset(0, 0))


def in_pyte(strips: Sequence[Strip], columns: int, rows: int) -> list[ShownRow]:
    """Return the rows as pyte shows them."""
    screen = Emulator(columns, rows)
    pyte.Stream(screen).feed(painted(strips, columns, rows))
    return [
        {column: cell.data for column, cell in screen.buffer[y].items()} for y in range(len(strips))
    ]


class TmuxScreen:
    """Rows as tmux shows them, with the width table of the C library; a context manager."""

    def __init__(self, columns: int, rows: int) -> None:
        self._size = columns, rows
        self._tmux = Tmux(columns, rows)
        self._width_of = ctypes.CDLL(None).wcwidth
        self._locale = ""

    def __enter__(self) -> TmuxScreen:
        self._locale = locale.setlocale(locale.LC_CTYPE)
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        self._tmux.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tmux.__exit__(kind, error, trace)
        locale.setlocale(locale.LC_CTYPE, self._locale)

    def read(self, strips: Sequence[Strip]) -> list[ShownRow]:
        """Return the text of each row."""
        lines = self._tmux.show(painted(strips, *self._size))
        return [self._by_column(line) for line in lines[: len(strips)]]

    def _by_column(self, line: str) -> ShownRow:
        """tmux captures the characters of a row, not their columns."""
        shown: dict[int, str] = {}
        column = last = 0
        for character in line:
            width = self._width_of(ord(character))
            if width > 0:
                shown[column], last = character, column
                column += width
            else:
                shown[last] += character
        return shown


def missing(strip: Strip, shown: ShownRow, columns: int) -> list[str]:
    """Return the parts of a row that are in the wrong place."""
    faults = [] if strip.cell_length == columns else [f"{strip.cell_length} cells: {strip.text!a}"]
    at = 0
    for unit, cells in units(strip.text):
        seen = "".join(shown.get(column, "") for column in range(at, at + cells)).strip()
        if seen.replace(" ", "") != unit.strip():
            faults.append(f"{unit!a} at {at}, shown {seen!a}")
        at += cells
    return faults


def bases_missing(strip: Strip, shown: ShownRow) -> list[str]:
    """The same for characters without their marks: pyte drops marks that don't combine."""
    faults, at = [], 0
    for unit, cells in units(strip.text):
        seen = unicodedata.normalize("NFD", shown.get(at, " ") or " ")
        if seen[0] != unicodedata.normalize("NFD", unit)[0] and not unit.isspace():
            faults.append(f"{unit!a} at {at}, shown {seen!a}")
        at += cells
    return faults
