"""Sorting, filtering and the loading of headers, by keys."""

from __future__ import annotations

import threading

import pytest
from textual.events import Key

from poptui.mail.headers.header import Header
from poptui.triage.filters.regex import BoundedRegex
from poptui.tui.screens.preview import PreviewScreen
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import AppPilot, app_of, lines, running, shows, text, until


def shown(pilot: AppPilot) -> list[int]:
    return [entry.number for entry in app_of(pilot).mail.panes.messages.on_screen()]


def under_cursor(pilot: AppPilot) -> int:
    entry = app_of(pilot).mail.panes.messages.entry
    assert entry is not None
    return entry.number


async def typed(pilot: AppPilot, filter_: str) -> None:
    await pilot.press("slash")
    await until(pilot, lambda: app_of(pilot).mail.panes.prompt.field.has_focus)
    for character in filter_:
        await pilot.press({" ": "space", ":": "colon"}.get(character, character))


async def test_o_goes_from_column_to_column_and_the_cursor_stays_on_its_message() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "newest first")
        await pilot.press("j")
        await pilot.press("o")
        await shows(pilot, "by date, latest first")
        await shows(pilot, "Sorted by date, latest first.")
        await pilot.press("o", "O")
        await shows(pilot, "smallest first")
        assert shown(pilot) == [1, 2, 3, 4, 5]
        assert under_cursor(pilot) == 4
        await pilot.press("o", "o", "o")
        await shows(pilot, "newest first")


async def test_a_column_that_is_not_shown_is_named_in_words() -> None:
    async with running(FakeMailbox(), (40, 10)) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("o")
        await shows(pilot, "Sorted by date")


async def test_a_filter_narrows_as_it_is_typed_enter_keeps_it_escape_clears_it() -> None:
    mailbox = FakeMailbox(content=entries(30))
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 30")
        await typed(pilot, "subject:2")
        await shows(pilot, "12 of 30 /subject:2")
        assert shown(pilot) == [29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 12, 2]
        await pilot.press("enter", "j", "d")
        assert [entry.number for entry in mailbox.marked()] == [28]
        await pilot.press("escape")
        await shows(pilot, "30 messages")
        assert under_cursor(pilot) == 27


async def test_escape_at_the_prompt_takes_the_filter_away() -> None:
    async with running(FakeMailbox(content=entries(30))) as pilot:
        await shows(pilot, "Subject 30")
        await typed(pilot, "nowhere")
        await shows(pilot, "No message matches the filter.")
        await shows(pilot, "0 of 30")
        await pilot.press("escape")
        await shows(pilot, "Subject 30")
        assert under_cursor(pilot) == 30


async def test_keys_are_answered_while_an_expression_is_searched_and_escape_leaves_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searching, go_on = threading.Event(), threading.Event()

    def search(self: BoundedRegex, text: str) -> bool:
        searching.set()
        return go_on.wait(60)

    monkeypatch.setattr(BoundedRegex, "search", search)
    async with running(FakeMailbox(content=entries(30))) as pilot:
        await shows(pilot, "Subject 30")
        await typed(pilot, "/")
        await pilot.press("x", "/", "enter")
        await until(pilot, searching.is_set)
        await pilot.press("j", "j", "d")
        await shows(pilot, "The list is still being filtered.")
        assert under_cursor(pilot) == 28
        await pilot.press("escape")
        await shows(pilot, "30 messages")
        go_on.set()


async def test_an_expression_that_takes_too_long_is_reported_and_the_list_stays() -> None:
    content = entries(30)
    content[3].header = (content[3].header or Header())._replace(subject="a" * 1500 + "!")
    async with running(FakeMailbox(content=content)) as pilot:
        await shows(pilot, "Subject 30")
        await typed(pilot, "/(a|a)+$/")
        await shows(pilot, "takes too long")
        await pilot.press("escape")
        await shows(pilot, "30 messages")


async def test_a_filter_that_is_wrong_says_where_and_the_last_good_one_stays() -> None:
    async with running(FakeMailbox(content=entries(30))) as pilot:
        await shows(pilot, "Subject 30")
        await typed(pilot, "subject:2")
        await shows(pilot, "12 of 30")
        for key in ("space", "s", "i", "z", "e", "colon", "x", "space"):
            await pilot.press(key)
        await shows(pilot, "Filter error at “x”")
        assert len(shown(pilot)) == 12
        await pilot.press("enter")
        assert app_of(pilot).mail.panes.prompt.open
        await pilot.press(*["backspace"] * 8)
        await pilot.press("enter")
        await until(pilot, lambda: not app_of(pilot).mail.panes.prompt.open)
        assert len(shown(pilot)) == 12


async def test_filtered_messages_join_as_their_headers_arrive() -> None:
    mailbox = FakeMailbox(content=entries(200, headers=False))
    async with running(mailbox) as pilot:
        await until(pilot, lambda: bool(mailbox.visible))
        await typed(pilot, "subject:7")
        await pilot.press("enter")
        await shows(pilot, "0 of 200 headers loaded; the rest is added as it arrives.")
        mailbox.load(*mailbox.content)
        await shows(pilot, "Subject 197")
        assert shown(pilot)[:3] == [197, 187, 179]


async def test_a_sort_aims_the_loading_at_its_order() -> None:
    mailbox = FakeMailbox(content=entries(200, headers=False))
    async with running(mailbox) as pilot:
        await until(pilot, lambda: bool(mailbox.visible))
        await pilot.press("O")
        await until(pilot, lambda: bool(mailbox.rest) and mailbox.rest[0].number == 1)
        assert mailbox.visible[-1].number == 200
        assert [entry.number for entry in mailbox.rest] == list(range(1, 201))


async def test_a_header_that_is_asked_for_is_wanted_of_the_server() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await typed(pilot, "header:x-mailer=a")
        await pilot.press("enter")
        await until(pilot, lambda: ("want", "x-mailer") in mailbox.calls)


async def test_p_pauses_and_resumes_loading() -> None:
    mailbox = FakeMailbox(content=entries(200, headers=False))
    async with running(mailbox) as pilot:
        await until(pilot, lambda: bool(mailbox.visible))
        await pilot.press("p")
        await shows(pilot, "headers 0/200 paused")
        await pilot.press("p")
        await until(pilot, lambda: "paused" not in text(pilot))
        mailbox.load(*mailbox.content)
        await pilot.press("p")
        await shows(pilot, "All headers are loaded.")


async def test_rows_whose_header_cannot_be_loaded_do_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mailbox = FakeMailbox(content=entries(3, headers=False))
    async with running(mailbox) as pilot:
        await until(pilot, lambda: "…" in lines(pilot)[2])
        monkeypatch.setattr(FakeMailbox, "missing", 0)
        mailbox.load()
        await until(pilot, lambda: "…" not in lines(pilot)[2])
        assert lines(pilot)[2][1:].split()[0] == "-"


async def test_new_and_protected_messages_have_their_glyphs_until_they_are_marked() -> None:
    content = entries(3)
    content[0].new = content[1].new = content[1].protected = True
    async with running(FakeMailbox(content=content)) as pilot:
        await shows(pilot, "Subject 3")
        assert [line[1] for line in lines(pilot)[2:5]] == ["•", "P", " "]
        await pilot.press("d", "d")
        assert [line[1] for line in lines(pilot)[2:5]] == ["d", "d", " "]


async def test_escape_and_a_key_that_arrive_together_are_two_keys() -> None:
    mailbox = FakeMailbox(content=entries(30))
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 30")
        await typed(pilot, "subject:2")
        await shows(pilot, "12 of 30")
        pilot.app.post_message(Key("alt+d", "d"))
        await shows(pilot, "30 messages")
        assert len(mailbox.marked()) == 1
        await pilot.press("q")
        await shows(pilot, "Cancel")
        pilot.app.post_message(Key("alt+c", "c"))
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)
        assert not [call for call in mailbox.calls if call[0] == "commit"]


async def test_ctrl_c_leaves_a_dialog_or_the_prompt_before_the_program() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("question_mark")
        await shows(pilot, "PgDn PgUp  Scroll")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)
        await typed(pilot, "x")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app_of(pilot).mail.panes.prompt.open)
        await pilot.press("d", "ctrl+c")
        await shows(pilot, "Cancel")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)
        assert pilot.app.return_value is None


async def test_a_faulty_filter_is_reported_once_the_typing_stops() -> None:
    async with running(FakeMailbox()) as pilot:
        await shows(pilot, "Subject 5")
        await typed(pilot, "size:abc")
        await shows(pilot, "Filter error at “abc”")
        assert app_of(pilot).mail.panes.prompt.open
        await pilot.press("backspace")
        await until(pilot, lambda: "Filter error at" not in text(pilot))
        await pilot.press(*["backspace"] * 2, "greater_than_sign", *"1k")
        await shows(pilot, "4 of 5")
        await pilot.pause(0.7)
        assert "Filter error at" not in text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: not app_of(pilot).mail.panes.prompt.open)


async def test_a_filter_left_by_escape_brings_back_the_filter_and_the_cursor() -> None:
    mailbox = FakeMailbox(content=entries(300))
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 300")
        mail = app_of(pilot).mail
        await pilot.press(*["pagedown"] * 3, "j", "j")
        row, offset = mail.panes.messages.row, mail.panes.messages.scroll_offset.y
        await typed(pilot, "subject:1")
        await until(
            pilot, lambda: mail.panes.messages.row is not row or len(mail.panes.messages.rows) < 300
        )
        await pilot.press("down", "down", "pagedown")
        assert mail.panes.messages.row is not row
        await pilot.press("escape")
        await until(pilot, lambda: len(mail.panes.messages.rows) == 300)
        assert mail.panes.messages.row is row
        assert mail.panes.messages.scroll_offset.y == offset
        await typed(pilot, "subject:2")
        await pilot.press("enter")
        await until(pilot, lambda: len(mail.panes.messages.rows) < 300)
        kept, row = len(mail.panes.messages.rows), mail.panes.messages.row
        await typed(pilot, "9")
        await until(pilot, lambda: len(mail.panes.messages.rows) < kept)
        await pilot.press("escape")
        await until(pilot, lambda: len(mail.panes.messages.rows) == kept)
        assert mail.panes.messages.row is row


async def test_the_cursor_returns_to_its_message_when_a_filter_ends() -> None:
    mailbox = FakeMailbox(content=entries(300))
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 300")
        mail = app_of(pilot).mail
        await pilot.press(*["pagedown"] * 3)
        row = mail.panes.messages.row
        await typed(pilot, "subject:299")
        await pilot.press("enter")
        await until(pilot, lambda: len(mail.panes.messages.rows) == 1)
        await pilot.press("escape")
        await until(pilot, lambda: len(mail.panes.messages.rows) == 300)
        assert mail.panes.messages.row is row
        await typed(pilot, "subject:299")
        await pilot.press("enter")
        await until(pilot, lambda: len(mail.panes.messages.rows) == 1)
        await pilot.press("u", "escape")
        await until(pilot, lambda: len(mail.panes.messages.rows) == 300)
        assert mail.panes.messages.entry is mailbox.content[1]


async def test_keys_typed_ahead_wait_for_the_filter_and_for_the_groups() -> None:
    mailbox = FakeMailbox(content=entries(3000))
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 3000")
        pilot.app.post_message(Key("slash", "/"))
        for key in (*"subject:17", "enter", "d"):
            pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: bool(mailbox.marked()))
        assert [entry.number for entry in mailbox.marked()] == [2917]
        for key in ("z", "escape", "v", "d"):
            pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: isinstance(pilot.app.screen, PreviewScreen))
        await until(pilot, lambda: pilot.app.screen.is_mounted)
        await shows(pilot, "of this group")


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
async def test_a_new_listing_does_not_move_the_cursor_that_esc_brings_back() -> None:
    """The listing after a refresh may arrive between Esc at the prompt and its effect on the
    rows."""
    mailbox = FakeMailbox(content=entries(30))
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 30")
        await pilot.press("j", "j", "j")
        mail = app_of(pilot).mail
        await pilot.press("slash", *"subject:1")
        await until(pilot, lambda: len(mail.list.view.entries) == 12)
        await pilot.press("9", "9")
        await until(pilot, lambda: mail.panes.messages.entry is None)
        mail.list.cancel_filter()
        mail.list.show_listing()
        await until(pilot, lambda: len(mail.list.view.entries) == 30)
        await pilot.pause()
        assert mail.panes.messages.entry is not None
        assert mail.panes.messages.entry.number == 27
