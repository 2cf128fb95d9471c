"""The quit dialog: the only door to a deletion besides committing in place."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import deletion, marked_title
from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen

DELETE, NOTHING, KEEP = "delete", "nothing", "keep"


def quit_screen(marked: Sequence[MessageEntry], *, keeps: bool, copies: bool) -> ChoiceScreen:
    """What is to become of ``marked``, now that the user leaves?

    ``keeps``: the marks can wait for the next start; ``copies``: what goes is copied first.
    """
    keep = (Choice(KEEP, "k", "Keep marks for next time"),) if keeps else ()
    choices = (
        Choice(DELETE, "c", deletion(marked, "quit")),
        Choice(NOTHING, "n", "Quit, delete nothing"),
        *keep,
        CANCEL,
    )
    return ChoiceScreen(marked_title(copies), marked, choices)
