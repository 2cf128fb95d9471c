"""Divide long work in the event loop into slices, so that keys are handled in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import perf_counter
from typing import TypeVar

SLICE_S = 0.02
"""Keys may wait this long for work that the user asked for."""

T = TypeVar("T")


async def sliced(
    items: Iterable[T], *, seconds: float = SLICE_S, rest_s: float = 0.0
) -> AsyncIterator[T]:
    """Yield ``items``; after every ``seconds`` of work let other tasks run, for ``rest_s`` seconds.

    Cancelling takes effect there.
    """
    end = perf_counter() + seconds
    for item in items:
        yield item
        if perf_counter() > end:
            await asyncio.sleep(rest_s)
            end = perf_counter() + seconds
