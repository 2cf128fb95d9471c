"""A mailbox opened read-only: every key of the interface, and its message."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from poptui.mailbox.wording import READ_ONLY
from poptui.tui.actions.registry import ACTIONS
from poptui.tui.apps.mailbox_app import PoptuiApp
from tests.kit.odd import OddServer
from tests.mailbox.watched import Watched, make_messages
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import running, shows

LEAVING = {"accounts", "quit", "leave", "discard", "suspend"}
"""Actions that end the program, or suspend it."""
ANSWERS = ["c", "y", "k", "enter", "escape", "escape"]
"""Keys that confirm a dialog, and those that close it."""


@pytest.mark.parametrize("key", ["d", "delete", "D", "$"])
async def test_marking_says_that_it_cannot_be_done(key: str) -> None:
    async with running(FakeMailbox(readonly=True, refusal=READ_ONLY)) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press(key)
        await shows(pilot, READ_ONLY)


@pytest.mark.parametrize("seed", range(3))
async def test_no_key_sends_dele(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # if a key may save to a folder typed by the next ones
    keys = [action.keys[0] for action in ACTIONS if action.id not in LEAVING]
    random.Random(seed).shuffle(keys)
    async with OddServer(make_messages(6)) as server:
        watched = Watched(server.port, readonly=True)
        await watched.ready()
        app = PoptuiApp(watched.mailbox)
        async with app.run_test() as pilot:
            await shows(pilot, "read-only")
            for key in keys:
                await pilot.press(key)
                if (
                    app.screen is not app.mail
                    or app.mail.panes.prompt.open
                    or app.mail.panes.question.open
                ):
                    await pilot.press(*ANSWERS)
            await pilot.press("d", "d", "$", "c", *ANSWERS)
            assert app.is_running
        watched.mailbox.session.abandon()
        await watched.mailbox.close()
        await asyncio.sleep(0)
        assert b"DELE" not in server.keywords
        assert len(server.messages) == 6
