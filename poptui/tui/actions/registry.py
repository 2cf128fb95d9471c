"""The registry of actions: key bindings, key bar, help screen and palette are made from it.

It does not import Textual, as ``poptui help keys`` prints it.
"""

from __future__ import annotations

from functools import partial

from poptui.triage.policy.saved_filters import MAX_SAVED_FILTERS
from poptui.tui.actions.action import (
    ALL,
    BOTH,
    LIST,
    VIEWER,
    Action,
    ActionGroup,
    ActsOn,
    Contexts,
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
    _moving("half_page_down", ("]",), "half page", "Half a page down"),
    _moving("half_page_up", ("[",), "half page up", "Half a page up"),
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
        "Cancel, go back, clear the filter and tags, end the tour",
        bar=(*VIEWER, KeyContext.FILTERED, KeyContext.TAGGED),
        labels={
            KeyContext.VIEWER: "back",
            KeyContext.FILTERED: "clear filter",
            KeyContext.TAGGED: "untag all",
        },
    ),
    _mark_one(
        "mark",
        ("d", "#", "delete"),
        "mark",
        "Mark for deletion and move on",
        bar=BOTH,
        labels={KeyContext.TAGGED: "mark tagged", KeyContext.GROUP: "mark group"},
        name="Mark for deletion",
    ),
    _mark_one(
        "unmark", ("u",), "unmark", "Unmark this message", bar=(KeyContext.MARKED,), name="Unmark"
    ),
    _marking(
        "undo",
        ("z",),
        "undo",
        "Undo the last marking or unmarking",
        bar=(KeyContext.MARKED,),
        name="Undo",
    ),
    _marking(
        "unmark_all", ("U",), "unmark all", "Unmark all messages (asks first)", name="Unmark all"
    ),
    _reading(
        "open",
        ("enter",),
        "open",
        "Download the message and show it; open or close a group",
        bar=(*LIST, KeyContext.CARD, KeyContext.PREVIEW),
        labels={KeyContext.GROUP: "open/close", KeyContext.PREVIEW: "whole message"},
        acts_on=ActsOn.ROW,
        name="Open",
    ),
    _read_one(
        "peek",
        ("space",),
        "preview",
        "Preview 40 lines, then 200; page down when open",
        bar=(*LIST, KeyContext.CARD, KeyContext.PREVIEW),
        labels={KeyContext.PREVIEW: "more"},
        name="Preview",
    ),
    _read_one(
        "attachments",
        ("a",),
        "attached",
        "Attachments: list, save, open",
        bar=(KeyContext.CARD, KeyContext.PREVIEW, KeyContext.ATTACHED),
        name="Attachments",
    ),
    _read_one(
        "alternative",
        ("V",),
        "plain/HTML",
        "Switch between plain text and HTML",
        bar=(KeyContext.TWO_FORMS,),
        name="Plain text or HTML",
    ),
    _read_one(
        "headers",
        ("h",),
        "header",
        "Header: short, all of it, raw message",
        bar=VIEWER,
        name="Show headers",
    ),
    _reading(
        "next_match", ("n",), "next", "Next match of the search in the text", name="Next match"
    ),
    _reading(
        "previous_match", ("N",), "previous", "Previous match of the search", name="Previous match"
    ),
    _read_one(
        "save", ("S",), "save", "Save the message as an .eml file", bar=VIEWER, name="Save message"
    ),
    _read_one("pager", ("e",), "pager", "Show the text in $PAGER", name="Open in pager"),
    _read_one(
        "copy_link",
        ("y",),
        "copy link",
        "Copy the selected text, or a link by its number",
        name="Copy link",
    ),
    _read_one(
        "open_link",
        ("Y",),
        "open link",
        "Open a link with the configured command, open_link",
        name="Open link",
    ),
    _read_one("copy_text", ("C",), "copy text", "Copy the text of the open message"),
    _read_one("reply", ("R",), "reply", "Reply with the configured mail program, reply_command"),
    _listing(
        "filter",
        ("/",),
        "filter",
        "Show only what matches, as you type; in the viewer search the text",
        bar=BOTH,
        labels={KeyContext.VIEWER: "search"},
        name="Filter or search",
    ),
    _listing(
        "sort", ("o",), "sort", "Sort by the next column", bar=LIST, name="Sort by next column"
    ),
    _listing("reverse", ("O",), "reverse", "Reverse the sort order", name="Reverse sort order"),
    _listing(
        "pause",
        ("p",),
        "pause headers",
        "Pause loading headers beyond the screen, or resume",
        name="Pause or resume loading headers",
    ),
    _triage(
        "group",
        ("v",),
        "group",
        "Group by sender, domain, subject, list, or not at all",
        bar=LIST,
        name="Group messages",
    ),
    _triage_row(
        "unfold", ("right",), "open group", "Show the messages of the group", name="Open group"
    ),
    _triage_row("fold", ("left",), "close group", "Close the group", name="Close group"),
    _triage(
        "mark_shown",
        ("D",),
        "mark all",
        "Mark all that the filter shows, after a preview",
        bar=LIST,
        name="Mark all shown",
    ),
    _triage(
        "saved",
        ("0",),
        "filters",
        "List the saved filters, with what each finds",
        bar=LIST,
        name="Saved filters",
    ),
    *(
        _triage(f"saved_{key}", (str(key),), f"filter {key}", _SAVED)
        for key in range(1, MAX_SAVED_FILTERS + 1)
    ),
    _triage_row(
        "tag",
        ("t",),
        "tag",
        "Tag or untag and move on; marking acts on tagged messages",
        name="Tag",
    ),
    _triage_message(
        "select_sender",
        ("s",),
        "same sender",
        "Tag all shown messages from this sender",
        name="Tag same sender",
    ),
    _triage_message(
        "why",
        ("!",),
        "why",
        "Explain the spam score of this message",
        bar=LIST,
        name="Why this score",
    ),
    _triage_message("friend", ("w",), "friend", "Trust or untrust the sender", name="Trust sender"),
    _triage_message("block", ("b",), "block", "Block or unblock the sender", name="Block sender"),
    _triage_message(
        "teach_spam", ("J",), "spam", "Learn that this message is spam", name="Learn as spam"
    ),
    _triage_message(
        "teach_wanted",
        ("H",),
        "not spam",
        "Learn that this message is not spam",
        name="Learn as not spam",
    ),
    _mailbox(
        "refresh",
        ("r", "f5"),
        "refresh",
        "Reconnect and check for new mail (keeps marks)",
        bar=(KeyContext.NO_MESSAGES,),
        name="Refresh",
    ),
    _mailbox(
        "commit",
        ("$",),
        "commit",
        "Delete the marked messages and stay (asks first)",
        bar=(KeyContext.MARKED,),
        name="Commit and stay",
    ),
    _mailbox(
        "accounts",
        ("A",),
        "accounts",
        "Switch to another account; marks are kept",
        bar=(KeyContext.NO_MESSAGES,),
        name="Accounts",
    ),
    _mailbox(
        "statistics",
        ("%",),
        "statistics",
        "What takes up space, by sender, domain, month, type; spam over time",
    ),
    _mailbox(
        "protocol", ("~",), "protocol", "Show the conversation with the server; type commands"
    ),
    _program(
        "notices",
        ("M",),
        "notices",
        "Show past notices with their times",
        scope=Scope.APP,
    ),
    _program("help", ("?", "f1"), "help", "All keys, and what they do", bar=ALL),
    _program(
        "tour",
        ("T",),
        "tour",
        "Show what to press first, in five steps, in the demo; again: end it",
        name="Start the tour",
    ),
    _program("quit", ("q",), "quit", "Quit; asks if anything is marked", bar=ALL),
    _program("discard", ("x",), "quit without deleting", "Quit at once without deleting"),
    _program(
        "command_palette",
        ("ctrl+p", ":"),
        "palette",
        "Find a command, a filter, a theme or an account by its name",
        scope=Scope.APP,
    ),
    _program(
        "mouse",
        ("ctrl+t",),
        "mouse on/off",
        "Let the terminal use the mouse to select text, or take it back",
        scope=Scope.APP,
        name="Mouse on or off",
    ),
    _program("redraw", ("ctrl+l",), "redraw", "Redraw the screen", scope=Scope.ALWAYS),
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

_FOR_MARKS = ("mark_shown", "commit")
"""Actions that are useless in a read-only mailbox, besides those of the group for marks."""
BY_ID = {action.id: action for action in ACTIONS}


def of_screen() -> list[Action]:
    """The actions that the screen with the list answers."""
    return [action for action in ACTIONS if action.scope is Scope.SCREEN]


def of_app() -> list[Action]:
    """The actions that the app answers."""
    return [action for action in ACTIONS if action.scope is not Scope.SCREEN]


LAST = ("help", "quit")
"""Actions that the key bar always shows, at its end."""


def in_bar(contexts: Contexts) -> list[Action]:
    """Return what the key bar offers; what can be done with marks is before the last two.

    So the first mark moves few keys.
    """
    is_readonly = KeyContext.READ_ONLY in contexts
    useless: set[ActsOn] = set()
    if KeyContext.GROUP in contexts:
        useless = {ActsOn.MESSAGE}
    elif KeyContext.EMPTY in contexts:
        useless = {ActsOn.MESSAGE, ActsOn.ROW}
    offered = [
        action
        for action in ACTIONS
        if contexts & set(action.bar)
        and action.acts_on not in useless
        and not (is_readonly and (action.group is ActionGroup.MARKING or action.id in _FOR_MARKS))
    ]
    return sorted(offered, key=lambda action: (action.id in LAST, KeyContext.MARKED in action.bar))


def groups() -> dict[ActionGroup, list[Action]]:
    """The actions by group, in the registry's order: the help screen's sections."""
    found: dict[ActionGroup, list[Action]] = {}
    for action in ACTIONS:
        found.setdefault(action.group, []).append(action)
    return found
