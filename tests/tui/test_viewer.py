"""The viewer: pages under a title, scrolled, searched, resized."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown

from poptui.mail.lines import Line, LineKind, Span, SpanRole
from poptui.mailbox.entry import MessageEntry
from poptui.tui.actions.keymaps import Keymap
from poptui.tui.reading.document import Lines
from poptui.tui.reading.opened_messages import OpenedMessage
from poptui.tui.reading.pages import Page, PaneTitle
from poptui.tui.reading.search import MAX_MATCHES, Match, Search
from poptui.tui.reading.titles import card_title, opened_title, progress, progress_title
from poptui.tui.widgets.viewer import Viewer
from tests.tui.fake_mailbox import FakeMessage
from tests.tui.test_pages import READING


def filled(title: PaneTitle) -> PaneTitle:
    """Return the title with the keys of the default keymap."""
    return title._replace(facts=Keymap().filled(title.facts))


ENTRY = MessageEntry(2, 275_368, "3877", "uid:3877")


class Host(App[None]):
    CSS = "Viewer { height: 1fr; }"

    @property
    def viewer(self) -> Viewer:
        return self.query_one(Viewer)

    def compose(self) -> ComposeResult:
        yield Viewer()

    def lines(self) -> list[str]:
        """Return the title and the rows under it."""
        lines = [self.viewer.render_line(y).text for y in range(self.viewer.size.height)]
        assert {cell_len(line) for line in lines} == {self.viewer.size.width}
        return [line.strip("▐ ") for line in lines]

    def bar(self) -> list[int]:
        """Return the rows of the scroll bar."""
        rows = range(1, self.viewer.size.height)
        return [y for y in rows if self.viewer.render_line(y).text.endswith("▐")]


def page(lines: Iterable[str | Line]) -> Page:
    return Page(Lines(Line(line) if isinstance(line, str) else line for line in lines))


NUMBERED = [f"line {number} " + "word " * 9 for number in range(36_000)]


async def test_nothing_shown_is_an_empty_screen_without_a_bar() -> None:
    app = Host()
    async with app.run_test(size=(80, 8)):
        app.viewer.show(None, page(()), PaneTitle(""))
        assert app.viewer.shown is None
        assert not any(line.strip("─ ") for line in app.lines())
        assert app.viewer.at_end


async def test_two_megabytes_scroll_to_the_end_and_back() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.viewer.show(ENTRY, page(NUMBERED), PaneTitle("Message", "275 kB"))
        await pilot.pause()
        assert app.lines()[0].strip("─ ").split() == [
            "Message",
            app.lines()[0].split()[2],
            "275",
            "kB",
            "·",
            "0%",
        ]
        assert app.bar()[0] == 1
        app.viewer.bottom()
        assert app.lines()[0].rstrip("─ ").endswith("· end")
        assert app.lines()[-1].startswith("line 35999 ")
        assert app.bar()[-1] == 23
        app.viewer.page(-1)
        assert app.lines()[-1].startswith("line 35977 ")
        app.viewer.line(1)
        assert app.lines()[-1].startswith("line 35978 ")
        app.viewer.top()
        assert app.lines()[1].startswith("line 0 ")


async def test_a_fuller_page_of_the_same_message_keeps_the_scroll_position() -> None:
    app = Host()
    async with app.run_test(size=(80, 10)):
        app.viewer.show(ENTRY, page(NUMBERED[:40]), PaneTitle("Preview"))
        app.viewer.line(12)
        more = Page(Lines(Line(text) for text in ["new", "new", *NUMBERED[:200]]), body=2)
        app.viewer.show(ENTRY, more, PaneTitle("Message"), stay=True)
        assert app.lines()[1].startswith("line 12 ")
        app.viewer.show(MessageEntry(3, 1, "x", "x"), more, PaneTitle("Headers"), stay=True)
        assert app.lines()[1] == "new"


async def test_the_title_changes_without_the_text() -> None:
    app = Host()
    async with app.run_test(size=(80, 10)):
        app.viewer.show(ENTRY, page(NUMBERED), PaneTitle("one"))
        app.viewer.line(5)
        app.viewer.set_title(PaneTitle("two"))
        assert app.lines()[0].startswith("─ two ")
        assert app.lines()[1].startswith("line 5 ")


async def test_another_width_keeps_the_line() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        app.viewer.show(ENTRY, page(NUMBERED), PaneTitle(""))
        await pilot.pause()
        app.viewer.line(205)
        await pilot.resize_terminal(30, 12)
        await pilot.pause()
        assert app.lines()[1].startswith("line 205 ")


async def test_the_wheel_scrolls() -> None:
    app = Host()
    async with app.run_test(size=(80, 10)) as pilot:
        app.viewer.show(ENTRY, page(NUMBERED), PaneTitle(""))
        app.viewer.post_message(MouseScrollDown(app.viewer, 5, 5, 0, 0, 0, False, False, False))
        await pilot.pause()
        assert app.lines()[1].startswith("line 3 ")


async def test_the_kind_of_a_line_is_visible_without_colour() -> None:
    app = Host()
    lines = [
        Line("Heading", LineKind.HEADING),
        Line("see [1] now", spans=(Span(4, 7, SpanRole.LINK, 1),)),
        Line("! beware", spans=(Span(0, 8, SpanRole.WARNING),)),
        Line("", LineKind.RULE),
    ]
    async with app.run_test(size=(80, 10)) as pilot:
        app.viewer.show(ENTRY, page(lines), PaneTitle(""))
        await pilot.pause()
        styles = {
            segment.text.strip(): segment.style
            for y in range(1, 5)
            for segment in app.viewer.render_line(y)
            if segment.style
        }
    assert styles["Heading"].bold
    assert styles["[1]"].underline
    assert not styles["see"].underline
    assert styles["! beware"].bold
    assert "─" * 77 in styles


async def test_matches_are_highlighted_across_rows() -> None:
    app = Host()
    async with app.run_test(size=(16, 10)) as pilot:
        app.viewer.show(ENTRY, page(["an old two three four"]), PaneTitle(""))
        await pilot.pause()
        search = app.viewer.search = Search("TWO THREE")
        await search.run(app.viewer.page_shown.document)
        search.step(1, 0, 0)
        app.viewer.redraw()
        reversed_ = "".join(
            segment.text
            for y in range(1, 10)
            for segment in app.viewer.render_line(y)
            if segment.style and segment.style.reverse
        )
        assert reversed_ == "twothree"
        assert "1 of 1" in app.lines()[0]


async def test_a_search_wraps_around_at_both_ends() -> None:
    search = Search("a")
    await search.run(Lines([Line("a b a"), Line("x"), Line("A")]))
    assert search.matches == [Match(0, 0, 1), Match(0, 4, 5), Match(2, 0, 1)]
    assert search.step(1, 0, 1) == Match(0, 4, 5)
    assert search.sentence == "2 of 3: a"
    assert [search.step(1, 0, 0) for _ in range(2)] == [Match(2, 0, 1), Match(0, 0, 1)]
    assert search.step(-1, 0, 0) == Match(2, 0, 1)
    backwards = Search("a")
    await backwards.run(Lines([Line("a b a"), Line("x"), Line("A")]))
    assert backwards.step(-1, 1, 0) == Match(0, 4, 5)


async def test_a_search_says_when_there_is_nothing_or_too_much() -> None:
    nothing, much = Search("(.*"), Search("x")
    assert nothing.sentence == "searching: (.*"
    await nothing.run(Lines([Line("a")]))
    assert nothing.step(1, 0, 0) is None
    assert nothing.sentence == "not found: (.*"
    await much.run(Lines(Line("x" * 3000) for _ in range(100)))
    assert len(much.matches) == 12_000 >= MAX_MATCHES
    assert "+" in much.sentence


@pytest.mark.parametrize(
    ("octets", "total", "shown"),
    [
        (0, 275_368, f"▕{' ' * 20}▏ 0.0 of 275 kB · Esc stops"),
        (137_684, 275_368, f"▕{'█' * 10}{' ' * 10}▏ 138 of 275 kB · Esc stops"),
        (123_456, 275_368, f"▕{'█' * 8}▉{' ' * 11}▏ 123 of 275 kB · Esc stops"),
        (2_460, 2_460, f"▕{'█' * 20}▏ 2 of 2 kB · Esc stops"),
        (300_000, 275_368, f"▕{'█' * 20}▏ 300 of 275 kB · Esc stops"),
        (5, 0, f"▕{' ' * 20}▏ 5 of 0 B · Esc stops"),
        (3_100_000, 60_000_000, f"▕█{' ' * 19}▏ 3.1 of 60.0 MB · Esc stops"),
    ],
)
def test_progress_is_shown_in_text(octets: int, total: int, shown: str) -> None:
    assert progress_title(octets, total) == ("Downloading", shown)


def test_titles_show_the_size_loaded_and_the_size_enter_would_load() -> None:
    assert filled(card_title(ENTRY)) == ("Headers", "Space preview · Enter download 275 kB")
    assert progress(3_100, 275_368) == "3.1 of 275 kB"
    message = FakeMessage(ENTRY, b"x" * 3_100)
    peek = OpenedMessage(ENTRY, message, READING, 40)
    assert filled(opened_title(peek)) == (
        "Preview",
        "3.1 of 275 kB · Space 200 lines · Enter download 275 kB · HTML",
    )
    peek.lines = 200
    assert filled(opened_title(peek)) == ("Preview", "3.1 of 275 kB · Enter download 275 kB · HTML")
    message.write(b"x" * (275_368 - 3_100))
    assert filled(opened_title(peek)) == ("Preview", "all 275 kB · HTML")
    peek.lines = None
    assert filled(opened_title(peek)) == ("Message", "275 kB · HTML")
    message.close()
