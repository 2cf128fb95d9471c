"""The viewer: cards, progress, open messages, and texts of every kind and size."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region

from poptui.mail.header import Address, Header
from poptui.mail.lines import Line
from poptui.mail.link import Link
from poptui.mail.reading import Body, Part, Reading, Remark, body_of
from poptui.maildrop.entry import Entry
from poptui.printable import printable_line
from poptui.tui.format import steady
from poptui.tui.widgets.page import bar
from poptui.tui.widgets.viewer import Viewer
from poptui.tui.widgets.wrapping import wrap

SENT = datetime(2009, 12, 17, 18, 18, 12, tzinfo=timezone(timedelta(hours=3)))
HEADER = Header(Address("Центр Миграции", "spammer@example.ru"), "user@nic.ru", "Hello", SENT)
ENTRY = Entry(2, 11_196, "3877", "uid:3877", header=HEADER)
HOSTILE = "\x1b]52;c;aGk=\x07 \x9b31m \u202egnp [@click=app.quit]x[/nope]"


class Host(App[None]):
    CSS = "Viewer { height: 1fr; }"

    @property
    def viewer(self) -> Viewer:
        return self.query_one(Viewer)

    def compose(self) -> ComposeResult:
        yield WatchedViewer()

    def lines(self) -> list[str]:
        lines = [self.viewer.render_line(y).text for y in range(self.viewer.size.height)]
        assert {cell_len(line) for line in lines} == {self.viewer.size.width}
        return [line.strip("▐ ") for line in lines]


class WatchedViewer(Viewer):
    """Notes which regions are to be drawn again; an empty one is all of it."""

    def on_mount(self) -> None:
        self.redrawn: list[Region] = []

    def refresh(self, *regions: Region, **how: bool) -> WatchedViewer:
        if self.is_mounted:
            self.redrawn += regions or [Region()]
        super().refresh(*regions, **how)
        return self


async def test_nothing_shown_is_an_empty_screen() -> None:
    async with Host().run_test(size=(80, 8)) as pilot:
        assert isinstance(pilot.app, Host)
        pilot.app.viewer.show_card(None)
        assert pilot.app.viewer.shown is None
        assert not any(pilot.app.lines())


async def test_the_card_aligns_its_values() -> None:
    async with Host().run_test(size=(80, 8)) as pilot:
        assert isinstance(pilot.app, Host)
        pilot.app.viewer.show_card(ENTRY)
        lines = pilot.app.lines()
        assert pilot.app.viewer.shown is ENTRY
    assert lines[0] == "From     Центр Миграции <spammer@example.ru>"
    assert lines[1] == "To       user@nic.ru"
    assert lines[2].startswith("Date     Thu 17 Dec 2009 ")
    assert lines[3:6] == ["Subject  Hello", "", "Enter opens it"]


async def test_a_card_without_header_says_what_is_missing() -> None:
    async with Host().run_test(size=(80, 8)) as pilot:
        assert isinstance(pilot.app, Host)
        pilot.app.viewer.show_card(Entry(7, 1, None, "7"))
        assert pilot.app.lines()[0] == "Message 7: its header is not here yet."
        pilot.app.viewer.show_card(Entry(7, 1, None, "7", trouble="This server has no TOP."))
        assert pilot.app.lines()[0] == "This server has no TOP."


@pytest.mark.parametrize(
    ("octets", "total", "shown"),
    [
        (0, 275_368, f"▕{' ' * 20}▏ 0 B of 275 kB   Esc stops"),
        (137_684, 275_368, f"▕{'█' * 10}{' ' * 10}▏ 138 of 275 kB   Esc stops"),
        (123_456, 275_368, f"▕{'█' * 8}▉{' ' * 11}▏ 123 of 275 kB   Esc stops"),
        (300_000, 275_368, f"▕{'█' * 20}▏ 300 of 275 kB   Esc stops"),
        (5, 0, f"▕{' ' * 20}▏ 5 of 0 B   Esc stops"),
    ],
)
def test_progress_is_told_in_text(octets: int, total: int, shown: str) -> None:
    assert bar(octets, total) == shown


async def test_progress_draws_one_line_again() -> None:
    async with Host().run_test(size=(80, 12)) as pilot:
        viewer = pilot.app.query_one(WatchedViewer)
        viewer.show_progress(ENTRY, 1000, 275_368)
        await pilot.pause()
        viewer.redrawn.clear()
        viewer.show_progress(ENTRY, 200_000, 275_368)
        (region,) = viewer.redrawn
        assert (region.y, region.height) == (5, 1)
        assert region.width < 60
        viewer.redrawn.clear()
        viewer.show_progress(ENTRY, 200_000, 275_368)
        assert viewer.redrawn == []


async def test_an_open_message_shows_all_its_parts() -> None:
    reading = Reading(
        header=HEADER,
        cc="carol@example.org",
        bodies=(
            Body(
                body_of("Dear all,\n\n> old words\n\tindented\n").lines,
                html=True,
                links=(
                    Link("bank.example", "https://evil.example/x", "The text names bank.example."),
                    Link("ok", "https://ok.example/"),
                ),
            ),
        ),
        attachments=(Part("invoice.pdf", "application/pdf", 275_368), Part("", "image/png", 9)),
        remarks=(Remark("A boundary never comes."),),
    )
    async with Host().run_test(size=(60, 24)) as pilot:
        assert isinstance(pilot.app, Host)
        pilot.app.viewer.show_reading(ENTRY, reading)
        lines = pilot.app.lines()
    assert lines[0] == "A boundary never comes."
    assert lines[3] == "Cc       carol@example.org"
    assert lines[6] == "─" * 57
    assert lines[7:] == [
        "Dear all,",
        "",
        "> old words",
        "indented",
        "",
        "Links",
        "[1] https://evil.example/x",
        "! The text names bank.example.",
        "[2] https://ok.example/",
        "",
        "Attachments",
        "1  invoice.pdf  application/pdf  275 kB",
        "2  (no name)  image/png  9 B",
        *[""] * 4,
    ]


async def test_a_message_without_text_says_so() -> None:
    async with Host().run_test(size=(60, 12)) as pilot:
        assert isinstance(pilot.app, Host)
        pilot.app.viewer.show_reading(ENTRY, Reading(HEADER, "", (body_of(" \n\n"),)))
        assert pilot.app.lines()[5] == "(no text)"


async def test_a_fault_stands_under_the_card() -> None:
    async with Host().run_test(size=(60, 12)) as pilot:
        assert isinstance(pilot.app, Host)
        pilot.app.viewer.show_fault(ENTRY, "mail.example.com hung up.")
        assert pilot.app.lines()[5] == "mail.example.com hung up."


async def test_nothing_foreign_acts_on_the_terminal() -> None:
    header = Header(Address(HOSTILE, HOSTILE), HOSTILE, HOSTILE)
    reading = Reading(
        header=header,
        cc=HOSTILE,
        bodies=(Body((Line(HOSTILE),), links=(Link(HOSTILE, HOSTILE, HOSTILE),)),),
        attachments=(Part(HOSTILE, HOSTILE, 1),),
        remarks=(Remark(HOSTILE),),
    )
    entry = Entry(1, 1, HOSTILE, HOSTILE, header=header, trouble=HOSTILE)
    async with Host().run_test(size=(100, 40)) as pilot:
        assert isinstance(pilot.app, Host)
        viewer, texts = pilot.app.viewer, []
        viewer.show_reading(entry, reading)
        texts += pilot.app.lines()
        viewer.show_card(entry)
        texts += pilot.app.lines()
        viewer.show_fault(entry, HOSTILE)
        texts += pilot.app.lines()
    assert sum("[@click=app.quit]x[/nope]" in text for text in texts) >= 12
    assert not set("".join(texts)) & set("\x1b\x07\x9b\u202e")


async def test_two_megabytes_scroll_to_the_end_and_back() -> None:
    text = "\n".join(f"line {number} " + "word " * 9 for number in range(36_000))
    async with Host().run_test(size=(80, 24)) as pilot:
        assert isinstance(pilot.app, Host)
        viewer = pilot.app.viewer
        viewer.show_reading(ENTRY, Reading(HEADER, "", (body_of(text),)))
        await pilot.pause()
        viewer.bottom()
        assert pilot.app.lines()[-1].startswith("line 35999 ")
        viewer.page(-1)
        assert pilot.app.lines()[-1].startswith("line 35976 ")
        viewer.line(1)
        assert pilot.app.lines()[-1].startswith("line 35977 ")
        viewer.top()
        assert pilot.app.lines()[0].startswith("From ")


async def test_another_width_keeps_the_place() -> None:
    text = "\n".join(f"{number:03} " + "word " * 13 for number in range(400))
    async with Host().run_test(size=(80, 24)) as pilot:
        assert isinstance(pilot.app, Host)
        pilot.app.viewer.show_reading(ENTRY, Reading(HEADER, "", (body_of(text),)))
        await pilot.pause()
        pilot.app.viewer.line(205)
        await pilot.resize_terminal(40, 24)
        await pilot.pause()
        assert any(line.startswith(("199 ", "200 ", "201 ")) for line in pilot.app.lines())


@pytest.mark.parametrize(
    ("line", "cells", "lines"),
    [
        ("", 10, [""]),
        ("one two three", 8, ["one two", "three"]),
        ("one two", 7, ["one two"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("один два три", 8, ["один два", "три"]),
        ("来週の会議の資料", 7, ["来週の", "会議の", "資料"]),
        ("ab 来週", 5, ["ab 来", "週"]),
        ("a\tb", 20, ["a       b"]),
        ("абвгдежзий", 4, ["абвг", "дежз", "ий"]),
    ],
)
def test_wrap(line: str, cells: int, lines: list[str]) -> None:
    assert wrap(line, cells) == lines


@given(st.text(), st.integers(2, 30))
def test_wrapping_loses_only_spaces_and_keeps_the_width(text: str, cells: int) -> None:
    line = steady(printable_line(text))
    lines = wrap(line, cells)
    assert "".join(lines).replace(" ", "") == line.replace(" ", "")
    assert all(cell_len(part) <= cells for part in lines)


def test_a_heap_of_marks_does_not_make_one_line() -> None:
    assert max(map(len, wrap("a" + "\u0e31" * 100_000, 80))) <= 80 * 8
