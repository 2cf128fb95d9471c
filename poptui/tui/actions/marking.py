"""Actions on marks: what is to be deleted at the commit."""

from __future__ import annotations

from functools import partial

from poptui.tui.actions.action import BOTH, LIST, Action, ActionGroup

_marking = partial(Action, group=ActionGroup.MARKING)

MARKING = (
    _marking("mark", ("d", "#", "delete"), "delete", "Mark to be deleted, and move on", bar=BOTH),
    _marking("unmark", ("u",), "unmark", "Take the mark off this message", bar=BOTH),
    _marking("undo", ("z",), "undo", "Take back the last marking or unmarking", bar=LIST),
    _marking("unmark_all", ("U",), "unmark all", "Take all marks off (asks first)"),
)
