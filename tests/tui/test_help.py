"""The help screen: all keys of the keymap, and a search as the user types."""

from __future__ import annotations

import pytest

from poptui.storage.settings import Settings
from poptui.tui.actions.keymaps import KEYMAPS, Keymap
from poptui.tui.actions.registry import ACTIONS
from poptui.tui.screens.help import HelpScreen, matching, sections
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import app_of, running, shows, text, until


@pytest.mark.parametrize("name", KEYMAPS)
def test_it_shows_every_action_with_the_keys_of_the_keymap(name: str) -> None:
    keymap = Keymap(name)
    rows = {row[:2] for _, rows in sections(keymap) for row in rows}
    for action in ACTIONS:
        assert (keymap.shown(action.id), action.help) in rows


def test_one_character_is_a_key_and_several_are_words() -> None:
    every = list(sections(Keymap()))
    found = dict(matching(every, "z"))
    assert [row.id for row in found["Marking"]] == ["undo"]
    assert {title for title, _ in matching(every, "moving")} == {"Moving"}
    assert [row.id for _, rows in matching(every, "Marked stay") for row in rows] == ["commit"]
    assert not list(matching(every, "Z"))


async def test_typing_searches_and_esc_shows_all_again_then_closes() -> None:
    async with running(FakeMailbox(), settings=Settings(keymap="gmail")) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("f1")
        await shows(pilot, "Moving the cursor downloads headers only")
        await pilot.press(*"/deletion")
        await shows(pilot, "# Del")
        await until(pilot, lambda: "Moving the cursor" not in text(pilot))
        await pilot.press(*"xyzzy")
        await shows(pilot, "Nothing matches.")
        await pilot.press("escape")
        await shows(pilot, "Moving the cursor downloads headers only")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40)])
async def test_long_texts_go_on_below_their_beginning(size: tuple[int, int]) -> None:
    async with running(FakeMailbox(), size=size) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("?")
        await pilot.press(*"trust")
        await shows(pilot, "Trust or untrust the sender")
        await pilot.press("ctrl+u", *"wheel")
        shown = (await shows(pilot, "Scroll what is under")).splitlines()
        at = next(n for n, line in enumerate(shown) if "Scroll what" in line)
        column = shown[at].index("Scroll")
        assert shown[at + 1][column - 2 : column].isspace()
        assert not shown[at + 1][column].isspace()
