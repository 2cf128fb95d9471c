"""The questions before a deletion, on quitting or in place, and before unmarking all messages."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.mailbox.commit.safety_copies import Decision, IncompleteCopies
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import amount, deletion
from poptui.text.format import count
from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen

DELETE, NOTHING, KEEP = "delete", "nothing", "keep"
YES = "yes"
COPIED = "Copies are kept on this machine."
OTHERWISE = "Nothing is deleted unless you choose c."
DELETE_NOTHING = Choice(Decision.NOTHING.name, "escape", "Delete nothing")


def quit_screen(
    marked: Sequence[MessageEntry], *, keeps: bool, copies: bool, unkept: int = 0
) -> ChoiceScreen:
    """Ask what to do with the marked messages before the program ends.

    ``keeps``: marks can be kept for the next start, except ``unkept``, which have no UID;
    ``copies``: what is deleted is copied first.
    """
    less = f" ({count(unkept)} without UID can't be kept)" if unkept else ""
    keep = (Choice(KEEP, "k", f"Keep marks for next time{less}"),) if keeps else ()
    choices = (
        Choice(DELETE, "c", deletion(marked, "quit"), deletion(marked, "quit", is_short=True)),
        Choice(NOTHING, "n", "Quit without deleting"),
        *keep,
        CANCEL,
    )
    return _deletion_screen(marked, choices, copies=copies)


def commit_screen(marked: Sequence[MessageEntry], *, copies: bool) -> ChoiceScreen:
    """Ask whether to delete ``marked`` now; ``copies``: what is deleted is copied first."""
    short = deletion(marked, "stay", is_short=True)
    choices = (Choice(YES, "c", deletion(marked, "stay"), short), CANCEL)
    return _deletion_screen(marked, choices, copies=copies)


def _deletion_screen(
    marked: Sequence[MessageEntry], choices: Sequence[Choice], *, copies: bool
) -> ChoiceScreen:
    return ChoiceScreen(
        f"Delete {amount(marked)}?",
        marked,
        choices,
        text=COPIED if copies else "",
        otherwise=OTHERWISE,
        is_danger=True,
    )


def unmark_screen(marked: Sequence[MessageEntry]) -> ChoiceScreen:
    """Ask whether to unmark all messages."""
    choices = (Choice(YES, "y", f"Unmark {amount(marked)}"), CANCEL)
    return ChoiceScreen(f"Unmark {amount(marked)}?", marked, choices)


class IncompleteCopiesScreen(ChoiceScreen):
    """Appears during a commit, so that keys typed for the dialog before it must not answer it."""

    APPEARS_BY_ITSELF = True


def incomplete_copies_screen(copies: IncompleteCopies, follow_up: str) -> IncompleteCopiesScreen:
    """Ask what to delete; lists the messages without a copy, each with the reason."""
    missing = list(copies.missing)
    return IncompleteCopiesScreen(
        "Delete without a copy?",
        missing,
        [*_deletions(copies, missing, follow_up), DELETE_NOTHING],
        {entry: f"not copied: {why}" for entry, why in copies.missing.items()},
        text=f"Nothing is deleted yet: {copies}. Without a copy:",
        is_danger=True,
    )


def _deletions(
    copies: IncompleteCopies, missing: Sequence[MessageEntry], follow_up: str
) -> Sequence[Choice]:
    every = amount([*copies.copied, *missing])
    everything = Choice(
        Decision.ALL.name, "a", f"Delete all, copied or not, {every}, and {follow_up}"
    )
    if not copies.copied:
        return (everything,)
    what = f"Delete only what was copied, {amount(copies.copied)}, and {follow_up}"
    return (Choice(Decision.COPIED.name, "c", what), everything)
