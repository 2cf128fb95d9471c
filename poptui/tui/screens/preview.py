"""The question before many messages are marked: how many, what is left out, what is odd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import amount, messages
from poptui.text.format import count
from poptui.triage.bulk_preview import BulkPreview
from poptui.tui.outline import Row
from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen

MARK, ALIKE = "mark", "alike"


class PreviewScreen(ChoiceScreen):
    """Mark what was rehearsed, without what is unlike the rest, or nothing?

    The odd ones are listed first, then what is left out, then the rest.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("n,q", "cancel", show=False)]

    def __init__(self, rehearsal: BulkPreview[MessageEntry], what: str, missing: int = 0) -> None:
        """``what`` was chosen; ``missing``: headers on their way, which nobody has looked at."""
        notes = dict(_notes(rehearsal))
        rest = [entry for entry in rehearsal.taken if entry not in notes]
        entries = [entry for entry in notes if isinstance(entry, MessageEntry)]
        super().__init__(
            " ".join(_title(rehearsal, what, missing)),
            [*entries, *rest],
            [*_choices(rehearsal)],
            notes,
        )


def alike(rehearsal: BulkPreview[MessageEntry]) -> list[MessageEntry]:
    """What would be marked, without what is unlike the rest."""
    odd = {unlike.row for unlike in rehearsal.unlike}
    return [entry for entry in rehearsal.taken if entry not in odd]


def _choices(rehearsal: BulkPreview[MessageEntry]) -> Iterator[Choice]:
    yield Choice(MARK, "y", f"Mark {amount(rehearsal.taken)}")
    rest = alike(rehearsal)
    if rest and rehearsal.unlike:
        odd = count(len(rehearsal.unlike))
        yield Choice(ALIKE, "l", f"Leave out the {odd} unlike the rest, mark {amount(rest)}")
    yield CANCEL


def _notes(rehearsal: BulkPreview[MessageEntry]) -> Iterator[tuple[Row, str]]:
    for unlike in rehearsal.unlike:
        yield unlike.row, ", ".join(unlike.reasons)
    for entry in rehearsal.protected:
        yield entry, "left out: protected"
    for entry in rehearsal.ambiguous:
        yield entry, "left out: open it first, its UID is not its own"


def _title(rehearsal: BulkPreview[MessageEntry], what: str, missing: int) -> Iterator[str]:
    yield f"Mark {what}: {amount(rehearsal.taken)}?"
    for number, said in (
        (len(rehearsal.unlike), "look{s} unlike the rest"),
        (len(rehearsal.protected), "left out: protected"),
        (len(rehearsal.ambiguous), "left out: unclear UID"),
        (len(rehearsal.marked), "marked already"),
    ):
        if number:
            yield f"{count(number)} {said.format(s='s' if number == 1 else '')}."
    if missing:
        yield f"{messages(missing)} not looked at: their headers are still to come."
