"""Screens accept keys at once: tests don't wait for the time in which a user reads a question.

``test_serial_input.py`` and the acceptance tests keep the real times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

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


@pytest.fixture(autouse=True, scope="session")
def _parse_styles_once() -> Iterator[None]:
    """Let the apps of all tests share parsed styles; Textual parses them for each app."""
    parsed: dict[frozenset[tuple[str, str]], LRUCache[Any, Any]] = {}
    begin, set_variables = Stylesheet.__init__, Stylesheet.set_variables

    def share(sheet: Stylesheet, variables: dict[str, str]) -> None:
        sheet._parse_cache = parsed.setdefault(frozenset(variables.items()), LRUCache(512))

    def begin_and_share(sheet: Stylesheet, *, variables: dict[str, str] | None = None) -> None:
        begin(sheet, variables=variables)
        share(sheet, variables or {})

    def set_and_share(sheet: Stylesheet, variables: dict[str, str]) -> None:
        sheet._parse_cache = LRUCache(1)  # instead of the shared one, which would be emptied
        set_variables(sheet, variables)
        share(sheet, variables)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "__init__", begin_and_share)
        patch.setattr(Stylesheet, "set_variables", set_and_share)
        yield


async def idle(*_: float) -> None:
    """Wait until the event loop of the test is idle."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SteadyLoop)
    with suppress(TimeoutError):
        await asyncio.wait_for(loop.idle(), BUSY_S)
