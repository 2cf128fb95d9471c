"""What the program says when it cannot keep or forget marks, or failed at a commit."""

from __future__ import annotations

import pytest

from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import app_of, running, shows, until
from tests.tui.test_quit import two_marked


async def test_marks_that_cannot_be_kept_keep_the_program_open() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("q")
        await shows(pilot, "Keep marks for next time")
        mailbox.are_saved = False
        await pilot.press("k")
        await shows(pilot, "could not be written to the disk")
        assert pilot.app.return_value is None
        assert len(mailbox.marked()) == 2


async def test_marks_that_cannot_be_forgotten_are_told_of() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        mailbox.are_saved = False
        await pilot.press("x")
        await until(pilot, lambda: pilot.app.return_value is not None)
        assert "the next start asks again" in app_of(pilot).exit_result().sentence


async def test_after_a_failure_of_ours_in_a_commit_nothing_is_claimed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = FakeMailbox()

    async def fail(call: object) -> None:
        raise ZeroDivisionError

    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("q")
        await shows(pilot, "and quit")
        with monkeypatch.context() as patch:
            patch.setattr(mailbox, "_server", fail)
            await pilot.press("c")
            await shows(pilot, "Internal error (")
        assert app_of(pilot).exits.deletion_state == "what was deleted is not known"
        await pilot.press("x")
        await until(pilot, lambda: pilot.app.return_value is not None)
        assert app_of(pilot).exit_result().sentence.startswith("What was deleted is not known.")
