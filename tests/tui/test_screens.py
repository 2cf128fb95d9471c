"""The screen of the maildrop: what keys do to it, and what changes of the maildrop do."""

from __future__ import annotations

import asyncio
from typing import BinaryIO

import pytest

from poptui.faults import ServerFault
from poptui.mail.header import Header
from poptui.mail.reading import Reading, body_of
from poptui.maildrop.changes import Change, Notice
from poptui.maildrop.entry import Mark
from poptui.tui.screens.help import HelpScreen
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.viewer import Viewer
from tests.tui.fake_maildrop import FakeMaildrop, entries
from tests.tui.kit import AppPilot, app_of, lines, running, shows, text, until


@pytest.fixture(autouse=True)
def _plain_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are read here and now: the screen does not care how."""

    async def read(source: BinaryIO, **how: object) -> Reading:
        return Reading(Header(), "", (body_of(source.read().decode()),))

    monkeypatch.setattr("poptui.mail.reader.read_letter", read)


SIZES = [(40, 10), (80, 24), (139, 17), (140, 30), (200, 50)]


def retrievals(maildrop: FakeMaildrop) -> list[object]:
    return [call for call in maildrop.calls if isinstance(call, tuple) and call[0] == "retrieve"]


def marked(maildrop: FakeMaildrop) -> list[int]:
    return [entry.number for entry in maildrop.marked()]


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_shows_status_list_and_keys(size: tuple[int, int]) -> None:
    async with running(FakeMaildrop(), size) as pilot:
        await shows(pilot, "Subject 5")
        shown = lines(pilot)
        assert "user@mail.example.com" in shown[0]
        assert shown[-1].rstrip().endswith("q quit")


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_opens_a_message_and_comes_back(size: tuple[int, int]) -> None:
    async with running(FakeMaildrop(), size) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "Hello from the body.")
        await pilot.press("escape")
        await shows(pilot, "d delete")
        assert "Subject 4" in text(pilot)


async def test_a_resize_at_any_moment_keeps_the_screen_whole() -> None:
    async with running(FakeMaildrop(content=entries(100))) as pilot:
        for size in [*SIZES, (20, 4), (1, 1), (80, 24)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            lines(pilot)
        assert "Subject 100" in text(pilot)


async def test_moving_fetches_no_message() -> None:
    maildrop = FakeMaildrop(content=entries(60))
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 60")
        await pilot.press("j", "down", "k", "up", "pagedown", "pageup", "G", "g", "tab", "j", "G")
        await pilot.pause()
    assert not retrievals(maildrop)


async def test_the_viewer_shows_the_card_of_the_row_under_the_cursor() -> None:
    async with running(FakeMaildrop()) as pilot:
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
    shown = app_of(pilot).mail.viewer.shown
    return None if shown is None else shown.number


async def test_d_marks_and_moves_on_u_unmarks_z_undoes() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d", "d", "#", "delete")
        assert marked(maildrop) == [5, 4, 3, 2]
        await pilot.press("k", "u")
        assert marked(maildrop) == [5, 4, 3]
        await pilot.press("z", "z")
        assert marked(maildrop) == [5, 4, 3]
        await pilot.press("z", "z", "z", "z")
        assert marked(maildrop) == []
        await shows(pilot, "Nothing to undo.")


async def test_a_message_that_cannot_be_marked_says_why_and_stays_under_the_cursor() -> None:
    maildrop = FakeMaildrop(refusal="Two messages have this UID; open it first.")
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d")
        await shows(pilot, "Two messages have this UID; open it first.")
        assert app_of(pilot).mail.messages.entry is maildrop.content[0]
        await pilot.press("j")
        await shows(pilot, "q quit")


async def test_unmark_all_asks_and_takes_no_for_an_answer() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("U")
        await shows(pilot, "Nothing is marked.")
        await pilot.press("d", "d", "U")
        await shows(pilot, "Unmark 2 messages (9 kB)")
        await pilot.press("enter")
        await shows(pilot, "q quit")
        assert marked(maildrop) == [5, 4]
        await pilot.press("U", "y")
        await until(pilot, lambda: not marked(maildrop))
        await pilot.press("z")
        assert marked(maildrop) == [5, 4]


async def test_enter_shows_progress_and_escape_stops_it() -> None:
    maildrop = FakeMaildrop(progress=[1024])
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        maildrop.gate.clear()
        await pilot.press("enter")
        await shows(pilot, "Esc stops")
        await pilot.press("escape")
        await until(pilot, lambda: ("stopped", 5) in maildrop.calls)
        await until(pilot, lambda: "Esc stops" not in text(pilot))
        await pilot.press("escape")
        await shows(pilot, "q quit")


async def test_the_interface_moves_and_marks_while_a_message_arrives() -> None:
    maildrop = FakeMaildrop(progress=[10])
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        maildrop.gate.clear()
        await pilot.press("enter", "tab", "j", "d")
        assert marked(maildrop) == [4]
        assert "Esc stops" not in text(pilot)
        await pilot.press("g")
        await shows(pilot, "Esc stops")
        maildrop.gate.set()
        await shows(pilot, "Hello from the body.")


async def test_a_message_that_comes_late_does_not_cover_another_card() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        maildrop.gate.clear()
        await pilot.press("enter", "tab", "j")
        maildrop.gate.set()
        await until(pilot, lambda: not app_of(pilot).mail._opening.busy)
        assert shown_number(pilot) == 4
        await pilot.press("k", "enter")
        await shows(pilot, "Hello from the body.")
        assert len(retrievals(maildrop)) == 1


async def test_a_message_refused_shows_the_sentence_in_the_viewer() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        maildrop.fault = ServerFault("The server sent no message 5.")
        await pilot.press("enter")
        await shows(pilot, "The server sent no message 5.")
        maildrop.load(maildrop.content[0])
        await pilot.pause(0.2)
        await shows(pilot, "The server sent no message 5.")
        await pilot.press("tab", "d")
        assert marked(maildrop) == [5]


async def test_tab_and_escape_go_back_from_the_viewer() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        mail = app_of(pilot).mail
        for key in ("tab", "escape"):
            await pilot.press("tab")
            assert isinstance(mail.focused, Viewer)
            await pilot.press(key)
            assert isinstance(mail.focused, MessageList)
    assert "discard" not in maildrop.calls


async def test_d_in_the_viewer_marks_what_is_read_and_goes_on() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "Hello from the body.")
        await pilot.press("d", "d")
        assert marked(maildrop) == [5, 4]


async def test_headers_that_arrive_are_drawn_and_aimed_at() -> None:
    maildrop = FakeMaildrop(content=entries(200, headers=False))
    async with running(maildrop) as pilot:
        await until(pilot, lambda: bool(maildrop.aimed))
        assert maildrop.aimed[0].number == 200
        assert len(maildrop.aimed) < 24
        maildrop.load(*maildrop.content[:2])
        await shows(pilot, "Subject 199")
        await pilot.press("G")
        await until(pilot, lambda: maildrop.aimed[-1].number == 1)


async def test_a_stream_of_headers_is_drawn_in_batches() -> None:
    maildrop = FakeMaildrop(content=entries(500, headers=False))
    async with running(maildrop) as pilot:
        await until(pilot, lambda: bool(maildrop.aimed))
        mail = app_of(pilot).mail
        batches: list[object] = []
        deliver = mail._changes._deliver

        def record(changes: list[Change]) -> None:
            batches.append(changes)
            deliver(changes)

        mail._changes._deliver = record
        for entry in maildrop.content:
            maildrop.load(entry)
        await shows(pilot, "Subject 500")
        await until(pilot, lambda: not mail._changes._waiting)
    assert len(batches) <= 2


async def test_a_lost_connection_is_told_and_r_tries_again() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d")
        maildrop.lose("The server hung up.")
        await shows(pilot, "The server hung up. Marks and list stay; r tries again.")
        maildrop.fault = ServerFault("No way to the server.")
        await pilot.press("r")
        await shows(pilot, "No way to the server. r tries again.")
        await pilot.press("f5")
        await shows(pilot, "q quit")
        assert maildrop.calls.count("refresh") == 2
        assert marked(maildrop) == [5]


async def test_refresh_keeps_the_cursor_on_its_message() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("j", "j")
        maildrop.content = entries(7)[:2] + maildrop.content
        await pilot.press("r")
        await shows(pilot, "Subject 7")
        entry = app_of(pilot).mail.messages.entry
        assert entry is not None
        assert entry.number == 3


async def test_an_empty_maildrop_says_so_and_takes_every_key() -> None:
    maildrop = FakeMaildrop(content=[])
    async with running(maildrop) as pilot:
        await shows(pilot, "The maildrop is empty.")
        await pilot.press("j", "k", "g", "G", "d", "u", "z", "enter", "pagedown", "$")
        await shows(pilot, "Nothing is marked.")


async def test_a_notice_of_the_maildrop_is_shown_until_a_key() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        maildrop.changed(Notice("This server has no UIDL [/]: marks hold for now."))
        await shows(pilot, "This server has no UIDL [/]: marks hold for now.")
        await pilot.press("j")
        await shows(pilot, "q quit")


async def test_help_opens_once_and_closes() -> None:
    async with running(FakeMaildrop()) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("?")
        await shows(pilot, "Mark to be deleted, and move on")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("j", "k", "?")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)


async def test_a_click_on_the_key_bar_does_what_the_key_does() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.click("KeyBar", offset=(2, 0))
        await until(pilot, lambda: marked(maildrop) == [5])


async def test_refused_marks_keep_their_glyph_and_words() -> None:
    maildrop = FakeMaildrop()
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        maildrop.mark([maildrop.content[0]])
        maildrop.content[0].mark = Mark.REFUSED
        maildrop.load(maildrop.content[0])
        await until(pilot, lambda: any(line.lstrip().startswith("!") for line in lines(pilot)))


async def test_a_new_listing_keeps_the_place_in_the_text_that_is_read() -> None:
    maildrop = FakeMaildrop(body=b"\n".join(b"Line %d" % number for number in range(100)))
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "Line 3")
        await pilot.press("G")
        await shows(pilot, "Line 99")
        maildrop.content = entries(6)[:1] + maildrop.content
        await pilot.press("r")
        await shows(pilot, "6 messages")
        assert "Line 99" in text(pilot)


async def test_a_message_that_is_being_read_has_arrived_to_its_last_octet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    never = asyncio.Event()

    async def read(source: BinaryIO, **how: object) -> Reading:
        await never.wait()
        raise AssertionError

    monkeypatch.setattr("poptui.mail.reader.read_letter", read)
    maildrop = FakeMaildrop(progress=[1, 2, 3], body=b"x" * 777)
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "0.8 of 5 kB")
        await pilot.press("escape")
        await until(pilot, lambda: maildrop.letters[0].closed)
        await until(pilot, lambda: "0.8 of" not in text(pilot))


async def test_enter_in_the_viewer_keeps_the_place() -> None:
    maildrop = FakeMaildrop(body=b"\n".join(b"Line %d" % number for number in range(100)))
    async with running(maildrop) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "Line 3")
        await pilot.press("G", "enter")
        await shows(pilot, "Line 99")
        assert len(retrievals(maildrop)) == 1
