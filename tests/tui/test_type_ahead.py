"""Screens that open by themselves take no key typed before they can have been read."""

from __future__ import annotations

import pytest

from poptui.mailbox.changes import Listed
from poptui.mailbox.commit.outcome import Outcome
from poptui.tui.screens.result import ResultScreen
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import app_of, running, shows, until
from tests.tui.test_previous_marks import QUESTION, offering
from tests.tui.test_quit import two_marked


@pytest.fixture
def pause(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make every screen too new to have been read."""
    monkeypatch.setattr("poptui.tui.screens.dialog.PAUSE_S", 1e6)
    return monkeypatch


async def test_a_filter_typed_at_the_start_does_not_forget_marks(
    pause: pytest.MonkeyPatch,
) -> None:
    mailbox = offering()
    async with running(mailbox) as pilot:
        await shows(pilot, QUESTION)
        await pilot.press("/", *"from:bob", "enter", "k", "escape")
        await shows(pilot, QUESTION)
        assert not {"keep earlier", "forget earlier"} & set(map(str, mailbox.calls))
        pause.setattr("poptui.tui.screens.dialog.PAUSE_S", 0.0)
        await pilot.press("f")
        await shows(pilot, "forgotten")


async def test_once_it_is_read_keys_may_be_quick(pause: pytest.MonkeyPatch) -> None:
    mailbox = offering()
    async with running(mailbox) as pilot:
        await shows(pilot, QUESTION)
        pause.setattr("poptui.tui.screens.dialog.PAUSE_S", 0.0)
        await pilot.press("j")
        pause.setattr("poptui.tui.screens.dialog.PAUSE_S", 1e6)
        await pilot.press("k")
        await shows(pilot, "Marked again")


async def test_a_result_stays_under_keys_struck_in_impatience(pause: pytest.MonkeyPatch) -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        mailbox.outcome = Outcome(remaining=tuple(mailbox.marked()))
        await pilot.press("q", "c")
        await shows(pilot, "Still there: 2 messages")
        await pilot.press("q", "enter", "space", "escape")
        assert isinstance(pilot.app.screen, ResultScreen)
        pause.setattr("poptui.tui.screens.dialog.PAUSE_S", 0.0)
        await pilot.press("enter")
        await until(pilot, lambda: app_of(pilot).return_value is not None)


async def test_a_question_waits_for_the_one_that_is_open() -> None:
    mailbox = offering()
    offer, mailbox.recovered.offer = mailbox.recovered.offer, None
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("q")
        await shows(pilot, "and quit")
        mailbox.recovered.offer = offer
        mailbox.changed(Listed())
        await pilot.pause()
        await pilot.press("escape")
        await shows(pilot, QUESTION)
