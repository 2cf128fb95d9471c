"""The tour of the demo: its steps in each keymap and size, and how it ends."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from poptui.mailbox.entry import MessageEntry
from poptui.storage.settings import Settings
from poptui.storage.tour_record import TourRecord
from poptui.tui.apps.mailbox_app import PoptuiApp
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.fake_mailbox import entries as fake_entries
from tests.tui.kit import AppPilot, app_of, lines, running, shows, text, until

KEYS = {
    "vim": ("j", "enter", "1", "d d", "u", "d d", "q"),
    "emacs": ("ctrl+n", "enter", "1", "d", "ctrl+underscore", "d", "q"),
    "gmail": ("j", "o", "1", "#", "z", "#", "q"),
}
SIZES = {"vim": (40, 10), "emacs": (200, 50), "gmail": (120, 40)}


def entries(count: int) -> list[MessageEntry]:
    """Return messages, the newest of which is spam."""
    found = fake_entries(count)
    for entry in found[:3]:
        entry.score = 9.0
    return found


async def press(pilot: AppPilot, keys: str) -> None:
    await pilot.press(*keys.split())
    await pilot.pause()


def strip_of(pilot: AppPilot) -> str:
    """Return the lines of the strip, joined; "" if it is not shown."""
    region = app_of(pilot).mail.panes.tour.region
    shown = [line.rstrip() for line in lines(pilot)[region.y : region.bottom]]
    return " ".join(" ".join(shown).split())


@pytest.mark.parametrize("keymap", KEYS)
async def test_each_step_names_the_key_that_does_it(keymap: str, tmp_path: Path) -> None:
    record, size = TourRecord(tmp_path / "state" / "shown"), SIZES[keymap]
    settings = Settings(keymap=keymap)
    app = PoptuiApp(FakeMailbox(entries(20)), settings=settings, tour=record)
    async with app.run_test(size=size) as pilot:
        await shows(pilot, "1/5")
        assert record.was_shown
        for number, key in enumerate(KEYS[keymap]):
            before = strip_of(pilot)
            assert "T End" in before
            assert app.keymap.first({"d d": "mark"}.get(key, "") or _action(app, key)) in before
            await press(pilot, key)
            if key != "q":
                await until(pilot, partial(_differs, pilot, before), f"what follows step {number}")
        await shows(pilot, "Cancel")
        await press(pilot, "escape")
        await until(pilot, lambda: strip_of(pilot) == "")


def _says(pilot: AppPilot, expected: str) -> bool:
    return expected in strip_of(pilot)


def _differs(pilot: AppPilot, before: str) -> bool:
    return strip_of(pilot) != before


def _action(app: PoptuiApp, key: str) -> str:
    return next(id for id, keys in app.keymap.keys.items() if key in keys)


async def test_it_can_be_left_by_a_click_and_never_covers_the_list(tmp_path: Path) -> None:
    app = PoptuiApp(FakeMailbox(entries(20)), tour=TourRecord(tmp_path / "shown"))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Tour 1/5")
        panes = app.mail.panes
        strip = panes.tour.region
        assert not any(strip.overlaps(pane.region) for pane in (panes.messages, panes.viewer))
        await pilot.resize_terminal(30, 6)
        await until(pilot, lambda: not panes.tour.display)
        await pilot.resize_terminal(80, 24)
        await shows(pilot, "Tour 1/5")
        await pilot.click("#end")
        await shows(pilot, "The tour has ended. T starts it again.")
        assert not panes.tour.display


async def test_it_asks_for_nothing_that_cannot_be_done(tmp_path: Path) -> None:
    """Without spam, the filter has to be cleared; read-only, nothing can be marked."""
    for readonly, expected in [
        (False, "4/5 No message is shown: Esc shows"),
        (True, "4/4 q quits."),
    ]:
        record = TourRecord(tmp_path / expected[:3].replace("/", " of "))
        app = PoptuiApp(FakeMailbox(fake_entries(20), readonly=readonly), tour=record)
        async with app.run_test(size=(80, 24)) as pilot:
            for key in ("j", "enter", "1"):
                await press(pilot, key)
            await until(pilot, partial(_says, pilot, expected), expected)
            if not readonly:
                await press(pilot, "escape")
                await until(pilot, lambda: "4/5 d marks" in strip_of(pilot))


async def test_outside_the_demo_there_is_none() -> None:
    async with running(FakeMailbox()) as pilot:
        await press(pilot, "T")
        await shows(pilot, "The tour is in the demo. Quit, then run: poptui demo")
        assert "Tour" not in text(pilot)
