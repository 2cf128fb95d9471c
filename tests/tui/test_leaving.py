"""Messages if the program can't keep or forget marks, or a commit failed."""

from __future__ import annotations

import pytest

from poptui.mailbox.entry import MessageEntry
from poptui.tui.results import ExitResult
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


async def test_marks_that_cannot_be_removed_from_the_journal_are_reported() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        mailbox.are_saved = False
        await pilot.press("x")
        await until(pilot, lambda: pilot.app.return_value is not None)
        assert "the next start asks again" in app_of(pilot).exit_result().sentence


async def test_after_an_internal_error_in_a_commit_the_outcome_is_unknown(
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
        assert (
            app_of(pilot).exits.deletion_state
            == "it is unknown what was deleted: list the mailbox again to see"
        )
        await pilot.press("x")
        await until(pilot, lambda: pilot.app.return_value is not None)
        assert (
            app_of(pilot)
            .exit_result()
            .sentence.startswith("It is unknown what was deleted: list the mailbox again to see.")
        )


async def test_switching_accounts_keeps_the_marks_without_asking() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("A")
        await until(pilot, lambda: pilot.app.return_value is not None)
        sentence = "Nothing was deleted; 2 marks are kept for next time."
        assert app_of(pilot).exit_result() == ExitResult(0, sentence, to_accounts=True)
    assert "commit" not in str(mailbox.calls)


async def test_switching_asks_about_marks_that_would_be_lost() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        mailbox.session_only = mailbox.marked()[:1]
        await pilot.press("A")
        await shows(pilot, "Quit without deleting")
        await pilot.press("escape")
        await until(pilot, lambda: not app_of(pilot).has_dialog)
        await pilot.press("q")
        await shows(pilot, "Quit without deleting")
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.return_value is not None)
        # The switch was cancelled, so this is the end.
        assert not app_of(pilot).exit_result().to_accounts


async def test_switching_with_marks_that_cannot_be_written_stays() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)

        async def fail() -> list[MessageEntry]:
            return []

        mailbox.save = fail  # type: ignore[method-assign]
        await pilot.press("A")
        await shows(pilot, "could not be written to the disk")
        assert pilot.app.return_value is None
