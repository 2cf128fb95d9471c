"""The statistics screen: charts, choosing a bar, and mailboxes without messages or headers."""

from __future__ import annotations

from poptui.mailbox.chart import bar_row, draw_bar
from poptui.mailbox.entry import Mark
from poptui.text.cells import cell_width
from poptui.triage.spam.verdict import Verdict
from poptui.tui.screens.statistics import StatisticsScreen
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import app_of, running, shows, text, until


def judged(count: int) -> FakeMailbox:
    mailbox = FakeMailbox(content=entries(count))
    for entry in mailbox.content:
        entry.score, entry.verdict = (9.0 if entry.number == 1 else 0.0), Verdict()
    return mailbox


async def test_choosing_a_bar_filters_the_list() -> None:
    async with running(judged(5)) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("%")
        screen = await shows(pilot, "[sender]")
        assert "Statistics · 5 messages, 15 kB" in screen
        assert "sender5@mail.example.com" in await shows(pilot, "33%")
        await pilot.press("tab")
        await shows(pilot, "[domain]")
        await shows(pilot, "100%")
        await pilot.press("tab", "tab", "tab", "tab")
        await shows(pilot, "[clean-up]")
        await pilot.press("down", "enter")
        await shows(pilot, "No messages to show here.")
        await pilot.press("up", "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, StatisticsScreen))
        assert "Subject 5" not in await shows(pilot, "Filter: is:spam.")
        await pilot.press("%")
        await shows(pilot, "1 message, 1 kB · of those that match is:spam")
        await pilot.press("enter")
        filtered = app_of(pilot).mail.list
        await until(pilot, lambda: filtered.view.spec.filter is not None)
        await shows(pilot, "is:spam from:<sender1@mail.example.com>")
        await pilot.press("slash")
        field = app_of(pilot).mail.panes.prompt.field
        assert field.value == "is:spam from:<sender1@mail.example.com>"


async def test_unknown_headers_are_counted_and_join_later() -> None:
    mailbox = FakeMailbox(content=entries(3, headers=False))
    mailbox.paused = True
    async with running(mailbox) as pilot:
        await shows(pilot, "3")
        await pilot.press("%")
        await shows(pilot, "Not counted here: 3 messages (6 kB)")
        await shows(pilot, "In the list, p loads the rest.")
        for entry, known in zip(mailbox.content, entries(3), strict=True):
            entry.header, entry.score, entry.verdict = known.header, 0.0, Verdict()
        mailbox.content[0].mark = Mark.PENDING
        await shows(pilot, "sender3@mail.example.com")
        assert "Not counted" not in text(pilot)


async def test_an_empty_mailbox_and_any_size() -> None:
    async with running(FakeMailbox(content=[])) as pilot:
        await pilot.press("%")
        await shows(pilot, "There are no messages here.")
        await pilot.press("enter", "tab", "o", "G", "j")
        for size in ((1, 1), (40, 10), (200, 50)):
            await pilot.resize_terminal(*size)
            await pilot.press("shift+tab")
        await shows(pilot, "Statistics · 0 messages")


def test_rows_have_the_width_they_are_given() -> None:
    for cells in (*range(1, 80), 119, 121, 200):
        for title in ("ann@example.com", "株式会社の宛先@日本.example", "e\u0301" * 60, ""):
            assert cell_width(bar_row(title, 0.3, "  12  3 kB  30%", cells)) == cells
    assert [draw_bar(share, 4) for share in (0, 0.001, 0.5, 0.6, 1, 9)] == [
        "", "▄", "▄▄", "▄▄", "▄▄▄▄", "▄▄▄▄",
    ]  # fmt: skip
