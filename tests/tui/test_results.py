"""The result of a commit stays on the screen until it has been seen, whatever else happens."""

from __future__ import annotations

import pytest

from poptui.errors import LoginError
from poptui.mailbox.changes import ConnectionState, Notice, PasswordNeeded, StateChanged, Vanished
from poptui.mailbox.commit.outcome import Outcome
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import AppPilot, running, shows, text, until
from tests.tui.test_quit import two_marked

RESULT = "2 messages deleted"
PASSWORD = "refused the login"


async def committed(pilot: AppPilot) -> None:
    await two_marked(pilot)
    await pilot.press("$")
    await shows(pilot, "and stay")
    await pilot.press("c")
    await shows(pilot, RESULT)


async def test_neither_a_notice_nor_a_lost_line_nor_the_password_replaces_a_result() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, (120, 30)) as pilot:
        await committed(pilot)
        sentence = f"mail.example.com {PASSWORD}"
        mailbox.changed(Notice("2 new messages."))
        mailbox.changed(StateChanged(ConnectionState.OFFLINE, sentence))
        mailbox.changed(PasswordNeeded(sentence))
        await shows(pilot, sentence)
        await pilot.pause(0.1)
        assert RESULT in text(pilot)
        assert pilot.app.screen is pilot.app.mail  # type: ignore[attr-defined]
        await pilot.press("j")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "PasswordScreen")


async def test_a_result_outlasts_the_time_of_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.tui.widgets.key_bar.NOTICE_S", 0.05)
    async with running(FakeMailbox()) as pilot:
        await committed(pilot)
        await pilot.pause(0.3)
        assert RESULT in text(pilot)
        await pilot.press("j")
        await until(pilot, lambda: RESULT not in text(pilot))


async def test_the_key_that_closes_a_result_also_acts() -> None:
    async with running(FakeMailbox()) as pilot:
        await committed(pilot)
        await pilot.press("q")
        await until(pilot, lambda: pilot.app.return_value is not None)


async def test_vanished_messages_are_named_until_the_notice_is_read() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, (120, 30)) as pilot:
        await shows(pilot, "Subject 5")
        gone = mailbox.listing.entries[1:3]
        mailbox.changed(Vanished(tuple(gone)))
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "ResultScreen")
        await pilot.pause()
        shown = await shows(pilot, "2 messages are no longer on the server")
        assert "“Subject 4” from Sender 4, 9 Jun 2023" in shown
        assert "“Subject 3” from Sender 3, 8 Jun 2023" in shown
        mailbox.changed(PasswordNeeded("refused"))
        await pilot.pause(0.5)
        assert "no longer on the server" in text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "PasswordScreen")


async def test_messages_that_vanished_in_a_successful_commit_are_reported() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, (120, 30)) as pilot:
        await two_marked(pilot)
        deleted, vanished = mailbox.marked(), mailbox.listing.entries[-1:]
        mailbox.outcome = Outcome(deleted=tuple(deleted), vanished=tuple(vanished))
        await pilot.press("q")
        await shows(pilot, "and quit")
        await pilot.press("c")
        shown = await shows(pilot, "though not marked here: 1 message")
        assert "“Subject 1” from Sender 1" in shown
        await pilot.pause(0.5)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.return_value is not None)
        assert "Subject 1" in str(pilot.app.return_value)


async def test_marks_without_uid_are_announced_as_not_kept() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, (100, 30)) as pilot:
        await two_marked(pilot)
        mailbox.session_only = mailbox.marked()[:1]
        await pilot.press("q")
        await shows(pilot, "Keep marks for next time (1 without UID can't be kept)")
        await pilot.press("k")
        await until(pilot, lambda: pilot.app.return_value is not None)
        sentence = str(pilot.app.return_value)
        assert "1 mark is kept for next time" in sentence
        assert "Not kept, because they have no UID: “Subject 5”" in sentence


async def test_a_wait_for_the_look_is_shown_and_esc_ends_it() -> None:
    mailbox = FakeMailbox()
    mailbox.waits = (30.0, LoginError("mail.example.com refused the login (“too often”)."))
    async with running(mailbox, (120, 30)) as pilot:
        await two_marked(pilot)
        await pilot.press("$")
        await shows(pilot, "and stay")
        await pilot.press("c")
        shown = await shows(pilot, "too often")
        assert "Next try at" in shown
        await pilot.press("escape")
        await until(pilot, lambda: "stop_checking" in mailbox.calls)
        await shows(pilot, RESULT)
