"""Asks before many messages are marked: how many, which are left out, which look unusual."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import CountedNoun, amount, messages
from poptui.text.format import count, size
from poptui.tui.outline import Row
from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen

if TYPE_CHECKING:
    from poptui.triage.bulk_preview import BulkPreview

MARK, WITHOUT_UNUSUAL = "mark", "alike"


class PreviewScreen(ChoiceScreen):
    """Asks whether to mark all, all but the unusual messages, or nothing.

    Lists the unusual messages first, then those that are left out, then the rest.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("n,q", "cancel", show=False)]

    def __init__(
        self, preview: BulkPreview[MessageEntry], selection: CountedNoun, missing: int = 0
    ) -> None:
        """``missing``: the number of messages left out because their headers are not loaded."""
        notes = dict(_notes(preview))
        rest = [entry for entry in preview.to_mark if entry not in notes]
        entries = [entry for entry in notes if isinstance(entry, MessageEntry)]
        super().__init__(
            _title(preview, selection),
            [*entries, *rest],
            [*_choices(preview)],
            notes,
            text=" ".join(_exceptions(preview, missing)),
            otherwise="Nothing is marked unless you choose one of these; marks delete nothing yet.",
        )


def without_unusual(preview: BulkPreview[MessageEntry]) -> list[MessageEntry]:
    """Return what would be marked, without messages that look different from the rest."""
    odd = {outlier.row for outlier in preview.outliers}
    return [entry for entry in preview.to_mark if entry not in odd]


def _choices(preview: BulkPreview[MessageEntry]) -> Iterator[Choice]:
    yield Choice(MARK, "y", f"Mark {amount(preview.to_mark)}")
    rest = without_unusual(preview)
    if rest and preview.outliers:
        odd = count(len(preview.outliers))
        yield Choice(
            WITHOUT_UNUSUAL, "l", f"Leave out {odd} that look different, mark {amount(rest)}"
        )
    yield CANCEL


def _notes(preview: BulkPreview[MessageEntry]) -> Iterator[tuple[Row, str]]:
    for outlier in preview.outliers:
        yield outlier.row, ", ".join(outlier.reasons)
    for entry in preview.protected:
        yield entry, "left out: protected"
    for entry in preview.ambiguous:
        yield entry, "left out: its UID is shared; open it first"


def _title(preview: BulkPreview[MessageEntry], selection: CountedNoun) -> str:
    number, octets = len(preview.to_mark), sum(entry.size for entry in preview.to_mark)
    noun = selection.singular if number == 1 else selection.plural
    every = "" if number == 1 else "all "
    return f"Mark {every}{count(number)} {noun} ({size(octets)})?"


def _exceptions(preview: BulkPreview[MessageEntry], missing: int) -> Iterator[str]:
    """Yield sentences on unusual messages and those left out."""
    for number, clause in (
        (len(preview.outliers), "look{s} different from the rest"),
        (len(preview.protected), "left out: protected"),
        (len(preview.ambiguous), "left out: shared UID"),
        (len(preview.marked), "marked already"),
    ):
        if number:
            yield f"{count(number)} {clause.format(s='s' if number == 1 else '')}."
    if missing:
        yield f"{messages(missing)} left out: their headers are not loaded yet."
