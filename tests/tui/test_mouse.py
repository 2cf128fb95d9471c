"""The mouse: clicks, column names, the edge between the panes, selecting text, switching it off."""

from __future__ import annotations

import pytest

from poptui.mailbox.orders import SortKey
from poptui.storage.settings import Settings
from poptui.tui.reading.viewport import Place, TextSelection, ViewportRow, place_at
from poptui.tui.widgets.columns import column_at, columns, heading
from poptui.tui.widgets.viewer import Viewer
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import AppPilot, app_of, running, shows, until

MANY = 300


@pytest.mark.parametrize("cells", [40, 60, 80, 120, 200])
def test_every_column_is_found_by_its_name(cells: int) -> None:
    layout = columns(cells, MANY)
    shown = heading(layout)
    for key in SortKey:
        title = {SortKey.NUMBER: "#", SortKey.DATE: "When"}.get(key, key.name.strip("_").title())
        at = shown.find(title)
        if at >= 0:
            assert column_at(layout, at) is key
    assert "From" in shown
    assert "Subject" in shown
    assert column_at(layout, cells + 10) is None


async def test_a_click_on_a_column_sorts_by_it_and_a_second_one_reverses() -> None:
    async with running(FakeMailbox(entries(MANY))) as pilot:
        shown = (await shows(pilot, f"Subject {MANY}")).splitlines()
        at = shown[2].index("300 kB")
        await pilot.click("MessageList", offset=(at, 0))
        await shows(pilot, "Sorted by size, largest first.")
        await pilot.click("MessageList", offset=(at, 0))
        await shows(pilot, "Sorted by size, smallest first.")


async def test_a_click_moves_and_a_double_click_opens() -> None:
    async with running(FakeMailbox(entries(MANY))) as pilot:
        await shows(pilot, f"Subject {MANY}")
        mail = app_of(pilot).mail
        await pilot.click("MessageList", offset=(30, 5))
        assert mail.panes.messages.entry is mail.list.view.entries[4]
        assert mail.reader.loader.opened is None
        await pilot.click("MessageList", offset=(30, 7), times=2)
        await until(pilot, lambda: mail.reader.loader.opened is not None)
        assert mail.panes.reading
        assert mail.panes.messages.entry is mail.list.view.entries[6]


def edge(pilot: AppPilot, size: tuple[int, int]) -> tuple[int, int]:
    frame = app_of(pilot).mail.panes.frame.region
    return (frame.x, frame.y + 3) if size[0] >= 140 else (frame.x + 3, frame.y)


@pytest.mark.parametrize("size", [(80, 24), (160, 40)])
async def test_the_line_between_the_panes_is_dragged_and_stays(size: tuple[int, int]) -> None:
    async with running(FakeMailbox(entries(MANY)), size=size) as pilot:
        await shows(pilot, f"Subject {MANY}")
        x, y = edge(pilot, size)
        there = (x - 30, y) if size[0] >= 140 else (x, y - 6)
        await pilot.mouse_down(offset=(x, y))
        await pilot.hover(offset=there)
        await pilot.mouse_up(offset=there)
        await until(pilot, lambda: edge(pilot, size) == there)
        await pilot.press("tab", "tab")
        assert edge(pilot, size) == there
        await pilot.hover(offset=(3, 3))
        assert edge(pilot, size) == there
        await pilot.resize_terminal(60, 12)  # one pane at a time
        await pilot.press("enter")
        await until(pilot, lambda: app_of(pilot).mail.panes.viewer.region.height > 8)
        await pilot.press("escape")
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: edge(pilot, size) == there)


@pytest.mark.parametrize("size", [(120, 40), (160, 40)])
async def test_the_edge_of_the_list_is_dragged_too(size: tuple[int, int]) -> None:
    async with running(FakeMailbox(entries(MANY)), size=size) as pilot:
        await shows(pilot, f"Subject {MANY}")
        x, y = edge(pilot, size)
        beside = size[0] >= 140
        there = (x - 30, y) if beside else (x, y - 6)
        await pilot.mouse_down(offset=(x - 1, y) if beside else (x, y - 1))
        await pilot.hover(offset=there)
        await pilot.mouse_up(offset=there)
        await until(pilot, lambda: edge(pilot, size) == there)
        assert app_of(pilot).mail.panes.messages.entry is app_of(pilot).mail.list.view.entries[0]


async def test_a_click_on_a_notice_shows_the_keys_again_and_does_nothing_else() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        app_of(pilot).say("Something failed.", is_error=True)
        await shows(pilot, "Something failed.")
        await pilot.click("KeyBar", offset=(3, 0))
        await shows(pilot, "d mark")
        assert not mailbox.marks.marked()
        await pilot.click("KeyBar", offset=(3, 0))
        await until(pilot, lambda: bool(mailbox.marks.marked()))


async def test_selected_text_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "WezTerm")
    monkeypatch.delenv("TMUX", raising=False)
    written: list[str] = []
    body = b"\n".join(b"Line %d of a text" % number for number in range(9))
    async with running(FakeMailbox(body=body)) as pilot:
        await shows(pilot, "Subject 5")
        monkeypatch.setattr(app_of(pilot), "write_control", written.append)
        await pilot.press("enter")
        shown = (await shows(pilot, "Line 2 of")).splitlines()
        y = next(number for number, line in enumerate(shown) if "Line 1 of" in line)
        await pilot.mouse_down(offset=(6, y))
        await pilot.hover(offset=(6, y + 1))
        await pilot.mouse_up(offset=(6, y + 1))
        viewer = app_of(pilot).mail.panes.viewer
        assert viewer.selected == "1 of a text\nLine 2"
        await pilot.press("y")
        await shows(pilot, "Copied the selected text.")
        assert len(written) == 1
        await pilot.click(Viewer, offset=(9, 3))
        assert viewer.selected == ""


def test_a_place_is_a_whole_character_however_wide() -> None:
    row = ViewportRow(3, 2, 8, "> ")
    line = "xx日本ab e"
    assert [place_at(row, line, cell).start for cell in range(10)] == [2, 2, 2, 2, 3, 3, 4, 5, 6, 7]
    assert place_at(row, line, 99) == Place(3, 7)
    assert place_at(ViewportRow(0, 0, 0), "", 5) == Place(0, 0)
    assert TextSelection(Place(1, 5), Place(1, 2)).within(1, 9) == (2, 6)
    assert TextSelection(Place(1, 5), Place(1, 5)).within(1, 9) is None


async def test_the_mouse_can_be_left_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    async with running(FakeMailbox(), settings=Settings(keymap="vim")) as pilot:
        await shows(pilot, "Subject 5")
        monkeypatch.setattr(app_of(pilot), "write_control", written.append)
        await pilot.press("ctrl+t")
        await shows(
            pilot, "The mouse selects text in the terminal now; ctrl+t gives it back to poptui."
        )
        await pilot.press("ctrl+t")
        await shows(pilot, "poptui uses the mouse again.")
        assert ["l" in sequence for sequence in written] == [True, False]
