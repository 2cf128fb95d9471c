"""Questions that are asked before something cannot, or not easily, be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.maildrop.entry import Entry
from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen
from poptui.tui.wording import amount, deletion

YES = "yes"


def commit_screen(marked: Sequence[Entry]) -> ChoiceScreen:
    """Delete ``marked`` now, and stay?"""
    choices = (Choice(YES, "c", deletion(marked, "stay")), CANCEL)
    return ChoiceScreen("Marked to be deleted:", marked, choices)


def unmark_screen(marked: Sequence[Entry]) -> ChoiceScreen:
    """Take the marks off ``marked``?"""
    choices = (Choice(YES, "y", f"Unmark {amount(marked)}"), CANCEL)
    return ChoiceScreen("Take all these marks off?", marked, choices)
