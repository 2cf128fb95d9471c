"""The registry of actions: key bindings, key bar, help screen and palette are made from it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.binding import Binding

from poptui.triage.policy.saved_filters import MAX_SAVED_FILTERS
from poptui.tui.actions.action import (
    BOTH,
    LIST,
    VIEWER,
    Action,
    ActionGroup,
    ActsOn,
    KeyContext,
    Scope,
)

_moving = partial(Action, group=ActionGroup.MOVING)
_marking = partial(Action, group=ActionGroup.MARKING)
_reading = partial(Action, group=ActionGroup.READING)
_listing = partial(Action, group=ActionGroup.LISTING)
_triage = partial(Action, group=ActionGroup.TRIAGE)
_mailbox = partial(Action, group=ActionGroup.MAILBOX)
_program = partial(Action, group=ActionGroup.PROGRAM)
_mark_one = partial(_marking, acts_on=ActsOn.ROW, takes_tagged=True)
_read_one = partial(_reading, acts_on=ActsOn.MESSAGE)
_triage_row = partial(_triage, acts_on=ActsOn.ROW)
_triage_message = partial(_triage, acts_on=ActsOn.MESSAGE)

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
        "Switch between the list and the viewer",
    ),
    _moving(
        "back",
        ("escape",),
        "back",
        "Cancel a download; back to the list; clear the filter, then the tags",
        bar=VIEWER,
    ),
    _mark_one("mark", ("d", "#", "delete"), "delete", "Mark for deletion and move on", bar=BOTH),
    _mark_one("unmark", ("u",), "unmark", "Unmark this message", bar=BOTH),
    _marking("undo", ("z",), "undo", "Undo the last marking or unmarking", bar=LIST),
    _marking("unmark_all", ("U",), "unmark all", "Unmark all messages (asks first)"),
    _reading(
        "open",
        ("enter",),
        "open",
        "Download the message and show it; open or close a group",
        bar=LIST,
        acts_on=ActsOn.ROW,
    ),
    _read_one(
        "peek",
        ("space",),
        "peek",
        "Preview 40 lines, then 200; page down when open",
        bar=LIST,
    ),
    _read_one("attachments", ("a",), "attached", "Attachments: list, save, open", bar=VIEWER),
    _read_one("alternative", ("V",), "HTML", "Switch between plain text and HTML", bar=VIEWER),
    _read_one("headers", ("h",), "header", "Header: short, all of it, raw message", bar=VIEWER),
    _reading("next_match", ("n",), "next", "Next match of the search by /"),
    _reading("previous_match", ("N",), "previous", "Previous match"),
    _read_one("save", ("S",), "save", "Save the message as an .eml file", bar=VIEWER),
    _read_one("pager", ("e",), "pager", "The text in $PAGER"),
    _read_one("copy_link", ("y",), "copy link", "Copy where a link leads, by its number"),
    _read_one(
        "open_link",
        ("Y",),
        "open link",
        "Open a link with the configured command, open_link",
    ),
    _read_one("copy_text", ("C",), "copy text", "Copy the text of the open message"),
    _read_one("reply", ("R",), "reply", "Reply with the configured mail program, reply_command"),
    _listing(
        "filter",
        ("/",),
        "filter",
        "Show only what matches, as you type; in the viewer search the text",
        bar=BOTH,
        viewer_label="search",
    ),
    _listing("sort", ("o",), "sort", "Sort by the next column", bar=LIST),
    _listing("reverse", ("O",), "reverse", "Reverse the sort order"),
    _listing(
        "pause",
        ("p",),
        "pause headers",
        "Pause loading headers beyond the screen, or resume",
    ),
    _triage(
        "group", ("v",), "group", "Group by sender, domain, subject, list, or not at all", bar=LIST
    ),
    _triage_row("unfold", ("right",), "open group", "Show what is in the group"),
    _triage_row("fold", ("left",), "close group", "Close the group"),
    _triage(
        "mark_shown",
        ("D",),
        "delete all",
        "Mark all that the filter shows, after a preview",
        bar=LIST,
    ),
    _triage("saved", ("0",), "filters", "Saved filters, with what each of them finds", bar=LIST),
    *(
        _triage(f"saved_{key}", (str(key),), f"filter {key}", _SAVED)
        for key in range(1, MAX_SAVED_FILTERS + 1)
    ),
    _triage_row("tag", ("t",), "tag", "Tag or untag, and move on; d and u then act on the tagged"),
    _triage_message(
        "select_sender", ("s",), "same sender", "Tag all shown messages from this sender"
    ),
    _triage_message("why", ("!",), "why", "Show why this looks like spam, or does not", bar=LIST),
    _triage_message("friend", ("w",), "friend", "Trust the sender, or no longer"),
    _triage_message("block", ("b",), "block", "Block the sender, or no longer"),
    _triage_message("teach_spam", ("J",), "spam", "Learn that this message is spam"),
    _triage_message("teach_wanted", ("H",), "not spam", "Learn that this message is not spam"),
    _mailbox("refresh", ("r", "f5"), "refresh", "Reconnect and check for new mail (keeps marks)"),
    _mailbox("commit", ("$",), "commit", "Delete the marked messages and stay (asks first)"),
    _mailbox("accounts", ("A",), "accounts", "Switch to another account; marks are kept"),
    _mailbox(
        "statistics",
        ("%",),
        "statistics",
        "What takes the room: by sender, domain, month, type; spam over time",
    ),
    _mailbox("protocol", ("~",), "protocol", "What client and server say; type commands by hand"),
    _program(
        "notices",
        ("M",),
        "messages",
        "What was said on the bottom line, with the times",
        scope=Scope.APP,
    ),
    _program("help", ("?",), "help", "All keys, and what they do", bar=BOTH),
    _program("quit", ("q",), "quit", "Quit; asks if anything is marked", bar=BOTH),
    _program("discard", ("x",), "quit without deleting", "Quit at once without deleting"),
    _program(
        "command_palette",
        ("ctrl+p",),
        "palette",
        "All commands and the colour themes",
        scope=Scope.APP,
    ),
    _program("redraw", ("ctrl+l",), "redraw", "Redraw the screen", scope=Scope.APP),
    _program(
        "suspend",
        ("ctrl+z",),
        "suspend",
        "Suspend poptui; the shell's fg resumes it",
        scope=Scope.ALWAYS,
    ),
    _program(
        "leave",
        ("ctrl+q", "ctrl+c"),
        "quit",
        "Close a dialog; otherwise quit, which asks if anything is marked",
        scope=Scope.ALWAYS,
    ),
)

BY_ID = {action.id: action for action in ACTIONS}


def bindings(actions: Iterable[Action]) -> list[Binding]:
    """Textual's bindings for ``actions``, each remappable by the action's id."""
    return [
        Binding(
            ",".join(action.keys),
            f"act({action.id!r})" if action.scope is Scope.SCREEN else action.id,
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
