"""Actions on the cursor and on the pane that has the focus."""

from __future__ import annotations

from functools import partial

from poptui.tui.actions.action import VIEWER, Action, ActionGroup

_moving = partial(Action, group=ActionGroup.MOVING)

MOVING = (
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
)
