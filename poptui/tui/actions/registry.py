"""The registry of actions: key bindings, key bar, help screen and palette are made from it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.binding import Binding

from poptui.triage.policy.saved_filters import MAX_SAVED_FILTERS
from poptui.tui.actions.action import BOTH, LIST, VIEWER, Action, ActionGroup, KeyContext, Scope

_moving = partial(Action, group=ActionGroup.MOVING)
_marking = partial(Action, group=ActionGroup.MARKING)
_reading = partial(Action, group=ActionGroup.READING)
_listing = partial(Action, group=ActionGroup.LISTING)
_triage = partial(Action, group=ActionGroup.TRIAGE)
_mailbox = partial(Action, group=ActionGroup.MAILBOX)
_program = partial(Action, group=ActionGroup.PROGRAM)

_SAVED = "Show what this saved filter finds; again: all messages"

ACTIONS: tuple[Action, ...] = (
    _moving("down", ("j", "down"), "down", "Next message; in the viewer one line down"),
    _moving("up", ("k", "up"), "up", "Previous message; in the viewer one line up"),
    _moving("page_down", ("pagedown",), "page", "A page down"),
    _moving("page_up", ("pageup",), "page up", "A page up"),
    _moving("top", ("g", "home"), "top", "To the top: the newest message"),
    _moving("bottom", ("G", "end"), "bottom", "To the bottom: the oldest message"),
    _moving(
        "switch",
        ("tab", "shift+tab"),
        "list/viewer",
        "From the list to the viewer, and back",
    ),
    _moving(
        "back",
        ("escape",),
        "back",
        "Stop a message that is arriving; back to the list; there, no filter",
        bar=VIEWER,
    ),
    _marking("mark", ("d", "#", "delete"), "delete", "Mark to be deleted, and move on", bar=BOTH),
    _marking("unmark", ("u",), "unmark", "Take the mark off this message", bar=BOTH),
    _marking("undo", ("z",), "undo", "Take back the last marking or unmarking", bar=LIST),
    _marking("unmark_all", ("U",), "unmark all", "Take all marks off (asks first)"),
    _reading("open", ("enter",), "open", "Fetch the message and show it", bar=LIST),
    _reading(
        "peek",
        ("space",),
        "peek",
        "Fetch its first 40 lines, again: 200; then, and in the viewer, a page down",
        bar=LIST,
    ),
    _reading("attachments", ("a",), "attached", "Attachments: list, save, open", bar=VIEWER),
    _reading(
        "alternative", ("V",), "HTML", "The text in its other form, plain or HTML", bar=VIEWER
    ),
    _reading("headers", ("h",), "header", "Header: short, all of it, raw message", bar=VIEWER),
    _reading("next_match", ("n",), "next", "The next place of what was searched for by /"),
    _reading("previous_match", ("N",), "previous", "The place before"),
    _reading("save", ("S",), "save", "Save the message as an .eml file", bar=VIEWER),
    _reading("pager", ("e",), "pager", "The text in $PAGER"),
    _reading("copy_link", ("y",), "copy link", "Copy where a link leads, by its number"),
    _reading(
        "open_link",
        ("Y",),
        "open link",
        "Open a link by the configured command, open_link",
    ),
    _listing(
        "filter",
        ("/",),
        "filter",
        "Show only what matches, as you type; in the viewer search the text",
        bar=BOTH,
        viewer_label="search",
    ),
    _listing("sort", ("o",), "sort", "Sort by the next column", bar=LIST),
    _listing("reverse", ("O",), "reverse", "Turn the order round"),
    _listing(
        "pause",
        ("p",),
        "pause headers",
        "Stop loading headers beyond the screen; again: go on",
    ),
    _triage(
        "group", ("v",), "group", "Group by sender, domain, subject, list, or not at all", bar=LIST
    ),
    _triage("unfold", ("right",), "open group", "Show what is in the group"),
    _triage("fold", ("left",), "close group", "Close the group"),
    _triage(
        "mark_shown", ("D",), "delete all", "Mark all that the filter shows (previews)", bar=LIST
    ),
    _triage("saved", ("0",), "filters", "Saved filters, with what each of them finds", bar=LIST),
    *(
        _triage(f"saved_{key}", (str(key),), f"filter {key}", _SAVED)
        for key in range(1, MAX_SAVED_FILTERS + 1)
    ),
    _triage("tag", ("t",), "tag", "Tag or untag, and move on; d and u then act on the tagged"),
    _triage("select_sender", ("s",), "same sender", "Tag all that is shown from this sender"),
    _triage("why", ("!",), "why", "Why this looks like spam, or does not", bar=LIST),
    _triage("friend", ("w",), "friend", "Sender to the friends; again: off them"),
    _triage("block", ("b",), "block", "Sender to the blocklist; again: off it"),
    _mailbox("refresh", ("r", "f5"), "refresh", "Connect anew and look for new mail; marks stay"),
    _mailbox("commit", ("$",), "commit", "Delete what is marked and stay (asks first)"),
    _program("help", ("?",), "help", "All keys, and what they do", bar=BOTH),
    _program("quit", ("q",), "quit", "Quit; asks if anything is marked", bar=BOTH),
    _program("discard", ("x",), "quit, delete nothing", "Quit at once and delete nothing"),
    _program(
        "command_palette",
        ("ctrl+p",),
        "palette",
        "All commands and the colour themes",
        scope=Scope.APP,
    ),
    _program("redraw", ("ctrl+l",), "redraw", "Paint the screen anew", scope=Scope.APP),
    _program(
        "suspend",
        ("ctrl+z",),
        "suspend",
        "Stop, and leave the terminal to the shell until fg",
        scope=Scope.ALWAYS,
    ),
    _program(
        "leave",
        ("ctrl+q", "ctrl+c"),
        "quit",
        "Out of a dialog; else quit, which asks if anything is marked",
        scope=Scope.ALWAYS,
    ),
)


def bindings(actions: Iterable[Action]) -> list[Binding]:
    """Textual's bindings for ``actions``, each remappable by the action's id."""
    return [
        Binding(
            ",".join(action.keys),
            action.id,
            action.label,
            show=False,
            id=action.id,
            priority=action.scope is Scope.ALWAYS,
        )
        for action in actions
    ]


def of_screen() -> list[Action]:
    """The actions that the screen with the list answers."""
    return [action for action in ACTIONS if action.scope is Scope.SCREEN]


def of_app() -> list[Action]:
    """The actions that the app answers."""
    return [action for action in ACTIONS if action.scope is not Scope.SCREEN]


def in_bar(place: KeyContext) -> list[Action]:
    """What the key bar offers while ``place`` has the focus."""
    return [action for action in ACTIONS if place in action.bar]


def groups() -> dict[ActionGroup, list[Action]]:
    """The actions by group, in the registry's order: the help screen's sections."""
    found: dict[ActionGroup, list[Action]] = {}
    for action in ACTIONS:
        found.setdefault(action.group, []).append(action)
    return found
