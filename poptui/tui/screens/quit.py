"""The quit dialog: the only door to a deletion besides committing in place."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.maildrop.entry import Entry
from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen
from poptui.tui.wording import amount

DELETE, KEEP_ALL = "delete", "discard"


def quit_screen(marked: Sequence[Entry]) -> ChoiceScreen:
    """What is to become of ``marked``, now that the user leaves?"""
    choices = (
        Choice(DELETE, "c", f"Delete {amount(marked)} and quit"),
        Choice(KEEP_ALL, "n", "Quit, delete nothing"),
        CANCEL,
    )
    return ChoiceScreen("Marked to be deleted:", marked, choices)
