"""The screen without a connection, and the dialog for the password."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from textual.widgets import Input

from poptui.errors import LoginError, MailboxLockedError, ServerError
from poptui.mailbox.changes import ConnectionState, PasswordNeeded
from poptui.mailbox.commit.outcome import Outcome, Proof
from poptui.mailbox.entry import Mark
from poptui.tui.screens.password import PasswordScreen
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import AppPilot, app_of, lines, running, shows, text, until

LOST = "The connection to mail.example.com:995 was closed by the server."


async def test_a_loss_is_shown_with_the_next_try_until_reconnected() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, (120, 30)) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.next_try = datetime(2026, 3, 1, 14, 3, 20, tzinfo=UTC)
        mailbox.lose(LOST, ConnectionState.WAITING)
        shown = await shows(pilot, "next try 14:03:20")
        assert f"{LOST} Marks and list stay" in shown.replace("\n", " ")
        assert "Subject 5" in shown
        mailbox.come_back()
        await until(pilot, lambda: "next try" not in text(pilot))
        assert LOST not in text(pilot)


async def test_a_later_notice_is_not_cleared() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, (120, 30)) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.lose(LOST)
        await shows(pilot, LOST)
        app_of(pilot).say("Something else.")
        mailbox.come_back()
        await pilot.pause(0.1)
        assert "Something else." in text(pilot)


async def test_a_message_that_cannot_be_loaded_without_a_connection_says_so_once() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, (200, 50)) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.gate.clear()
        await pilot.press("enter")
        mailbox.fault = ServerError(LOST)
        mailbox.lose(LOST, ConnectionState.WAITING)
        mailbox.gate.set()
        await shows(pilot, LOST)
        await pilot.pause(0.2)
        assert text(pilot).count(LOST) == 1


async def test_keys_and_clicks_show_that_somebody_is_there() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        before = mailbox.touched
        await pilot.press("j")
        assert mailbox.touched > before


async def wait_for_question(pilot: AppPilot) -> str:
    """Wait for the password dialog; return the screen."""
    await until(pilot, lambda: isinstance(pilot.app.screen, PasswordScreen))
    await pilot.pause()
    return await shows(pilot, "Password for")


class TestPassword:
    async def test_it_is_asked_for_hidden_and_given(self) -> None:
        mailbox = FakeMailbox()
        async with running(mailbox) as pilot:
            await shows(pilot, "Subject 5")
            mailbox.changed(PasswordNeeded("mail.example.com:995 refused the login."))
            shown = await wait_for_question(pilot)
            assert "Password for user@mail.example.com:" in shown
            assert "refused the login" in shown
            assert not app_of(pilot).screen.query_one(Input).cursor_blink
            await pilot.press(*"hunter2")
            assert "hunter2" not in text(pilot)
            await pilot.press("enter")
            await until(pilot, lambda: ("password", "hunter2") in mailbox.calls)
            await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)

    async def test_one_that_is_refused_too_is_asked_for_again(self) -> None:
        mailbox = FakeMailbox(fault=None)
        async with running(mailbox) as pilot:
            await shows(pilot, "Subject 5")
            mailbox.changed(PasswordNeeded("Refused."))
            await wait_for_question(pilot)
            mailbox.fault = LoginError("Refused once more.")
            await pilot.press("a", "enter")
            await shows(pilot, "Refused once more.")
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)

    @pytest.mark.parametrize("keys", [["escape"], ["enter", "escape"]])
    async def test_without_one_nothing_is_tried(self, keys: list[str]) -> None:
        mailbox = FakeMailbox()
        async with running(mailbox) as pilot:
            await shows(pilot, "Subject 5")
            mailbox.changed(PasswordNeeded("Refused."))
            await wait_for_question(pilot)
            await pilot.press(*keys)
            await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)
            assert not any(isinstance(c, tuple) and c[0] == "password" for c in mailbox.calls)

    @pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50)])
    async def test_the_question_is_whole_at_every_size(self, size: tuple[int, int]) -> None:
        mailbox = FakeMailbox()
        async with running(mailbox, size) as pilot:
            await shows(pilot, "Subject 5")
            mailbox.changed(PasswordNeeded("mail.example.com refused it. " * 12))
            shown = await wait_for_question(pilot)
            assert "Log in" in shown


class TestCommits:
    async def test_the_dialog_counts_what_the_server_refused_apart(self) -> None:
        mailbox = FakeMailbox()
        async with running(mailbox) as pilot:
            await shows(pilot, "Subject 5")
            await pilot.press("d", "d", "d")
            mailbox.marked()[0].mark = Mark.REFUSED
            await pilot.press("q")
            await shows(pilot, "Delete 2 messages (7 kB) and quit; 1 refused by the server stays")

    async def test_a_lie_of_the_server_is_called_one(self) -> None:
        mailbox = FakeMailbox()
        async with running(mailbox, (120, 30)) as pilot:
            await shows(pilot, "Subject 5")
            await pilot.press("d")
            outcome = Outcome(remaining=tuple(mailbox.marked()), reply="“bye”", proof=Proof.LISTING)
            mailbox.outcome = outcome._replace(falsely_confirmed=True)
            await pilot.press("q")
            await shows(pilot, "Delete 1 message")
            await pilot.press("c")
            shown = await shows(pilot, "Still there, though the server said")
            assert "0 of 1 message deleted" in shown
            await pilot.press("enter")
            await until(pilot, lambda: pilot.app.return_value is not None)
            assert app_of(pilot).exit_result().code == 1

    async def test_an_unverified_deletion_is_reported_as_the_servers_word(self) -> None:
        mailbox = FakeMailbox()
        async with running(mailbox) as pilot:
            await shows(pilot, "Subject 5")
            await pilot.press("d")
            mailbox.outcome = Outcome(deleted=tuple(mailbox.marked()), proof=Proof.NONE)
            await pilot.press("q")
            await shows(pilot, "Delete 1 message")
            await pilot.press("c")
            await until(pilot, lambda: pilot.app.return_value is not None)
            assert "could not be verified" in app_of(pilot).exit_result().sentence


async def test_a_mailbox_that_is_locked_at_the_start_is_waited_for() -> None:
    locked = MailboxLockedError("The mailbox of user@mail.example.com is locked.")
    mailbox = FakeMailbox(fault=locked, reached=False)
    mailbox.next_try = datetime(2026, 3, 1, 14, 3, 20, tzinfo=UTC)
    mailbox.state = ConnectionState.WAITING
    async with running(mailbox) as pilot:
        mailbox.lose(str(locked), ConnectionState.WAITING)
        await shows(pilot, "next try 14:03:20")
        await until(pilot, lambda: "is locked" in "".join(lines(pilot)[1:-3]))
        await pilot.press("q")
        await until(pilot, lambda: pilot.app.return_value is not None)
        assert app_of(pilot).exit_result().code == 6
        assert app_of(pilot).exit_result().sentence == str(locked)
