"""Find the order of patches that takes the fewest bytes to send."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from poptui.tui.painting.patches import LinePatches, Patch
from poptui.tui.painting.pen import PatchWriter, PenState

_STYLE_WEIGHTS = (1.0, 1.5, 3.0)
"""Weights of the bytes that change the style, relative to moves, in the search for the next patch.

Each weight finds the shortest order for some updates.
"""
_MAX_ORDERED_PATCHES = 64
"""More patches are only ordered by style: finding a better order takes quadratic time."""
_MAX_IMPROVED_PATCHES = 16
"""The order of more patches is not improved: it would take longer than a few bytes take to send."""
_MAX_RUN = 4
"""The number of patches that are moved together to improve an order."""


def shortest_order(
    writer: PatchWriter, start: PenState, lines: Sequence[LinePatches]
) -> list[Patch]:
    """Return the patches of all lines in the order that takes the fewest bytes of those tried."""
    in_order = [patch for line in lines for patch in line.in_order()]
    if len(in_order) > _MAX_ORDERED_PATCHES:
        return order_by_style(writer, start, lines)
    if len(in_order) < 2:
        return in_order
    orders = [in_order, *(_nearest(start, lines, weight) for weight in _STYLE_WEIGHTS)]
    shortest = min(orders, key=partial(writer.length, start))
    if len(in_order) > _MAX_IMPROVED_PATCHES:
        return shortest
    clears = {line.clear.y: line.clear for line in lines if line.clear}
    return _improved(_Order(writer, start, shortest), clears)


def order_by_style(
    writer: PatchWriter, start: PenState, lines: Sequence[LinePatches]
) -> list[Patch]:
    """Return the patches of all lines, those that begin in one style together, if that is shorter.

    For a whole screen: it takes a few bytes more than the best order, and hardly any time.
    """
    in_order = [patch for line in lines for patch in line.in_order()]
    clears = [line.clear for line in lines if line.clear]
    styles = dict.fromkeys(patch.pieces[0].style for line in lines for patch in line.patches)
    places = {style: place for place, style in enumerate(styles)}
    patches = [patch for line in lines for patch in line.patches]
    by_style = [*clears, *sorted(patches, key=lambda patch: places[patch.pieces[0].style])]
    return min(in_order, by_style, key=partial(writer.length, start))


def _nearest(state: PenState, lines: Sequence[LinePatches], weight: float) -> list[Patch]:
    """Return patches in the order of a nearest-neighbour search, by the bytes to reach each.

    Bytes that change the style count ``weight`` times.
    """

    def distance(patch: Patch) -> float:
        step = state.step(patch)
        return len(step.way) + (weight - 1) * step.style_length

    following = {line.clear: line.patches for line in lines if line.clear}
    ready = [line.clear for line in lines if line.clear]
    ready += [patch for line in lines if not line.clear for patch in line.patches]
    order: list[Patch] = []
    while ready:
        nearest = min(ready, key=distance)
        ready.remove(nearest)
        order.append(nearest)
        state = state.step(nearest).after
        ready += following.pop(nearest, ())
    return order


class _Order:
    """An order, with its length up to each patch."""

    def __init__(self, writer: PatchWriter, start: PenState, patches: list[Patch]) -> None:
        self.patches = patches
        self._writer = writer
        self._states, self._lengths = [start], [0]
        for step in start.steps(patches):
            self._states.append(step.after)
            self._lengths.append(self._lengths[-1] + step.length)
        self._length = self._lengths[-1] + self._park_length(self._states[-1])

    def rearranged(self, patches: list[Patch]) -> _Order:
        """Return another order of the same patches."""
        return _Order(self._writer, self._states[0], patches)

    def is_longer_than(self, patches: Sequence[Patch], first: int, end: int) -> bool:
        """Whether an order that differs only from ``first`` to ``end`` takes fewer bytes."""
        state, length = self._states[first], self._lengths[first]
        for index in range(first, len(patches)):
            if index >= end and state is self._states[index]:
                return length < self._lengths[index]
            step = state.step(patches[index])
            length += step.length
            state = step.after
        return length + self._park_length(state) < self._length

    def _park_length(self, state: PenState) -> int:
        return len(self._writer.park(state.pen)[0])


def _improved(order: _Order, clears: dict[int, Patch]) -> list[Patch]:
    """Move single patches, and a few together, to better places until no move helps."""
    while True:
        before = order
        for count in range(1, _MAX_RUN + 1):
            for start in range(len(order.patches) + 1 - count):
                for patches, first, end in _moves(order.patches, start, count):
                    if order.is_longer_than(patches, first, end) and _is_allowed(patches, clears):
                        order = order.rearranged(patches)
                        break
        if order is before:
            return order.patches


def _moves(patches: list[Patch], start: int, count: int) -> Iterator[tuple[list[Patch], int, int]]:
    """Yield the orders with ``count`` patches moved, and the range in which they differ."""
    run, rest = patches[start : start + count], patches[:start] + patches[start + count :]
    for at in range(len(rest) + 1):
        if at != start:
            yield [*rest[:at], *run, *rest[at:]], min(start, at), max(start, at) + count


def _is_allowed(patches: Sequence[Patch], clears: dict[int, Patch]) -> bool:
    """Whether what erases a line comes before the line's other patches."""
    first = {patch.y: patch for patch in reversed(patches)}
    return all(first[y] is clear for y, clear in clears.items())
