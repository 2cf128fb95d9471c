"""The list of messages: its contents, its events, and what is redrawn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

import pytest
from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message

from poptui.mail.headers.header import Address, Header
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.triage.spam.verdict import Verdict
from poptui.tui import themes
from poptui.tui.widgets.columns import ScoreStyle, column_at, columns, heading, row, score
from poptui.tui.widgets.line_widget import thumb
from poptui.tui.widgets.message_list import MessageList

SENT = datetime(2009, 12, 17, 18, 18, 12, tzinfo=timezone(timedelta(hours=3)))
HOSTILE = "\x1b]0;owned\x07 \x9b31m \u202egnp [red]x[/nope]"


def entry(number: int, subject: str = "Hello", name: str = "Anna Schmidt") -> MessageEntry:
    header = Header(Address(name, "anna@example.de"), "me@example.com", subject, SENT)
    return MessageEntry(number, number * 1000, f"u{number}", f"uid:u{number}", header=header)


def entries(total: int) -> list[MessageEntry]:
    """Return ``total`` messages, the newest first."""
    return [entry(number, f"Subject {number}") for number in range(total, 0, -1)]


class Host(App[None]):
    """An app with nothing but the list, which records the list's messages and redraws."""

    CSS = "MessageList { height: 1fr; }"

    def __init__(self, listing: Iterable[MessageEntry] = ()) -> None:
        super().__init__()
        themes.install(self)
        self.theme = themes.DARK
        self.animation_level = "none"
        self.listing = list(listing)
        self.reported: list[Message] = []
        self.redrawn: list[Region] = []

    @property
    def messages(self) -> MessageList:
        return self.query_one(MessageList)

    def compose(self) -> ComposeResult:
        yield WatchedList()

    def on_mount(self) -> None:
        if self.listing:
            self.messages.show(self.listing)

    @on(MessageList.Moved)
    @on(MessageList.Scrolled)
    @on(MessageList.Chosen)
    def keep(self, event: Message) -> None:
        self.reported.append(event)

    def lines(self) -> list[str]:
        return [self.messages.render_line(y).text for y in range(self.messages.size.height)]


class WatchedList(MessageList):
    """Records the regions that are to be redrawn."""

    def refresh(self, *regions: Region, **how: bool) -> WatchedList:
        if isinstance(self.app, Host):
            self.app.redrawn += regions or [self.size.region]
        super().refresh(*regions, **how)
        return self


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 50), (40, 10), (60, 12), (12, 4)])
async def test_every_line_fills_the_width_exactly(width: int, height: int) -> None:
    listing = [
        entry(4, "来週の会議" * 30, "山田太郎" * 9),
        entry(3, HOSTILE),
        entry(2, "👨\u200d👩\u200d👧 ❤\ufe0f"),
    ]
    listing += [MessageEntry(1, 9, None, "1")]
    async with Host(listing).run_test(size=(width, height)) as pilot:
        assert isinstance(pilot.app, Host)
        assert {cell_len(line) for line in pilot.app.lines()} == {width}


async def test_a_line_shows_state_sender_subject_size_and_date() -> None:
    listing = [entry(1234, "Протокол заседания"), entry(7)]
    listing[0].mark = Mark.DELETED
    async with Host(listing).run_test(size=(80, 24)) as pilot:
        assert isinstance(pilot.app, Host)
        top, first, second, blank = pilot.app.lines()[:4]
    assert top.startswith("─ Inbox ─")
    assert top.rstrip("─") == "─ Inbox "
    who_and_what = f"▌D {'Anna Schmidt':19}  {'Протокол заседания':34}"
    assert first.startswith(who_and_what)
    assert first.split()[-3:] == ["1.2", "MB", "2009"]
    assert second.split() == ["Anna", "Schmidt", "Hello", "7", "kB", "2009"]
    assert not blank.strip()
    assert first.index("Протокол") == second.index("Hello")
    assert first.index("2009") == second.index("2009")


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (40, "From Subject …"),
        (55, "From Subject … When"),
        (60, "From Subject Spam Size When"),
        (140, "# From Subject Spam Size When"),
    ],
)
def test_narrow_lists_have_fewer_columns(cells: int, names: str) -> None:
    assert heading(columns(cells, 99 if "#" in names else 0)).split() == names.split()


def test_a_wide_list_shows_the_address_and_numbers_only_if_wanted() -> None:
    line = "".join(text for _, text in row(entry(7), columns(200), SENT, ScoreStyle()))
    assert line.startswith("   Anna Schmidt <anna@example.de>")
    line = "".join(text for _, text in row(entry(7), columns(200, 1234), SENT, ScoreStyle()))
    assert line.startswith("      7 Anna Schmidt <anna@example.de>")


def test_clicks_on_column_names_are_recognized() -> None:
    wide = columns(120)
    names = heading(wide)
    for key, name in ((SortKey.FROM, "From"), (SortKey.SPAM, "Spam"), (SortKey.DATE, "When")):
        assert column_at(wide, names.index(name)) is key
    assert column_at(wide, 0) is None


def test_a_note_has_a_separate_column() -> None:
    noted = columns(96, 0, len("left out: protected"))
    with_note = row(entry(7), noted, SENT, ScoreStyle(), "left out: protected")
    assert ("caution", " left out: protected") in with_note
    assert ("text", "Hello") in with_note


def test_marked_messages_are_struck_through_except_in_the_question() -> None:
    marked = entry(7)
    marked.mark = Mark.DELETED
    assert ("gone", "Hello") in row(marked, columns(80), SENT, ScoreStyle())
    assert ("text", "Hello") in row(marked, columns(80), SENT, ScoreStyle(), strikes=False)
    assert ("mark", "D") in row(marked, columns(80), SENT, ScoreStyle(), strikes=False)


def test_a_marked_row_is_dim_up_to_its_score() -> None:
    marked = entry(7)
    marked.score = 9.1
    assert ("spam", " !9.1") in row(marked, columns(80), SENT, ScoreStyle())
    marked.mark = Mark.DELETED
    assert ("dim", " !9.1") in row(marked, columns(80), SENT, ScoreStyle())
    assert ("spam", " !9.1") in row(marked, columns(80), SENT, ScoreStyle(), strikes=False)


@pytest.mark.parametrize(
    ("value", "newsletter", "shown"),
    [
        (None, False, ("dim", "")),
        (0.9, False, ("dim", "")),
        (1.4, False, ("dim", "1.4")),
        (3.1, False, ("caution", "3.1")),
        (0.2, True, ("news", "nl")),
        (7.4, True, ("spam", "!7.4")),
        (10.0, False, ("spam", "!10")),
    ],
)
def test_scores_need_no_colour_and_low_ones_no_room(
    value: float | None, newsletter: bool, shown: tuple[str, str]
) -> None:
    scored = entry(1)
    scored.score, scored.verdict = value, Verdict((), newsletter)
    assert score(scored, 5.0) == shown


def test_a_row_without_header_says_so_or_why() -> None:
    bare = MessageEntry(7, 7000, "u", "k")
    assert row(bare, columns(80), SENT, ScoreStyle())[3][1].strip() == "…"
    bare.problem = "-ERR \x1b[2Jno such message"
    assert (
        row(bare, columns(80), SENT, ScoreStyle())[3][1].strip() == "-ERR \ufffd[2Jno such message"
    )


def test_a_refused_deletion_shows_the_servers_words() -> None:
    refused = entry(7)
    refused.mark, refused.problem = Mark.REFUSED, "not yours"
    pieces = row(refused, columns(80), SENT, ScoreStyle())
    assert pieces[1] == ("mark", "!")
    assert ("text", "not yours · Hello") in pieces


async def test_an_empty_list_says_what_it_waits_for() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        app.messages.placeholder = "mail.example.com does not answer.\n\nr tries again, q quits"
        assert [line.strip() for line in app.lines()[1:] if line.strip()] == [
            "mail.example.com does not answer.",
            "r tries again, q quits",
        ]
        app.messages.show([])
        assert app.messages.entry is None
        app.messages.move(1)
        app.messages.page(-1)
        app.messages.bottom()
        assert app.messages.on_screen() == []


async def test_the_cursor_moves_and_stops_at_the_ends() -> None:
    async with Host(entries(100)).run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        messages = app.messages

        def number() -> int:
            assert messages.entry is not None
            return messages.entry.number

        messages.move(-1)
        assert number() == 100
        messages.move(3)
        assert number() == 97
        messages.bottom()
        assert number() == 1
        assert messages.on_screen()[-1].number == 1
        messages.move(1)
        assert number() == 1
        messages.page(-1)
        assert number() == 24
        messages.top()
        assert number() == 100
        assert messages.on_screen()[0].number == 100
        messages.page(1)
        assert (number(), messages.on_screen()[0].number) == (77, 77)


async def test_at_the_edge_the_list_scrolls_with_the_cursor() -> None:
    async with Host(entries(100)).run_test(size=(80, 21)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        app.messages.move(19)
        assert app.messages.scroll_offset.y == 0
        app.messages.move(1)
        assert app.messages.scroll_offset.y == 1
        app.messages.move(10)
        assert app.messages.scroll_offset.y == 11
        app.messages.move(-19)
        assert app.messages.scroll_offset.y == 11
        app.messages.move(-1)
        assert app.messages.scroll_offset.y == 10
        app.messages.move(40)
        assert app.messages.scroll_offset.y == 40, "from far away to the middle"


async def test_a_frame_has_room_for_where_the_cursor_is() -> None:
    async with Host(entries(2000)).run_test(size=(120, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        await pilot.pause()
        app.messages.move(1)
        assert app.messages.render_line(0).text.endswith("     2 of 2,000 ─╮")


async def test_only_the_lines_that_change_are_drawn_again() -> None:
    async with Host(entries(100_000)).run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        await pilot.pause()
        app.redrawn.clear()
        app.messages.move(1)
        assert set(app.redrawn) == {Region(0, y, 80, 1) for y in (1, 2)}
        app.redrawn.clear()
        app.messages.update_entries([app.listing[5], app.listing[90_000]])
        assert app.redrawn == [Region(0, 6, 80, 1)]


async def test_a_mark_is_drawn_with_its_letter_and_in_its_colour() -> None:
    listing = entries(3)
    async with Host(listing).run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        await pilot.pause()
        listing[1].mark = Mark.PENDING
        app.messages.update_entries([listing[1]])
        strip = app.messages.render_line(2)
        assert strip.text.startswith(" d ")
        mark = app.messages.get_component_rich_style("message-list--mark")
        assert "".join(text for text, style, _ in strip if style == mark) == "d"


async def test_the_cursor_stays_on_its_message_through_a_new_listing() -> None:
    async with Host(entries(50)).run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        app.messages.move(10)
        kept = app.messages.entry
        app.messages.show([entry(51), *app.listing])
        assert app.messages.entry is kept
        app.messages.show([other for other in app.listing if other is not kept])
        assert app.messages.entry is app.listing[12]
        app.messages.show(app.listing[:3])
        assert app.messages.entry is app.listing[2]
        assert app.messages.on_screen() == app.listing[:3]


async def test_moves_of_the_cursor_and_the_view_are_reported() -> None:
    async with Host(entries(50)).run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        await pilot.pause()
        app.reported.clear()
        app.messages.move(1)
        await pilot.pause()
        (moved,) = app.reported
        assert isinstance(moved, MessageList.Moved)
        assert moved.entry is app.listing[1]
        app.messages.bottom()
        await pilot.pause()
        assert {type(event) for event in app.reported[1:]} == {
            MessageList.Moved,
            MessageList.Scrolled,
        }


async def test_the_mouse_moves_the_cursor_then_chooses() -> None:
    async with Host(entries(50)).run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        await pilot.click(MessageList, offset=(10, 4))
        assert app.messages.entry is app.listing[3]
        await pilot.click(MessageList, offset=(10, 0))
        assert not [event for event in app.reported if isinstance(event, MessageList.Chosen)]
        await pilot.click(MessageList, offset=(10, 4), times=2)
        assert [event for event in app.reported if isinstance(event, MessageList.Chosen)]
        assert app.messages.entry is app.listing[3]


@pytest.mark.parametrize("theme", [themes.DARK, themes.LIGHT, themes.WITHOUT_COLOUR])
async def test_the_cursor_row_is_seen_without_the_focus_and_keeps_its_mark(theme: str) -> None:
    listing = entries(5)
    listing[0].mark = Mark.DELETED
    async with Host(listing).run_test(size=(80, 24)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        app.theme = theme
        app.screen.set_focus(None)
        await pilot.pause()
        cursor, plain = (list(app.messages.render_line(y))[-2].style for y in (1, 2))
        assert cursor is not None
        assert plain is not None
        assert cursor.underline or cursor.bgcolor != plain.bgcolor
        assert app.messages.render_line(1).text.startswith("▌D ")


async def test_text_from_senders_does_not_act_on_the_terminal() -> None:
    listing = [entry(2, HOSTILE, HOSTILE), MessageEntry(1, 9, None, "1", problem=HOSTILE)]
    async with Host(listing).run_test(size=(200, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Host)
        text = "".join(app.lines())
    assert "[red]x[/nope]" in text
    assert not set(text) & set("\x1b\x07\x9b\u202e")


@pytest.mark.parametrize(
    ("rows", "total", "offset", "shown"),
    [
        (10, 10, 0, range(0)),
        (10, 20, 0, range(5)),
        (10, 20, 10, range(5, 10)),
        (10, 10**6, 0, range(1)),
    ],
)
def test_thumb(rows: int, total: int, offset: int, shown: range) -> None:
    assert thumb(rows, total, offset) == shown


async def test_only_the_line_under_the_cursor_has_its_background() -> None:
    async with Host(entries(5)).run_test(size=(80, 24)) as pilot:
        assert isinstance(pilot.app, Host)
        messages = pilot.app.messages
        for key in (1, 1, -1, 1, 1):
            messages.move(key)
            await pilot.pause()
        backgrounds = [
            {segment.style.bgcolor for segment in messages.render_line(y) if segment.style}
            for y in range(1, 6)
        ]
        assert [len(found) for found in backgrounds] == [1] * 5
        assert [found == backgrounds[0] for found in backgrounds] == [True, True, True, False, True]


def test_a_date_that_is_not_the_senders_has_a_sign() -> None:
    own, given = entry(7), entry(7)
    assert given.header is not None
    given.header = given.header._replace(dated_by_server=True)
    texts = [
        "".join(text for _, text in row(message, columns(80), SENT, ScoreStyle()))
        for message in (own, given)
    ]
    assert texts[0].endswith("  18:18")
    assert texts[1].endswith(" ~18:18")
    assert len(texts[0]) == len(texts[1])
