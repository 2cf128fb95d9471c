"""Screens accept keys at once: tests don't wait for the time in which a user reads a question.

``test_serial_input.py`` and the acceptance tests keep the real times.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from tests.kit.steady_loop import SteadyLoop

BUSY_S = 1.0
"""Maximum time that a pilot waits for a busy screen."""


@pytest.fixture(autouse=True)
def _read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.tui.screens.dialog.PAUSE_S", 0.0)
    monkeypatch.setattr("poptui.tui.serial_input.PACKET_GAP_S", 0.0)


@pytest.fixture(autouse=True)
def _go_on_when_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pilot's key press end once the app is idle.

    Textual itself compares processor time with real time, in steps of 20 ms.
    """
    for module in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{module}.wait_for_idle", idle)


async def idle(*_: float) -> None:
    """Wait until the event loop of the test is idle."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SteadyLoop)
    with suppress(TimeoutError):
        await asyncio.wait_for(loop.idle(), BUSY_S)
