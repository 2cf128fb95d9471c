"""Actions on the session and on the mailbox as a whole."""

from __future__ import annotations

from functools import partial

from poptui.tui.actions.action import Action, ActionGroup

_mailbox = partial(Action, group=ActionGroup.MAILBOX)

MAILBOX = (
    _mailbox("refresh", ("r", "f5"), "refresh", "Connect anew and look for new mail; marks stay"),
    _mailbox("commit", ("$",), "commit", "Delete what is marked and stay (asks first)"),
)
