"""Find lines that have only moved up or down, so that the terminal can move them itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from poptui.tui.painting.cells import Line

_PIECE_CELLS = 8
"""Lines are compared in pieces of this length, because panes beside the list don't scroll with
it."""
_MAX_SAME_PIECES = 3
"""A piece that more lines share, such as a frame, doesn't show where a line went."""
_CANDIDATES = 2
"""Maximum number of distances that are examined in detail."""


class Scroll(NamedTuple):
    """Lines ``top`` to ``bottom`` move up by ``distance`` lines; down if it is negative."""

    top: int
    bottom: int
    distance: int

    def sequence(self, height: int) -> str:
        """Return the control sequence.

        The cursor's position is unknown afterwards, because emulators differ.
        """
        count = abs(self.distance)
        shift = f"\x1b[{count if count > 1 else ''}{'M' if self.distance > 0 else 'L'}"
        start = f"\x1b[{self.top + 1 if self.top else ''}H"
        if self.bottom == height - 1:
            return start + shift
        return f"\x1b[{self.top + 1 if self.top else ''};{self.bottom + 1}r{start}{shift}\x1b[r"

    def apply(self, lines: Sequence[Line]) -> list[Line]:
        """Return the lines after the scroll. Those that scroll in are unknown: terminals differ in
        the colour of blank lines.
        """
        moved = list(lines)
        unknown: Line = [None] * len(lines[0])
        for y in range(self.top, self.bottom + 1):
            source = y + self.distance
            moved[y] = lines[source] if self.top <= source <= self.bottom else unknown
        return moved


def find_scroll(old: Sequence[Line], new: Sequence[Line]) -> tuple[Scroll | None, float]:
    """Return the scroll that saves most cells, and the share of the changed cells that it saves."""
    changed = [y for y in range(len(new)) if new[y] != old[y]]
    if len(changed) < 2:
        return None, 0.0
    votes = _votes(old, new, changed)
    found = [_best_region(old, new, distance) for distance, _ in votes.most_common(_CANDIDATES)]
    gain, scroll = max(found, default=(0, None))
    return scroll, gain / sum(_differing(old[y], new[y]) for y in changed)


def _votes(old: Sequence[Line], new: Sequence[Line], changed: Sequence[int]) -> Counter[int]:
    """Count by distance the pieces of text that have moved so far."""
    places: dict[tuple[int, str], list[int]] = {}
    for y, line in enumerate(old):
        for piece in _pieces(line):
            places.setdefault(piece, []).append(y)
    votes: Counter[int] = Counter()
    for y in changed:
        for piece in _pieces(new[y]):
            before = places.get(piece, ())
            if len(before) <= _MAX_SAME_PIECES:
                votes.update(other - y for other in before if other != y)
    return votes


def _pieces(line: Line) -> list[tuple[int, str]]:
    texts = [cell[0] if cell else "" for cell in line]
    pieces = ((x, "".join(texts[x : x + _PIECE_CELLS])) for x in range(0, len(texts), _PIECE_CELLS))
    return [piece for piece in pieces if not piece[1].isspace()]


def _best_region(old: Sequence[Line], new: Sequence[Line], distance: int) -> tuple[int, Scroll]:
    """Return the region where scrolling saves most cells, and their number."""
    best, found = 0, Scroll(0, 0, distance)
    total, start = 0, 0
    for y in range(len(new)):
        source = y + distance
        gain = -len(new[y])
        if 0 <= source < len(old):
            gain = _differing(old[y], new[y]) - _differing(old[source], new[y])
        if total <= 0:
            total, start = 0, y
        total += gain
        if total > best:
            best = total
            lines = (start, y, start + distance, y + distance)
            found = Scroll(min(lines), max(lines), distance)
    return best, found


def _differing(old: Line, new: Line) -> int:
    if old is new:
        return 0
    return sum(before != after for before, after in zip(old, new, strict=True))
