"""Actions on the message under the cursor that show or keep it."""

from __future__ import annotations

from functools import partial

from poptui.tui.actions.action import LIST, VIEWER, Action, ActionGroup

_reading = partial(Action, group=ActionGroup.READING)

READING = (
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
)
