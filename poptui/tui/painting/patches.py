"""Find the text to write and the cells to erase that turn a line into another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from poptui.text.cells import has_stable_width
from poptui.tui.painting.capabilities import TerminalCapabilities
from poptui.tui.painting.cells import WIDE_TAIL, CellStyle, Line

_MAX_BRIDGE_CELLS = 4
"""Writing this many unchanged cells again takes no more bytes than moving past them."""
_MAX_LEAD_CELLS = 3
"""Moving past this many unchanged cells may take more bytes than writing them again."""
_MOVE_BYTES = 4
"""The bytes of a move past erased cells, about."""
_MIN_ERASED_CELLS = 4
"""Fewer blanks are shorter than any sequence that erases them."""
_MIN_CLEARED_CELLS = 8
"""With fewer changed cells, erasing all of them first is never shorter."""


class Piece(NamedTuple):
    """Text in one style; may contain control sequences."""

    style: CellStyle
    text: str
    is_blank: bool
    """Whether it only writes blanks or erases, so that only the background of ``style`` matters."""


class Patch(NamedTuple):
    """The text for neighbouring cells; usually one piece."""

    y: int
    x: int
    pieces: tuple[Piece, ...]
    end: int | None
    """The column of the cursor afterwards; None where terminals differ, at the right edge."""
    lead: str = ""
    """The text of a few cells before it that have not changed and look like its first piece.

    Writing them again may be shorter than moving past them.
    """


class LinePatches(NamedTuple):
    """All patches for a line."""

    clear: Patch | None
    """Erases cells, before all patches."""
    patches: Sequence[Patch]
    """In the order of columns, but any order gives the same line."""

    def in_order(self) -> list[Patch]:
        """Return all patches in the order of columns."""
        return [*([self.clear] if self.clear else []), *self.patches]


def alternatives(y: int, old: Line, new: Line, can: TerminalCapabilities) -> list[LinePatches]:
    """Return several ways to turn line ``y`` from ``old`` to ``new``."""
    ways = [LinePatches(None, _Differ(y, old, new, can).patches())]
    if (cleared := _cleared(y, old, new, can)) is not None:
        ways.append(cleared)
    return ways


def can_erase(style: CellStyle, can: TerminalCapabilities) -> bool:
    """Whether erased cells look like blanks in this style."""
    return not style.attributes and (can.erases_in_colour or style.background is None)


def erasing(
    y: int, x: int, end: int, width: int, style: CellStyle, can: TerminalCapabilities
) -> Patch:
    """Return the patch that erases cells ``x`` to ``end``. Needs ``erases_cells`` inside a line."""
    sequence = "\x1b[K" if end == width else f"\x1b[{end - x}X"
    return Patch(y, x, (Piece(style, sequence, is_blank=True),), x)


def _cleared(y: int, old: Line, new: Line, can: TerminalCapabilities) -> LinePatches | None:
    """Erase all from the first changed cell to the last, and write what is not blank."""
    changed = [x for x, cell in enumerate(new) if cell is not None and cell != old[x]]
    if len(changed) < _MIN_CLEARED_CELLS:
        return None
    first, end = changed[0], changed[-1] + 1
    while first and (cell := new[first]) is not None and cell[0] == WIDE_TAIL:
        first -= 1
    blanks = Counter(cell[1].on_blanks for cell in new[first:end] if cell is not None)
    style = blanks.most_common(1)[0][0]
    if not can_erase(style, can):
        return None
    blank = (" ", style)
    if all(cell == blank for cell in old[first:end]):
        return None
    if not can.erases_cells or all(cell == blank for cell in new[end:]):
        end = len(new)
    if None in new[first:end]:
        return None
    erased = [*old[:first], *[blank] * (end - first), *old[end:]]
    clear = erasing(y, first, end, len(new), style, can)
    return LinePatches(clear, _Differ(y, erased, new, can).patches())


class _Differ:
    """Collects the patches for one line."""

    def __init__(self, y: int, old: Line, new: Line, can: TerminalCapabilities) -> None:
        self._y, self._old, self._new, self._can = y, old, new, can
        self._patches: list[Patch] = []
        self._pieces: list[Piece] = []
        """The pieces of the unfinished patch, without its last one."""
        self._start = 0
        self._end: int | None = None
        """The column after that patch; None at the right edge, or if there is no patch."""
        self._style: CellStyle | None = None
        """The style of its last piece, if there is one; below, its text, and whether it is
        blank."""
        self._texts: list[str] = []
        self._is_blank = False

    def patches(self) -> list[Patch]:
        """Return the patches in the order of columns."""
        new, old, width = self._new, self._old, len(self._new)
        changed = [x for x, cell in enumerate(new) if cell != old[x] and cell and cell[0]]
        last = changed[-1] if changed else -1
        x, uncertain = changed[0] if changed else width, False
        while x < width and (x <= last or uncertain):
            cell = new[x]
            if cell is None or cell[0] == WIDE_TAIL or not (uncertain or cell != old[x]):
                x += 1
                continue
            text, style = cell
            if text == " " and not uncertain and (end := self._erasable(x, last)):
                self._close()
                start = 0 if end == width and self._is_blank_before(x) else x
                self._patches.append(erasing(self._y, start, end, width, style, self._can))
                x = end
                continue
            following = x + 1
            while following < width and (tail := new[following]) and tail[0] == WIDE_TAIL:
                following += 1
            self._add(x, following, text, style, glued=uncertain)
            uncertain = not has_stable_width(text)
            x = following
        self._close()
        return self._patches

    def _erasable(self, x: int, last: int) -> int:
        """Return the end of the blanks at ``x`` if erasing them is shorter than writing; else 0."""
        new, old, cell = self._new, self._old, self._new[x]
        width = len(new)
        if x + _MIN_ERASED_CELLS > width or new[x + _MIN_ERASED_CELLS - 1] != cell or cell is None:
            return 0
        if not can_erase(cell[1], self._can):
            return 0
        end = next((i for i in range(x, width) if new[i] != cell), width)
        cells = next(i + 1 - x for i in reversed(range(x, end)) if new[i] != old[i])
        if end == width:
            return width if cells > len("\x1b[K") else 0
        if not self._can.erases_cells:
            return 0
        least = len(f"\x1b[{cells}X") + _MOVE_BYTES * (x + cells <= last)
        return x + cells if cells > least else 0

    def _is_blank_before(self, x: int) -> bool:
        """Whether the line is blank up to ``x``: erased from its start, it takes fewer bytes."""
        cell = self._new[x]
        return all(other == cell for other in self._new[:x])

    def _add(self, x: int, following: int, text: str, style: CellStyle, *, glued: bool) -> None:
        """Add a unit, to the patch before it if possible, and always if it is ``glued`` to that."""
        inside = following < len(self._new)
        if not (has_stable_width(text) or not inside):
            text = _uncertain(text, following - x, following)
        if not (x == self._end or self._bridge(x, text, style)) or not self._join(text, style):
            if glued:
                self._end_piece()
            else:
                self._close()
            if not self._pieces:
                self._start = x
            self._style, self._texts, self._is_blank = style, [text], text == " "
        self._end = following if inside else None

    def _join(self, text: str, style: CellStyle) -> bool:
        """Add ``text`` to the last piece, if one style can paint both."""
        own = self._style
        if own is None:
            return False
        if style is own or (text == " " and own.on_blanks is style):
            self._is_blank = self._is_blank and text == " "
        elif self._is_blank and style.on_blanks is own:
            self._style, self._is_blank = style, False
        else:
            return False
        self._texts.append(text)
        return True

    def _bridge(self, x: int, text: str, style: CellStyle) -> bool:
        """Add the unchanged cells up to ``x`` if they are few and all in one style."""
        own = self._style
        if own is None or self._end is None or x - self._end > _MAX_BRIDGE_CELLS:
            return False
        gap = self._new[self._end : x]
        if not (style is own or (text == " " and own.on_blanks is style)):
            return False
        for cell in gap:
            if not cell or not cell[0].isascii() or cell[0] == WIDE_TAIL:
                return False
            if not (cell[1] is own or (cell[0] == " " and own.on_blanks is cell[1])):
                return False
        texts = [cell[0] for cell in gap if cell]
        self._texts += texts
        self._is_blank = self._is_blank and set(texts) <= {" "}
        return True

    def _end_piece(self) -> None:
        if self._style is not None:
            self._pieces.append(Piece(self._style, "".join(self._texts), self._is_blank))
            self._style = None

    def _close(self) -> None:
        self._end_piece()
        if self._pieces:
            self._patches.append(
                Patch(self._y, self._start, tuple(self._pieces), self._end, self._lead())
            )
            self._pieces = []
        self._end = None

    def _lead(self) -> str:
        """Return the unchanged cells before the patch that look like its first piece."""
        piece, start = self._pieces[0], self._start
        cells: list[str] = []
        for x in range(start - 1, max(0, start - _MAX_LEAD_CELLS) - 1, -1):
            cell = self._new[x]
            if cell is None or cell != self._old[x] or not _paints(piece, *cell):
                break
            cells.append(cell[0])
        return "".join(reversed(cells))


def _paints(piece: Piece, text: str, style: CellStyle) -> bool:
    """Whether the style of ``piece`` can paint this cell, which stays one whatever is beside it."""
    if text == " ":
        return piece.style.on_blanks is style
    return len(text) == 1 and text.isascii() and piece.style is style and not piece.is_blank


def _uncertain(text: str, width: int, following: int) -> str:
    """Return a unit that some terminals show narrower, over blanks and followed by its column."""
    back = "\b" * width if width <= 2 else f"\x1b[{width}D"
    return f"{' ' * width}{back}{text}\x1b[{following + 1}G"
