"""The screen of the mailbox: the effects of keys, and of changes of the mailbox."""

from __future__ import annotations

import asyncio
from typing import BinaryIO

import pytest

from poptui.errors import ServerError
from poptui.mail.headers.header import Header
from poptui.mail.parsed_message import ParsedMessage, body_of
from poptui.mailbox.changes import Change, Notice
from poptui.mailbox.entry import Mark
from poptui.tui.screens.help import HelpScreen
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.viewer import Viewer
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import AppPilot, app_of, lines, running, shows, text, until


@pytest.fixture(autouse=True)
def _plain_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse messages in this process: the screen doesn't depend on how."""

    async def read(source: BinaryIO, **how: object) -> ParsedMessage:
        return ParsedMessage(Header(), "", (body_of(source.read().decode()),))

    monkeypatch.setattr("poptui.mail.reader.reader.parse_message", read)


SIZES = [(40, 10), (80, 24), (139, 17), (140, 30), (200, 50)]


def retrievals(mailbox: FakeMailbox) -> list[object]:
    return [call for call in mailbox.calls if isinstance(call, tuple) and call[0] == "retrieve"]


def marked(mailbox: FakeMailbox) -> list[int]:
    return [entry.number for entry in mailbox.marked()]


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_shows_status_list_and_keys(size: tuple[int, int]) -> None:
    async with running(FakeMailbox(), size) as pilot:
        await shows(pilot, "Subject 5")
        shown = lines(pilot)
        assert "user@mail.example.com" in shown[0]
        assert shown[-1].rstrip().endswith("q quit")


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_opens_a_message_and_returns_to_the_list(size: tuple[int, int]) -> None:
    async with running(FakeMailbox(), size) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "Hello from the body.")
        await pilot.press("escape")
        await shows(pilot, "d mark")
        assert "Subject 4" in text(pilot)


async def test_a_resize_at_any_moment_keeps_the_screen_whole() -> None:
    async with running(FakeMailbox(content=entries(100))) as pilot:
        for size in [*SIZES, (20, 4), (1, 1), (80, 24)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            lines(pilot)
        assert "Subject 100" in text(pilot)


async def test_moving_fetches_no_message() -> None:
    mailbox = FakeMailbox(content=entries(60))
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 60")
        await pilot.press("j", "down", "k", "up", "pagedown", "pageup", "G", "g", "tab", "j", "G")
        await pilot.pause()
    assert not retrievals(mailbox)


async def test_the_viewer_shows_the_card_of_the_row_under_the_cursor() -> None:
    async with running(FakeMailbox()) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("j")
        await until(pilot, lambda: shown_number(pilot) == 4)
        await pilot.press("down")
        await until(pilot, lambda: shown_number(pilot) == 3)
        await pilot.press("up")
        await until(pilot, lambda: shown_number(pilot) == 4)
        await pilot.press("G")
        await until(pilot, lambda: shown_number(pilot) == 1)


def shown_number(pilot: AppPilot) -> int | None:
    shown = app_of(pilot).mail.panes.viewer.shown
    return None if shown is None else shown.number


async def test_d_marks_and_moves_on_u_unmarks_z_undoes() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d", "d", "#", "delete")
        assert marked(mailbox) == [5, 4, 3, 2]
        await pilot.press("k", "u")
        assert marked(mailbox) == [5, 4, 3]
        await pilot.press("z", "z")
        assert marked(mailbox) == [5, 4, 3]
        await pilot.press("z", "z", "z", "z")
        assert marked(mailbox) == []
        await shows(pilot, "Nothing to undo.")


async def test_a_message_that_cannot_be_marked_says_why_and_stays_under_the_cursor() -> None:
    mailbox = FakeMailbox(refusal="Two messages have this UID; open it first.")
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d")
        await shows(pilot, "Two messages have this UID; open it first.")
        assert app_of(pilot).mail.panes.messages.entry is mailbox.content[0]
        await pilot.press("j")
        await shows(pilot, "q quit")


async def test_unmark_all_asks_and_takes_no_for_an_answer() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("U")
        await shows(pilot, "Nothing is marked.")
        await pilot.press("d", "d", "U")
        await shows(pilot, "Unmark 2 messages (9 kB)")
        await pilot.press("enter")
        await shows(pilot, "q quit")
        assert marked(mailbox) == [5, 4]
        await pilot.press("U", "y")
        await until(pilot, lambda: not marked(mailbox))
        await pilot.press("z")
        assert marked(mailbox) == [5, 4]


async def test_enter_shows_progress_and_escape_stops_it() -> None:
    mailbox = FakeMailbox(progress=[1024])
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.gate.clear()
        await pilot.press("enter")
        await shows(pilot, "Esc stops")
        await pilot.press("escape")
        await until(pilot, lambda: ("stopped", 5) in mailbox.calls)
        await until(pilot, lambda: "Esc stops" not in text(pilot))
        await pilot.press("escape")
        await shows(pilot, "q quit")


async def test_the_interface_moves_and_marks_while_a_message_arrives() -> None:
    mailbox = FakeMailbox(progress=[10])
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.gate.clear()
        await pilot.press("enter", "tab", "j", "d")
        assert marked(mailbox) == [4]
        assert "Esc stops" not in text(pilot)
        await pilot.press("g")
        await shows(pilot, "Esc stops")
        mailbox.gate.set()
        await shows(pilot, "Hello from the body.")


async def test_a_message_that_arrives_late_does_not_cover_another_card() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.gate.clear()
        await pilot.press("enter", "tab", "j")
        mailbox.gate.set()
        await until(pilot, lambda: not app_of(pilot).mail.reader.loader.busy)
        assert shown_number(pilot) == 4
        await pilot.press("k", "enter")
        await shows(pilot, "Hello from the body.")
        assert len(retrievals(mailbox)) == 1


async def test_a_message_refused_shows_the_sentence_in_the_viewer() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.fault = ServerError("The server sent no message 5.")
        await pilot.press("enter")
        await shows(pilot, "The server sent no message 5.")
        mailbox.load(mailbox.content[0])
        await pilot.pause(0.2)
        await shows(pilot, "The server sent no message 5.")
        await pilot.press("tab", "d")
        assert marked(mailbox) == [5]


async def test_tab_and_escape_go_back_from_the_viewer() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mail = app_of(pilot).mail
        for key in ("tab", "escape"):
            await pilot.press("tab")
            assert isinstance(mail.focused, Viewer)
            await pilot.press(key)
            assert isinstance(mail.focused, MessageList)
    assert "discard" not in mailbox.calls


async def test_d_in_the_viewer_marks_the_message_and_shows_the_next() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "Hello from the body.")
        await pilot.press("d", "d")
        assert marked(mailbox) == [5, 4]


async def test_headers_that_arrive_are_drawn_and_aimed_at() -> None:
    mailbox = FakeMailbox(content=entries(200, headers=False))
    async with running(mailbox) as pilot:
        await until(pilot, lambda: bool(mailbox.visible))
        assert mailbox.visible[0].number == 200
        assert len(mailbox.visible) < 24
        mailbox.load(*mailbox.content[:2])
        await shows(pilot, "Subject 199")
        await pilot.press("G")
        await until(pilot, lambda: mailbox.visible[-1].number == 1)


async def test_a_stream_of_headers_is_drawn_in_batches() -> None:
    mailbox = FakeMailbox(content=entries(500, headers=False))
    async with running(mailbox) as pilot:
        await until(pilot, lambda: bool(mailbox.visible))
        mail = app_of(pilot).mail
        batches: list[object] = []
        deliver = mail._changes._deliver

        def record(changes: list[Change]) -> None:
            batches.append(changes)
            deliver(changes)

        mail._changes._deliver = record
        for entry in mailbox.content:
            mailbox.load(entry)
        await shows(pilot, "Subject 500")
        await until(pilot, lambda: not mail._changes._waiting)
    assert len(batches) <= 2


async def test_a_lost_connection_is_reported_and_r_tries_again() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d")
        mailbox.lose("The server hung up.")
        await shows(pilot, "The server hung up. Marks and list stay; r tries again.")
        mailbox.fault = ServerError("No way to the server.")
        await pilot.press("r")
        await shows(pilot, "No way to the server. r tries again.")
        await pilot.press("f5")
        await shows(pilot, "q quit")
        assert mailbox.calls.count("refresh") == 2
        assert marked(mailbox) == [5]


async def test_refresh_keeps_the_cursor_on_its_message() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("j", "j")
        mailbox.content = entries(7)[:2] + mailbox.content
        await pilot.press("r")
        await shows(pilot, "Subject 7")
        entry = app_of(pilot).mail.panes.messages.entry
        assert entry is not None
        assert entry.number == 3


async def test_an_empty_mailbox_says_so_and_takes_every_key() -> None:
    mailbox = FakeMailbox(content=[])
    async with running(mailbox) as pilot:
        await shows(pilot, "The mailbox is empty.")
        await pilot.press("j", "k", "g", "G", "d", "u", "z", "enter", "pagedown", "$")
        await shows(pilot, "Nothing is marked.")


async def test_a_notice_of_the_mailbox_is_shown_until_a_key() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.changed(Notice("This server has no UIDL [/]: marks hold for now."))
        await shows(pilot, "This server has no UIDL [/]: marks hold for now.")
        await pilot.press("j")
        await shows(pilot, "q quit")


async def test_help_opens_once_and_closes() -> None:
    async with running(FakeMailbox()) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("?")
        await shows(pilot, "To the bottom: the oldest message")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("down", "up", "?")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)


async def test_a_click_on_the_key_bar_does_what_the_key_does() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.click("KeyBar", offset=(2, 0))
        await until(pilot, lambda: marked(mailbox) == [5])


async def test_refused_marks_keep_their_glyph_and_words() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.mark([mailbox.content[0]])
        mailbox.content[0].mark = Mark.REFUSED
        mailbox.load(mailbox.content[0])
        await until(pilot, lambda: any(line.lstrip("▌ ").startswith("!") for line in lines(pilot)))


async def test_a_new_listing_keeps_the_place_in_the_text_that_is_read() -> None:
    mailbox = FakeMailbox(body=b"\n".join(b"Line %d" % number for number in range(100)))
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "Line 3")
        await pilot.press("G")
        await shows(pilot, "Line 99")
        mailbox.content = entries(6)[:1] + mailbox.content
        await pilot.press("r")
        await shows(pilot, "6 messages")
        assert "Line 99" in text(pilot)


async def test_a_message_that_is_being_read_has_arrived_to_its_last_octet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    never = asyncio.Event()

    async def read(source: BinaryIO, **how: object) -> ParsedMessage:
        await never.wait()
        raise AssertionError

    monkeypatch.setattr("poptui.mail.reader.reader.parse_message", read)
    mailbox = FakeMailbox(progress=[1, 2, 3], body=b"x" * 777)
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "0.8 of 5 kB")
        await pilot.press("escape")
        await until(pilot, lambda: mailbox.retrieved[0].closed)
        await until(pilot, lambda: "0.8 of" not in text(pilot))


async def test_enter_in_the_viewer_keeps_the_place() -> None:
    mailbox = FakeMailbox(body=b"\n".join(b"Line %d" % number for number in range(100)))
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "Line 3")
        await pilot.press("G", "enter")
        await shows(pilot, "Line 99")
        assert len(retrievals(mailbox)) == 1
