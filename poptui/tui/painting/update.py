"""What Textual hands over to be shown: the one place that knows how its updates are made.

They are no public part of Textual. What does not look as expected is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from poptui.tui.painting.cells import Cell, cells_of

Drawn = Iterator[tuple[int, int, list[Cell]]]
"""Runs of cells: line, column, cells."""


class Update(NamedTuple):
    """New cells for a screen of ``height`` lines."""

    height: int
    width: int
    drawn: Drawn


def update_of(renderable: Any) -> Update | None:
    """What is to be shown; None for what is no update of the whole screen or of parts of it."""
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
