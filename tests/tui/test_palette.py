"""The palette: its entries, how they are found, and why some are unavailable."""

from __future__ import annotations

from pathlib import Path

import pytest

from poptui.storage.settings import Settings
from poptui.tui.actions.keymaps import Keymap
from poptui.tui.palette import account_entries, keymap_entries, matching_entries
from poptui.tui.screens.palette import PaletteScreen
from poptui.tui.widgets.pick_list import PickList
from poptui.tui.widgets.search_field import SearchField
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import AppPilot, app_of, lines, running, shows, text, until


async def opened(pilot: AppPilot) -> PaletteScreen:
    await shows(pilot, "Subject 5")
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(pilot.app.screen, PaletteScreen))
    screen = pilot.app.screen
    assert isinstance(screen, PaletteScreen)
    return screen


async def test_it_offers_actions_filters_and_themes_with_their_keys() -> None:
    async with running(FakeMailbox()) as pilot:
        palette = await opened(pilot)
        names = [entry.name for entry in palette._entries]
        assert {"Quit", "Mark for deletion", "Unmark all", "Theme: poptui-light"} <= set(names)
        assert len(names) == len(set(names))
        await pilot.press(*"spam")
        await shows(pilot, "Filter: spam")
        row = next(line for line in lines(pilot) if "Filter: spam" in line)
        assert row.rstrip("│ ").endswith("1")
        await pilot.press("enter")
        await shows(pilot, "Saved filter spam.")


async def test_the_best_name_comes_first() -> None:
    async with running(FakeMailbox()) as pilot:
        entries = (await opened(pilot))._entries
    for typed, name in (
        ("quit", "Quit"), ("mark", "Mark for deletion"), ("filter spam", "Filter: spam"),
        ("theme light", "Theme: poptui-light"), ("$", "Commit and stay"), ("f5", "Refresh"),
    ):  # fmt: skip
        assert matching_entries(entries, typed.split())[0].name == name
    assert not matching_entries(entries, ["xyzzy"])


async def test_an_entry_acts_like_its_key() -> None:
    async with running(FakeMailbox()) as pilot:
        await opened(pilot)
        await pilot.press(*"undo", "enter")
        await shows(pilot, "Nothing to undo.")


async def test_quit_in_the_palette_opens_the_dialog() -> None:
    async with running(FakeMailbox()) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d")
        await opened(pilot)
        await pilot.press(*"quit")
        await shows(pilot, "asks if anything is marked")
        await pilot.press("enter")
        await shows(pilot, "Delete 1 message (5 kB) and quit")


async def test_an_unavailable_action_says_why_and_does_nothing() -> None:
    async with running(FakeMailbox()) as pilot:
        palette = await opened(pilot)
        await pilot.press(*"commit")
        await shows(pilot, "(Nothing is marked)")
        await pilot.press("enter")
        await until(pilot, lambda: text(pilot).count("Nothing is marked") > 1)
        assert pilot.app.screen is palette
        await pilot.press("ctrl+u", *"plain text or")
        await shows(pilot, "(This message is not open.")
        await pilot.press("ctrl+u", *"xyzzy")
        await shows(pilot, "Nothing matches.")
        await pilot.press("enter", "escape")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)


async def test_a_theme_is_shown_while_the_cursor_is_on_it() -> None:
    async with running(FakeMailbox()) as pilot:
        await opened(pilot)
        await pilot.press(*"theme: poptui-light")
        await until(pilot, lambda: pilot.app.theme == "poptui-light")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.theme == "poptui-dark")
        await opened(pilot)
        await pilot.press(*"theme: poptui-light", "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, PaletteScreen))
        assert pilot.app.theme == "poptui-light"


async def test_the_theme_that_is_on_and_a_terminal_without_colours_say_why_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(FakeMailbox()) as pilot:
        await opened(pilot)
        await pilot.press(*"theme: poptui-dark")
        await shows(pilot, "Theme: poptui-dark  (This theme is on already)")
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(FakeMailbox()) as pilot:
        await opened(pilot)
        await pilot.press(*"theme")
        await shows(pilot, "Theme  (This terminal shows no colours)")


async def test_a_search_that_finds_nothing_highlights_no_row() -> None:
    async with running(FakeMailbox()) as pilot:
        palette = await opened(pilot)
        rows = palette.query_one(PickList)
        assert rows.render_line(0)._segments[0].text.startswith("> ")
        await pilot.press(*"xyzzy")
        await shows(pilot, "Nothing matches.")
        first, second = (rows.render_line(line)._segments[0].style for line in (0, 1))
        assert first == second


@pytest.mark.parametrize("theme", ["poptui-16", "poptui-mono"])
async def test_the_cursor_of_the_list_is_not_as_bright_behind_a_dialog(theme: str) -> None:
    async with running(FakeMailbox(), settings=Settings(theme=theme)) as pilot:
        await shows(pilot, "Subject 5")
        messages = app_of(pilot).mail.panes.messages
        bright = messages.render_line(1)._segments[1].style
        await opened(pilot)
        await until(pilot, lambda: messages.render_line(1)._segments[1].style != bright)
        await pilot.press("escape")
        await until(pilot, lambda: messages.render_line(1)._segments[1].style == bright)


async def test_another_keymap_acts_at_once_and_is_kept(tmp_path: Path) -> None:
    mailbox, config = FakeMailbox(), tmp_path / "config.toml"
    config.write_text('keymap = "mutt"  # for now\n', "utf-8")
    async with running(mailbox, settings=Settings(path=config)) as pilot:
        await opened(pilot)
        await pilot.press(*"keymap: gmail", "enter")
        await shows(pilot, "Keymap gmail is on; ? shows its keys.")
        await until(pilot, lambda: config.read_text("utf-8") == 'keymap = "gmail"  # for now\n')
        await pilot.press("d", "x")  # x tags in Gmail's keymap, and d is not a key there
        await shows(pilot, "1 tagged")
        assert not mailbox.marks.marked()
        await pilot.press("#", "y")
        await until(pilot, lambda: len(mailbox.marks.marked()) == 1)


def test_a_keymap_that_clashes_with_the_users_keys_is_not_offered() -> None:
    entries = {
        entry.name: entry for entry in keymap_entries(Keymap("mutt", {"tag": ("Z",)}), print)
    }
    assert entries["Keymap: mutt"].why_not == "This keymap is on already."
    assert entries["Keymap: gmail"].why_not == ""
    assert entries["Keymap: vim"].why_not.startswith("keys.tag has “Z”, but “ZZ” is a key of quit")


async def test_a_pasted_megabyte_is_truncated() -> None:
    from textual.events import Paste

    async with running(FakeMailbox()) as pilot:
        palette = await opened(pilot)
        pilot.app.post_message(Paste("spam " * 200_000))
        field = palette.query_one(SearchField)
        await until(pilot, lambda: bool(field.value))
        assert len(field.value) <= 200
        await pilot.press("ctrl+u", *"undo", "enter")
        await shows(pilot, "Nothing to undo.")


def test_accounts_come_from_the_configuration_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[accounts.work]\nurl = "pops://me@work.example"\n'
        '[accounts.home]\nurl = "pops://me@home.example"\n',
        "utf-8",
    )
    settings = Settings(path=file, url="pops://me@work.example")
    switched: list[str] = []
    _, here, other = account_entries(settings, switched.append, print)
    assert (here.name, here.why_not) == ("Account: work", "This account is open now.")
    assert (other.name, other.why_not) == ("Account: home", "")
    other.run()
    assert switched == ["home"]
    file.write_text("[accounts", "utf-8")
    assert [entry.name for entry in account_entries(settings, print, print)] == ["Add an account"]


async def test_an_account_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPTUI_CONFIG", str(tmp_path / "config.toml"))
    async with running(FakeMailbox()) as pilot:
        await opened(pilot)
        await pilot.press(*"add acc", "enter")
        await shows(pilot, "Your mail address")
        await pilot.press(*"me@icloud.com", "enter")
        await shows(pilot, "iCloud Mail has no POP3")
        await pilot.press("enter")
        await shows(pilot, "No account was added.")
