"""Leaving the program: what asks, what deletes, what doesn't, and the final sentence."""

from __future__ import annotations

import pytest

from poptui.errors import ServerError
from poptui.mail.headers.header import Header
from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.entry import Mark
from poptui.tui.flows.commit_progress import WorkingScreen
from poptui.tui.results import ExitResult
from poptui.tui.screens.choice import ChoiceScreen
from poptui.tui.screens.result import ResultScreen, entry_line
from poptui.tui.widgets.message_list import MessageList
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import AppPilot, app_of, running, shows, until

DIALOG = "Delete 2 messages (9 kB) and quit"


def commits(mailbox: FakeMailbox) -> list[object]:
    return [call for call in mailbox.calls if isinstance(call, tuple) and call[0] == "commit"]


async def ended(pilot: AppPilot) -> ExitResult:
    await until(pilot, lambda: pilot.app.return_value is not None)
    farewell = pilot.app.return_value
    assert farewell is not None
    return farewell


async def two_marked(pilot: AppPilot) -> None:
    await shows(pilot, "Subject 5")
    await pilot.press("d", "d")


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c", "x"])
async def test_without_marks_every_way_out_leaves_at_once(key: str) -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press(key)
        assert (await ended(pilot)).code == 0
    assert mailbox.calls[-1] == "discard"
    assert not commits(mailbox)


@pytest.mark.parametrize(("key", "stays"), [("q", False), ("$", True)])
async def test_a_commit_deletes_what_the_dialog_listed_and_nothing_marked_since(
    key: str, stays: bool
) -> None:
    """A rule marks a message whose header arrives while the dialog is open."""
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press(key)
        await shows(pilot, "Delete 2 messages (9 kB)")
        mailbox.mark([mailbox.content[4]])
        await until(pilot, lambda: len(mailbox.marked()) == 3)
        await pilot.press("c")
        await until(pilot, lambda: bool(commits(mailbox)))
    assert commits(mailbox) == [("commit", stays, 5, 4)]


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_with_marks_every_way_out_asks_and_lists_them(key: str) -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press(key)
        shown = await shows(pilot, DIALOG)
        assert "Quit without deleting" in shown
        assert "Subject 5" in shown
        assert "Subject 4" in shown
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "cancel"
    assert not commits(mailbox)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50)])
async def test_the_dialog_is_whole_at_every_size(size: tuple[int, int]) -> None:
    mailbox = FakeMailbox(content=entries(300))
    async with running(mailbox, size) as pilot:
        await shows(pilot, "Subject 300")
        for entry in mailbox.listing.entries[:200]:
            entry.mark = Mark.PENDING
        await pilot.press("q")
        shown = await shows(pilot, "Cancel")
        for piece in ("Delete 200 messages", "Quit without deleting", "Subject 300"):
            assert piece in shown
        await pilot.press("pagedown", "pagedown", "pagedown")
        listing = pilot.app.screen.query_one(MessageList)
        await until(pilot, lambda: listing.on_screen()[0].number < 300)


@pytest.mark.parametrize("keys", [["escape"], ["enter"], ["tab", "tab", "tab", "tab", "enter"]])
async def test_cancel_is_the_default_and_loses_nothing(keys: list[str]) -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("q")
        await shows(pilot, DIALOG)
        await pilot.press(*keys)
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)
        assert [entry.number for entry in mailbox.marked()] == [5, 4]
        await pilot.press("q")
        await shows(pilot, DIALOG)
    assert not commits(mailbox)


async def test_c_deletes_and_tells_how_much() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("q")
        await shows(pilot, DIALOG)
        await pilot.press("c")
        assert await ended(pilot) == ExitResult(0, "2 messages deleted (9 kB).")
    assert commits(mailbox) == [("commit", False, 5, 4)]


async def test_n_deletes_nothing() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("q")
        await shows(pilot, DIALOG)
        await pilot.press("n")
        assert await ended(pilot) == ExitResult(
            0, "Nothing was deleted. 2 messages no longer marked."
        )
    assert mailbox.calls[-2:] == ["forget", "discard"]
    assert not commits(mailbox)


async def test_x_deletes_nothing_even_with_marks() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("x")
        assert await ended(pilot) == ExitResult(
            0, "Nothing was deleted. 2 messages no longer marked."
        )
    assert mailbox.calls[-2:] == ["forget", "discard"]
    assert not commits(mailbox)


async def test_k_keeps_the_marks_for_next_time() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("q")
        await shows(pilot, "Keep marks for next time")
        await pilot.press("k")
        sentence = "Nothing was deleted; 2 marks are kept for next time."
        assert await ended(pilot) == ExitResult(0, sentence)
    assert mailbox.calls[-1] == "discard"
    assert "forget" not in mailbox.calls
    assert not commits(mailbox)


async def test_keeping_marks_is_offered_only_if_possible() -> None:
    mailbox = FakeMailbox(are_saved=False)
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("q")
        shown = await shows(pilot, DIALOG)
        assert "Keep marks" not in shown
        await pilot.press("k")
        await shows(pilot, DIALOG)


async def test_the_dialog_opens_once_however_often_it_is_asked_for() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("q", "q", "ctrl+q", "ctrl+c", "q")
        await shows(pilot, DIALOG)
        dialogs = [screen for screen in pilot.app.screen_stack if isinstance(screen, ChoiceScreen)]
        assert len(dialogs) == 1


async def test_no_key_is_taken_while_the_server_deletes() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        mailbox.gate.clear()
        await pilot.press("q")
        await shows(pilot, DIALOG)
        await pilot.press("c")
        await shows(pilot, "Deleting 2 messages (9 kB) …")
        await pilot.press("q", "ctrl+q", "ctrl+c", "escape", "x", "u", "enter", "d", "?", "ctrl+p")
        assert isinstance(pilot.app.screen, WorkingScreen)
        mailbox.gate.set()
        assert (await ended(pilot)).sentence == "2 messages deleted (9 kB)."
    assert len(commits(mailbox)) == 1


async def test_messages_not_deleted_are_listed_until_seen() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, (100, 40)) as pilot:
        await two_marked(pilot)
        await pilot.press("d", "d")
        five, four, three, two, _ = mailbox.content
        reasons = {three.key: "“[SYS/PERM] no \x1b]0;x\x07way”"}
        listed = "The server said “hm”."
        mailbox.outcome = Outcome((five,), (four,), (three,), (two,), reasons, listed)
        await pilot.press("q")
        await shows(pilot, "and quit")
        await pilot.press("c")
        for piece in (
            "1 of 4 messages deleted for certain.",
            "The server said “hm”.",
            "Refused by the server: 1 message",
            "Still there:",
            "Unknown; marked until poptui can check again:",
            "Deleted:",
            "[SYS/PERM] no",
            "#5",
            "#4",
            "#3",
            "#2",
        ):
            assert "\x1b" not in await shows(pilot, piece)
        assert pilot.app.return_value is None
        await pilot.press("j", "k", "pagedown", "enter")
        farewell = await ended(pilot)
    assert farewell.code == 1
    assert farewell.sentence == (
        "1 message deleted (5 kB). 1 message (3 kB) refused by the server. "
        "1 message (4 kB) still there. 1 message (2 kB) unknown."
    )


def test_a_subject_without_end_leaves_room_for_the_others() -> None:
    (entry,) = entries(1)
    entry.header = Header(subject="on and on " * 900)
    assert len(entry_line(entry)) <= 120
    assert entry_line(entry).startswith("#1  ")


async def test_a_commit_that_never_got_there_keeps_the_session_and_the_marks() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        mailbox.fault = ServerError("The server hung up.")
        await pilot.press("q")
        await shows(pilot, DIALOG)
        await pilot.press("c")
        assert "Nothing was deleted." in await shows(pilot, "The server hung up.")
        assert isinstance(pilot.app.screen, ResultScreen)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)
        assert [entry.number for entry in mailbox.marked()] == [5, 4]
        assert pilot.app.return_value is None


async def test_commit_and_stay_asks_deletes_and_continues() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        await pilot.press("$")
        await shows(pilot, "Delete 2 messages (9 kB) and stay")
        await pilot.press("escape", "$")
        await shows(pilot, "Delete 2 messages (9 kB) and stay")
        assert not commits(mailbox)
        await pilot.press("c")
        shown = await shows(pilot, "2 messages deleted (9 kB).")
        assert "Subject 3" in shown
        assert "Subject 4" not in shown
        assert pilot.app.return_value is None
    assert commits(mailbox) == [("commit", True, 5, 4)]


async def test_commit_and_stay_shows_the_messages_not_deleted() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await two_marked(pilot)
        mailbox.outcome = Outcome(unknown=tuple(mailbox.marked()))
        await pilot.press("$")
        await shows(pilot, "and stay")
        await pilot.press("c")
        await shows(pilot, "Unknown; marked until poptui can check again: 2 messages (9 kB)")
        await pilot.press("q")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)


async def test_leaving_without_a_connection_does_not_wait_for_one() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.lose("gone")
        await pilot.press("q")
        await ended(pilot)
    assert mailbox.calls[-1] == "abandon"


async def test_leaving_while_connecting_drops_the_line() -> None:
    mailbox = FakeMailbox(state=ConnectionState.CONNECTING)
    mailbox.gate.clear()
    async with running(mailbox) as pilot:
        await shows(pilot, "Connecting …")
        await pilot.press("q")
        assert (await ended(pilot)).code == 0
    assert mailbox.calls[-1] == "abandon"


async def test_a_server_that_says_no_goodbye_is_left_all_the_same() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.fault = ServerError("no answer")
        await pilot.press("q")
        assert (await ended(pilot)).code == 0
    assert mailbox.calls[-1] == "abandon"
