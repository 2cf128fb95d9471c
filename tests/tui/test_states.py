"""Each state of the mailbox has a line that explains it and names the key to press."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from poptui.errors import ServerError
from poptui.mailbox.changes import ConnectionState, StateChanged
from poptui.storage.settings import Settings
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import AppPilot, app_of, lines, running, shows, until

LOST = "The connection to mail.example.com:995 was closed by the server."
KEYMAP = Settings(keymap="gmail")
"""Its refresh is F5, and its Enter is o."""


def state_line(pilot: AppPilot) -> str:
    """Return the lines of the state, joined; "" if there are none."""
    region = app_of(pilot).mail.panes.state.region
    return " ".join(" ".join(lines(pilot)[region.y : region.bottom]).split())


async def wait_for_state(pilot: AppPilot, wanted: str) -> None:
    await until(pilot, lambda: state_line(pilot) == wanted, wanted)


async def test_a_lost_connection_is_shown_with_the_key_that_reconnects() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, (80, 24), KEYMAP) as pilot:
        await shows(pilot, "Subject 5")
        await wait_for_state(pilot, "")
        mailbox.next_try = datetime(2026, 3, 1, 14, 3, 20, tzinfo=UTC)
        mailbox.lose(LOST, ConnectionState.WAITING)
        await until(pilot, lambda: "14:03:20, F5 " in state_line(pilot))
        mailbox.state = ConnectionState.CONNECTING
        mailbox.changed(StateChanged(mailbox.state))
        await until(pilot, lambda: state_line(pilot).startswith("Reconnecting …"))
        mailbox.next_try = None
        mailbox.lose(LOST, ConnectionState.OFFLINE)
        await until(pilot, lambda: state_line(pilot).startswith("Offline: F5 tries to connect."))
        assert "M shows what happened." in state_line(pilot)
        mailbox.come_back()
        await wait_for_state(pilot, "")
        mailbox.state = ConnectionState.OFFLINE  # as in the middle of a refresh
        mailbox.changed(StateChanged(mailbox.state))
        await pilot.pause(0.15)
        await wait_for_state(pilot, "")


@pytest.mark.parametrize(("key", "comes_back"), [("j", True), ("q", False)])
async def test_the_first_key_after_an_idle_release_connects_again(
    key: str, comes_back: bool
) -> None:
    """Except quitting: the server would get a login for nothing."""
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.state = ConnectionState.RELEASED
        mailbox.changed(StateChanged(mailbox.state))
        await until(pilot, lambda: "Any key reconnects" in state_line(pilot))
        mailbox.calls.clear()
        await pilot.press(key)
        await pilot.pause(0.3)
        assert ("connect" in mailbox.calls) is comes_back
        if comes_back:
            await wait_for_state(pilot, "")


async def test_read_only_is_shown() -> None:
    mailbox = FakeMailbox(readonly=True)
    async with running(mailbox, (80, 24), KEYMAP) as pilot:
        await shows(pilot, "Subject 5")
        await wait_for_state(
            pilot,
            "Read-only: nothing can be marked or deleted. o opens, e saves a message.",
        )
        assert "mark" not in lines(pilot)[-1]
        await pilot.resize_terminal(40, 10)
        await wait_for_state(pilot, "Read-only: o opens, e saves.")


async def test_a_header_that_cannot_be_loaded_says_why_and_what_helps() -> None:
    content = entries(5)
    content[0].header, content[0].problem = None, "“not this one”"
    async with running(FakeMailbox(content), (80, 24), KEYMAP) as pilot:
        shown = await shows(pilot, "Message 5: its header can't be loaded.")
        assert shown.count("“not this one”") == 2
        assert "o downloads the message; F5 asks for the header again." in shown


async def test_an_empty_mailbox_offers_no_key_that_needs_a_message() -> None:
    async with running(FakeMailbox(content=[])) as pilot:
        await shows(pilot, "The mailbox is empty.")
        bar = lines(pilot)[-1]
        assert "q quit" in bar
        assert not {"mark", "open", "preview"} & set(bar.split())


async def test_the_viewer_offers_no_key_for_a_message_if_it_shows_none() -> None:
    async with running(FakeMailbox()) as pilot:
        await shows(pilot, "q quit")
        await pilot.press("v", "tab")
        await shows(pilot, "mark group")
        assert not {"attached", "preview"} & set(lines(pilot)[-1].split())
        await pilot.press("escape", "slash", *"nothing like it", "enter", "tab")
        await shows(pilot, "No message matches")
        await until(pilot, lambda: "mark" not in lines(pilot)[-1].split())
        assert not {"open", "preview", "attached"} & set(lines(pilot)[-1].split())


async def test_an_empty_list_shows_the_state_itself() -> None:
    mailbox = FakeMailbox(content=[], fault=ServerError(LOST))
    async with running(mailbox, (80, 24), KEYMAP) as pilot:
        await shows(pilot, "Connecting …")
        await shows(pilot, "q  Quit")
        mailbox.lose(LOST)
        await shows(pilot, "F5  Try again   q  Quit")
        await wait_for_state(pilot, "")
