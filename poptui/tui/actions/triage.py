"""Actions that sort the wanted from the unwanted: many messages at a time, and their senders."""

from __future__ import annotations

from functools import partial

from poptui.triage.policy.saved_filters import MOST
from poptui.tui.actions.action import LIST, Action, ActionGroup

_SAVED = "Show what this saved filter finds; again: all messages"
_triage = partial(Action, group=ActionGroup.TRIAGE)

TRIAGE = (
    _triage(
        "group", ("v",), "group", "Group by sender, domain, subject, list, or not at all", bar=LIST
    ),
    _triage("unfold", ("right",), "open group", "Show what is in the group"),
    _triage("fold", ("left",), "close group", "Close the group"),
    _triage(
        "mark_shown", ("D",), "delete all", "Mark all that the filter shows (previews)", bar=LIST
    ),
    _triage("saved", ("0",), "filters", "Saved filters, with what each of them finds", bar=LIST),
    *(_triage(f"saved_{key}", (str(key),), f"filter {key}", _SAVED) for key in range(1, MOST + 1)),
    _triage("tag", ("t",), "tag", "Tag or untag, and move on; d and u then act on the tagged"),
    _triage("select_sender", ("s",), "same sender", "Tag all that is shown from this sender"),
    _triage("why", ("!",), "why", "Why this looks like spam, or does not", bar=LIST),
    _triage("friend", ("w",), "friend", "Sender to the friends; again: off them"),
    _triage("block", ("b",), "block", "Sender to the blocklist; again: off it"),
)
