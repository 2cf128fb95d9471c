"""The registry of actions: complete, without clashes, and in line with the code."""

from __future__ import annotations

import itertools

from poptui.tui.actions.action import KeyContext, Scope
from poptui.tui.actions.bindings import bindings
from poptui.tui.actions.keymaps import Keymap
from poptui.tui.actions.registry import ACTIONS, groups, in_bar, of_app, of_screen
from poptui.tui.apps.mailbox_app import PoptuiApp
from tests.tui.fake_mailbox import FakeMailbox

CONTRACT = {
    "j": "down", "down": "down", "k": "up", "up": "up", "pagedown": "page_down",
    "pageup": "page_up", "g": "top", "G": "bottom", "enter": "open", "d": "mark", "#": "mark",
    "delete": "mark", "u": "unmark", "z": "undo", "U": "unmark_all", "q": "quit",
    "x": "discard", "r": "refresh", "f5": "refresh", "$": "commit", "tab": "switch",
    "?": "help", "ctrl+p": "command_palette", "ctrl+q": "leave", "ctrl+c": "leave",
}  # fmt: skip


def test_the_default_keys() -> None:
    found = {key: action.id for action in ACTIONS for key in action.keys}
    assert CONTRACT.items() <= found.items()


def test_no_key_and_no_id_is_used_twice() -> None:
    keys = list(itertools.chain.from_iterable(action.keys for action in ACTIONS))
    ids = [action.id for action in ACTIONS]
    assert len(set(keys)) == len(keys)
    assert len(set(ids)) == len(ids)


def test_every_action_is_answered_by_one_controller_or_by_the_app() -> None:
    app = PoptuiApp(FakeMailbox())
    assert app.mail.handlers.keys() == {action.id for action in of_screen()}
    for action in of_app():
        assert hasattr(app, f"action_{action.id}"), action.id


def test_every_binding_can_be_remapped_by_its_id() -> None:
    made = [binding for _, binding in bindings(ACTIONS, Keymap())]
    assert {binding.id for binding in made} == {action.id for action in ACTIONS}
    priority = {binding.id for binding in made if binding.priority}
    assert priority == {action.id for action in ACTIONS if action.scope is Scope.ALWAYS}


def test_the_first_mark_moves_no_key_before_those_that_it_adds() -> None:
    usual = [action.id for action in in_bar({KeyContext.LIST})]
    marked = [action.id for action in in_bar({KeyContext.LIST, KeyContext.MARKED})]
    assert marked == [*usual[:-2], "unmark", "undo", "commit", *usual[-2:]]


def test_groups_and_bars_hold_only_actions_of_the_registry() -> None:
    assert sorted(a.id for found in groups().values() for a in found) == sorted(
        a.id for a in ACTIONS
    )
    assert [action.id for action in in_bar({KeyContext.LIST})][-2:] == ["help", "quit"]
    assert "back" in [action.id for action in in_bar({KeyContext.VIEWER})]
    nothing = in_bar({KeyContext.LIST, KeyContext.EMPTY})
    assert not {"mark", "open", "peek"} & {action.id for action in nothing}
