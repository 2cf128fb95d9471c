"""The dialog if not everything that is to be deleted could be copied first."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.mailbox.commit.safety_copies import Decision, IncompleteCopies
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import amount
from poptui.tui.screens.choice import Choice, ChoiceScreen
from poptui.tui.screens.type_ahead import TypeAheadGuard

NOTHING = Choice(Decision.NOTHING.name, "escape", "Delete nothing")


class IncompleteCopiesScreen(TypeAheadGuard, ChoiceScreen):
    """Appears during a commit, so keys typed for the dialog before it must not answer it."""


def incomplete_copies_screen(copies: IncompleteCopies, then: str) -> IncompleteCopiesScreen:
    """Ask what to delete; lists the messages without a copy, each with the reason."""
    missing = list(copies.missing)
    return IncompleteCopiesScreen(
        "Delete without a copy?",
        missing,
        [*_deletions(copies, missing, then), NOTHING],
        {entry: f"not copied: {why}" for entry, why in copies.missing.items()},
        said=f"Nothing is deleted yet: {copies}. Without a copy:",
        is_danger=True,
    )


def _deletions(
    copies: IncompleteCopies, missing: Sequence[MessageEntry], then: str
) -> Sequence[Choice]:
    every = amount([*copies.copied, *missing])
    everything = Choice(Decision.ALL.name, "a", f"Delete all, copied or not, {every}, and {then}")
    if not copies.copied:
        return (everything,)
    what = f"Delete only what was copied, {amount(copies.copied)}, and {then}"
    return (Choice(Decision.COPIED.name, "c", what), everything)
