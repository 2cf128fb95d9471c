"""Actions on the list: what it shows, in what order, and how far its headers are loaded."""

from __future__ import annotations

from functools import partial

from poptui.tui.actions.action import BOTH, LIST, Action, ActionGroup

_listing = partial(Action, group=ActionGroup.LISTING)

LISTING = (
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
)
