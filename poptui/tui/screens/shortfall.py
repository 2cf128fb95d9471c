"""The question where not everything that is to be deleted could be copied first."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.maildrop.entry import Entry
from poptui.maildrop.safety import Decision, Shortfall
from poptui.tui.screens.choice import Choice, ChoiceScreen
from poptui.tui.screens.unasked import Unasked
from poptui.tui.wording import amount

NOTHING = Choice(Decision.NOTHING.name, "escape", "Delete nothing")


class ShortfallScreen(Unasked, ChoiceScreen):
    """Comes amid a commit: no key that was meant for the question before it answers this one."""


def shortfall_screen(shortfall: Shortfall, then: str) -> ShortfallScreen:
    """What is to be deleted now? The messages without a copy are listed, each with the reason."""
    missing = list(shortfall.missing)
    return ShortfallScreen(
        f"Nothing is deleted yet: {shortfall}. Without a copy:",
        missing,
        [*_deletions(shortfall, missing, then), NOTHING],
        {entry: f"not copied: {why}" for entry, why in shortfall.missing.items()},
    )


def _deletions(shortfall: Shortfall, missing: Sequence[Entry], then: str) -> Sequence[Choice]:
    every = amount([*shortfall.copied, *missing])
    everything = Choice(Decision.ALL.name, "a", f"Delete all, copied or not, {every}, and {then}")
    if not shortfall.copied:
        return (everything,)
    what = f"Delete only what was copied, {amount(shortfall.copied)}, and {then}"
    return (Choice(Decision.COPIED.name, "c", what), everything)
