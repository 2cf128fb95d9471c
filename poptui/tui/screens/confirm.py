"""Questions that are asked before something cannot, or not easily, be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import amount, deletion, marked_title
from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen

YES = "yes"


def commit_screen(marked: Sequence[MessageEntry], *, copies: bool) -> ChoiceScreen:
    """Delete ``marked`` now, and stay? ``copies``: what goes is copied first."""
    choices = (Choice(YES, "c", deletion(marked, "stay")), CANCEL)
    return ChoiceScreen(marked_title(copies), marked, choices)


def unmark_screen(marked: Sequence[MessageEntry]) -> ChoiceScreen:
    """Take the marks off ``marked``?"""
    choices = (Choice(YES, "y", f"Unmark {amount(marked)}"), CANCEL)
    return ChoiceScreen("Take all these marks off?", marked, choices)
