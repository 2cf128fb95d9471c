"""Run the app under a pilot, and read its screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from inspect import getsource

from textual.pilot import Pilot

from poptui.storage.settings import Settings
from poptui.tui.apps.mailbox_app import PoptuiApp
from poptui.tui.results import ExitResult
from tests.tui.fake_mailbox import FakeMailbox

AppPilot = Pilot[ExitResult]

PATIENCE_S = 60.0
"""How long a test waits for the screen to change."""


@asynccontextmanager
async def running(
    mailbox: FakeMailbox, size: tuple[int, int] = (80, 24), settings: Settings | None = None
) -> AsyncIterator[AppPilot]:
    """Run the app on ``mailbox``, with its listing shown unless something delays it."""
    async with PoptuiApp(mailbox, settings=settings).run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot


def app_of(pilot: AppPilot) -> PoptuiApp:
    """Return the pilot's app with its type."""
    assert isinstance(pilot.app, PoptuiApp)
    return pilot.app


class NotLaidOutError(AssertionError):
    """The screen on top, or its size, is so new that it has no layout yet."""


def lines(pilot: AppPilot) -> list[str]:
    """Return the lines that the screen on top shows."""
    pilot.app.screen._compositor_refresh()
    width, height = pilot.app.size
    strips = pilot.app.screen._compositor.render_strips()
    if len(strips) != height:
        raise NotLaidOutError(f"{len(strips)} lines of {height}")
    assert all(strip.cell_length == width for strip in strips)
    return [strip.text for strip in strips]


def text(pilot: AppPilot) -> str:
    """Return the text of the screen on top, as one string."""
    return "\n".join(lines(pilot))


async def until(pilot: AppPilot, condition: Callable[[], bool], wanted: str = "") -> None:
    """Let the app work until ``condition`` holds; after ``PATIENCE_S`` fail and show the screen."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_S
    while not _holds(condition):
        if loop.time() > end:
            awaited = repr(wanted) if wanted else getsource(condition).strip()
            raise AssertionError(
                f"still waiting after {PATIENCE_S} s for {awaited}; the screen is\n{text(pilot)}"
            )
        await pilot.pause(0.01)


def _holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except NotLaidOutError:
        return False


async def shows(pilot: AppPilot, wanted: str) -> str:
    """Wait until ``wanted`` is on the screen, and its consequences; return the whole screen."""
    seen = ""

    def found() -> bool:
        nonlocal seen
        seen = text(pilot)
        return wanted in seen

    await until(pilot, found, wanted)
    await pilot.pause()
    whole = text(pilot)
    return whole if wanted in whole else seen
