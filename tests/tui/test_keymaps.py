"""The keymaps: complete and without clashes; the user's changes; key sequences."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Button

from poptui.errors import NotFoundError
from poptui.storage.config import load_config
from poptui.storage.settings import Settings
from poptui.storage.toml_reader import ConfigError
from poptui.tui.actions.action import Scope
from poptui.tui.actions.bindings import KeySequence, SequenceStep
from poptui.tui.actions.keymaps import KEYMAPS, Keymap, check_keys, clashes, keymap_of
from poptui.tui.actions.keys import read_keys, shown_key
from poptui.tui.actions.registry import ACTIONS, BY_ID
from poptui.tui.apps.mailbox_app import PoptuiApp
from poptui.tui.screens.deletion import quit_screen
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import app_of, lines, running, shows, text, until

MANY = 300


def marked(mailbox: FakeMailbox) -> list[int]:
    return sorted(entry.number for entry in mailbox.marks.marked())


@pytest.mark.parametrize("name", KEYMAPS)
def test_every_action_has_a_key_and_every_key_one_action(name: str) -> None:
    keymap = Keymap(name)
    assert KEYMAPS[name].keys() <= BY_ID.keys()
    assert all(keymap.keys[action.id] for action in ACTIONS)
    assert not list(clashes(keymap))
    for key in itertools.chain.from_iterable(keymap.keys.values()):
        assert read_keys(key.replace("alt+shift+", "alt+").replace("underscore", "_")), key


@pytest.mark.parametrize("name", KEYMAPS)
def test_the_ways_out_are_in_every_keymap(name: str) -> None:
    nothing: dict[str, tuple[str, ...]] = {action.id: () for action in ACTIONS}
    keymap = Keymap(name, nothing)
    assert keymap.keys["back"] == ("escape",)
    assert keymap.keys["leave"] == ("ctrl+c",)
    assert not any(keymap.keys[id] for id in keymap.keys.keys() - {"back", "leave"})


@pytest.mark.parametrize("name", KEYMAPS)
def test_keys_for_everywhere_type_nothing(name: str) -> None:
    for action in ACTIONS:
        if action.scope is Scope.ALWAYS:
            assert all(key.startswith("ctrl+") for key in Keymap(name).keys[action.id])


@pytest.mark.parametrize(
    ("written", "key", "shown"),
    [
        ("d", "d", "d"), ("D", "D", "D"), ("PgDn", "pagedown", "PgDn"), ("esc", "escape", "Esc"),
        ("Ctrl+D", "ctrl+d", "ctrl+d"), ("C+d", "ctrl+d", "ctrl+d"),
        ("alt+V", "alt+shift+v", "alt+V"),
        ("g g", "g g", "gg"), ("ctrl+x ctrl+s", "ctrl+x ctrl+s", "ctrl+x ctrl+s"),
        ("ctrl+_", "ctrl+underscore", "ctrl+_"), (" ", "space", "Space"), ("↓", "down", "↓"),
        ("ctrl+left", "ctrl+left", "ctrl+left"), ("F12", "f12", "F12"), ("+", "+", "+"),
        (",", ",", ","),
    ],
)  # fmt: skip
def test_keys_are_read_as_people_write_them(written: str, key: str, shown: str) -> None:
    assert read_keys(written) == key
    assert shown_key(key) == shown


CONFIG = """\
theme = "poptui-dark"
keymap = "vim"
[keys]
mark = ["d d", "m"]
unmrk = ["x"]
zzz = []
undo = ["ctl+z", "ctrl+i"]
tag = ["m"]
top = ["g"]
discard = []
leave = ["q"]
sort = ["shift+o", "escape"]
help = 3
group = "F4"
page_up.x = ["q"]
peek = ["a b c d"]
pause = ["ctrl+x escape", ""]
"""
COMPLAINTS = """\
5: keys.unmrk is an unknown action (did you mean “unmark”?)
6: keys.zzz is an unknown action; 'poptui help keys' lists all actions
7: keys.undo has “ctl+z”, which is not a key (did you mean “ctrl+z”?)
7: keys.undo has "ctrl+i", which a terminal sends for Tab; write "Tab"
8: keys.tag has “m”, which is also a key of mark; give mark other keys, or [] for none
9: keys.top has “g”, but “gU” is a key of unmark_all: a key alone can't begin a sequence too
9: keys.top has “g”, but “gh” is a key of headers: a key alone can't begin a sequence too
11: keys.leave has “q”, but works while you type too: it needs Ctrl or an F key
12: keys.sort has "shift+o"; write "O"
12: keys.sort has “Esc”, which is always a key of back
13: keys.help must be a list of up to 12 keys, such as ["d", "ctrl+d"], or []
15: keys.page_up must be a list of up to 12 keys, such as ["d", "ctrl+d"], or []
16: keys.peek has “a b c d”: at most 3 keys one after the other
17: keys.pause has “ctrl+x Esc”, but Esc cancels a sequence
17: keys.pause has "", which is not a key"""


def test_all_mistakes_in_the_keys_are_reported_at_once(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, "utf-8")
    with pytest.raises(ConfigError) as raised:
        load_config(file, further=check_keys)
    assert list(raised.value.sentences) == [f"{file}:{line}." for line in COMPLAINTS.splitlines()]


def test_a_wrong_keymap_is_no_reason_to_tell_of_clashes_with_another(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('keymap = "vmi"\n[keys]\nunmark = ["x"]\n', "utf-8")
    with pytest.raises(ConfigError, match="did you mean “vim”") as raised:
        load_config(file, further=check_keys)
    assert len(raised.value.sentences) == 1


def test_a_key_that_another_action_gave_up_may_be_taken() -> None:
    settings = Settings(keys={"discard": (), "mark": ("x", "d"), "up": ("k",), "down": ("j",)})
    keymap = keymap_of(settings)
    assert keymap.first("mark") == "x"
    assert keymap.keys["discard"] == ()
    assert keymap.hint("discard") == "“quit without deleting” in the palette"


def test_a_sequence_ends_with_its_last_key_esc_or_a_key_that_continues_none() -> None:
    sequence = KeySequence(Keymap("emacs"))
    assert sequence.press("d")[0] is SequenceStep.NONE
    for last, step in (
        ("ctrl+s", SequenceStep.COMPLETE),
        ("escape", SequenceStep.CANCELLED),
        ("ctrl+g", SequenceStep.CANCELLED),
        ("d", SequenceStep.UNKNOWN),
    ):
        assert sequence.press("ctrl+x")[0] is SequenceStep.PENDING
        assert sequence.press(last)[0] is step
        assert sequence.pressed == ()
    assert sequence.action is BY_ID["commit"]


async def test_a_pending_sequence_is_shown_and_waits() -> None:
    mailbox = FakeMailbox(entries(MANY))
    async with running(mailbox, settings=Settings(keymap="vim")) as pilot:
        await shows(pilot, f"Subject {MANY}")
        await pilot.press("d")
        await shows(pilot, "d …  d mark  Esc cancel")
        await pilot.resize_terminal(100, 30)
        await shows(pilot, "d …  d mark  Esc cancel")
        assert not marked(mailbox)
        await pilot.press("d")
        await until(pilot, lambda: marked(mailbox) == [MANY])
        await pilot.press("d", "escape", "d", "x")
        await shows(pilot, "'dx' does nothing here.")
        assert marked(mailbox) == [MANY]
        await pilot.press("d", "slash")  # nor a filter
        await shows(pilot, "'d/' does nothing here.")
        assert not app_of(pilot).mail.panes.prompt.open
        await pilot.press("G", "x", "g", "g", "x")
        await until(pilot, lambda: marked(mailbox) == [1, MANY])


async def test_a_click_or_a_dialog_ends_a_sequence() -> None:
    mailbox = FakeMailbox(entries(MANY))
    async with running(mailbox, settings=Settings(keymap="vim")) as pilot:
        await shows(pilot, f"Subject {MANY}")
        await pilot.press("d")
        await pilot.click("MessageList", offset=(10, 4))
        await pilot.press("d")
        await shows(pilot, "d …")
        pilot.app.push_screen(quit_screen(entries(3), keeps=True, copies=False))
        await until(pilot, lambda: isinstance(pilot.app.focused, Button))
        await pilot.press("d", "escape")
        await until(pilot, lambda: pilot.app.screen is app_of(pilot).mail)
        assert not app_of(pilot).keys.sequence.pressed
        await until(pilot, lambda: "d …" not in text(pilot))
        assert not marked(mailbox)


async def test_moving_keys_with_ctrl_move_in_dialogs_and_letters_do_not() -> None:
    async with running(FakeMailbox(), settings=Settings(keymap="emacs")) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("question_mark")
        await shows(pilot, "Half a page up")
        await pilot.pause()
        top = lines(pilot)
        await pilot.press("ctrl+v")
        await until(pilot, lambda: lines(pilot) != top)
        await pilot.press("alt+v")
        await until(pilot, lambda: lines(pilot) == top)
        await pilot.press("escape", "d", "q")
        await shows(pilot, "Keep marks")
        harmless = pilot.app.focused
        await pilot.press("ctrl+p")
        assert pilot.app.focused is not harmless
        await pilot.press("ctrl+n", "p")
        assert pilot.app.focused is harmless


async def test_sentences_name_the_keys_of_the_keymap() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, settings=Settings(keymap="gmail")) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.fault = NotFoundError("This server has no TOP.")
        await pilot.press("space")
        await shows(pilot, "This server has no TOP. o downloads all of it, 5 kB.")
        mailbox.fault = None
        await pilot.press("v", "home", "space")
        await shows(pilot, "This is a group. o opens it; then choose a message.")


async def test_no_key_acts_on_a_message_while_text_is_typed() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox, settings=Settings(keys={"mark": ("f8", "ctrl+t")})) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("slash", "f8", "ctrl+t", "S", "down", "f8")
        await shows(pilot, "'F8' does nothing here. Press F1 for help.")
        assert not marked(mailbox)
        await pilot.press("escape", "f8")
        await until(pilot, lambda: len(marked(mailbox)) == 1)


@pytest.mark.parametrize("name", KEYMAPS)
def test_the_app_has_the_keys_of_its_keymap(name: str) -> None:
    app = PoptuiApp(FakeMailbox(), settings=Settings(keymap=name))
    bound = {
        binding.id for screen in (app, app.mail) for _, binding in screen._bindings if binding.id
    } | {action.id for action in app.keymap.sequences.values()}
    assert bound == BY_ID.keys()


async def test_a_megabyte_pasted_into_the_filter_is_cut_and_reported() -> None:
    async with running(FakeMailbox(entries(MANY))) as pilot:
        await shows(pilot, f"Subject {MANY}")
        await pilot.press("slash")
        pilot.app.post_message(Paste("x" * 1_000_000))
        await shows(pilot, "The pasted text is cut to 4,000 characters.")
        prompt = app_of(pilot).mail.panes.prompt
        assert len(prompt.field.value) == 4000
        await pilot.press("escape")
        await until(pilot, lambda: not prompt.open)
        await shows(pilot, f"Subject {MANY}")
