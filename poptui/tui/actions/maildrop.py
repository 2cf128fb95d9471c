"""Actions on the session and on the maildrop as a whole."""

from __future__ import annotations

from functools import partial

from poptui.tui.actions.action import Action, Group

_maildrop = partial(Action, group=Group.MAILDROP)

MAILDROP = (
    _maildrop("refresh", ("r", "f5"), "refresh", "Connect anew and look for new mail; marks stay"),
    _maildrop("commit", ("$",), "commit", "Delete what is marked and stay (asks first)"),
)
