"""The quit dialog: the only door to a deletion besides committing in place."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import deletion, marked_title
from poptui.text.format import count
from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen

DELETE, NOTHING, KEEP = "delete", "nothing", "keep"


def quit_screen(
    marked: Sequence[MessageEntry], *, keeps: bool, copies: bool, unkept: int = 0
) -> ChoiceScreen:
    """What is to become of ``marked``, now that the user leaves?

    ``keeps``: the marks can wait for the next start, but for ``unkept``, whose messages have no
    UID; ``copies``: what goes is copied first.
    """
    less = f" ({count(unkept)} without UID can't be kept)" if unkept else ""
    keep = (Choice(KEEP, "k", f"Keep marks for next time{less}"),) if keeps else ()
    choices = (
        Choice(DELETE, "c", deletion(marked, "quit")),
        Choice(NOTHING, "n", "Quit, delete nothing"),
        *keep,
        CANCEL,
    )
    return ChoiceScreen(marked_title(copies), marked, choices)
