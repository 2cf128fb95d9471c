"""Timeouts in tests expire if nothing happens, not if the processor is busy elsewhere."""

from __future__ import annotations

import asyncio
import selectors
import time

import pytest

from tests.kit.steady_loop import LONGEST_STEP_S, SteadyLoop


async def test_async_tests_run_in_a_steady_loop() -> None:
    assert isinstance(asyncio.get_running_loop(), SteadyLoop)


async def test_a_pause_between_two_steps_takes_nothing_from_a_limit() -> None:
    async with asyncio.timeout(0.1):
        for _ in range(3):
            time.sleep(0.2)  # noqa: ASYNC251
            await asyncio.sleep(0.001)


async def test_a_pause_while_waiting_takes_a_step_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    select = selectors.DefaultSelector.select

    def selected_late(
        self: selectors.DefaultSelector, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        found = select(self, timeout)
        time.sleep(0.3)
        return found

    before = asyncio.get_running_loop().time()
    monkeypatch.setattr(selectors.DefaultSelector, "select", selected_late)
    await asyncio.sleep(0.001)
    assert asyncio.get_running_loop().time() - before < 2 * LONGEST_STEP_S


async def test_a_limit_ends_where_nothing_happens() -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await asyncio.Event().wait()
    assert time.monotonic() - started >= 0.1
