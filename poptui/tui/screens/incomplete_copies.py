"""The question where not everything that is to be deleted could be copied first."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.mailbox.commit.safety_copies import Decision, IncompleteCopies
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import amount
from poptui.tui.screens.choice import Choice, ChoiceScreen
from poptui.tui.screens.type_ahead import TypeAheadGuard

NOTHING = Choice(Decision.NOTHING.name, "escape", "Delete nothing")


class IncompleteCopiesScreen(TypeAheadGuard, ChoiceScreen):
    """Comes amid a commit: no key that was meant for the question before it answers this one."""


def shortfall_screen(shortfall: IncompleteCopies, then: str) -> IncompleteCopiesScreen:
    """What is to be deleted now? The messages without a copy are listed, each with the reason."""
    missing = list(shortfall.missing)
    return IncompleteCopiesScreen(
        f"Nothing is deleted yet: {shortfall}. Without a copy:",
        missing,
        [*_deletions(shortfall, missing, then), NOTHING],
        {entry: f"not copied: {why}" for entry, why in shortfall.missing.items()},
    )


def _deletions(
    shortfall: IncompleteCopies, missing: Sequence[MessageEntry], then: str
) -> Sequence[Choice]:
    every = amount([*shortfall.copied, *missing])
    everything = Choice(Decision.ALL.name, "a", f"Delete all, copied or not, {every}, and {then}")
    if not shortfall.copied:
        return (everything,)
    what = f"Delete only what was copied, {amount(shortfall.copied)}, and {then}"
    return (Choice(Decision.COPIED.name, "c", what), everything)
