"""The question at the start: marks of an earlier run are still kept; what is to become of them?"""

from __future__ import annotations

from collections.abc import Iterator

from poptui.mail.headers.header import Address, Header
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks.messages import moment
from poptui.mailbox.marks.previous_run import RecoveryOffer
from poptui.mailbox.wording import amount, messages
from poptui.storage.mark_record import MarkRecord
from poptui.text.format import count
from poptui.tui.screens.choice import Choice, ChoiceScreen
from poptui.tui.screens.type_ahead import TypeAheadGuard

MARK_AGAIN, FORGET = "mark-again", "forget"
LATER = Choice("later", "escape", "Decide later")


class PreviousMarksScreen(TypeAheadGuard, ChoiceScreen):
    """The question."""


def earlier_screen(offer: RecoveryOffer) -> PreviousMarksScreen:
    """Mark again what is here of ``offer``, forget all of it, or leave it as it is?"""
    here = [_as_marked(entry, mark) for entry, mark in offer.here]
    again = (Choice(MARK_AGAIN, "k", f"Mark {amount(here)} again"),) if here else ()
    return PreviousMarksScreen(
        " ".join(_title(offer)), here, (*again, Choice(FORGET, "f", "Forget these marks"), LATER)
    )


def _title(offer: RecoveryOffer) -> Iterator[str]:
    yield f"{messages(len(offer.marks))} marked by an earlier run{_last(offer)}, not deleted."
    for number, what in (
        (sum(mark.sent for mark in offer.marks), "Confirmed, but never answered"),
        (len(offer.gone), "No longer there"),
        (len(offer.unsure), "Not surely the same"),
    ):
        if number:
            yield f"{what}: {count(number)}."


def _last(offer: RecoveryOffer) -> str:
    """When the last of them was marked."""
    when = moment(max(mark.marked for mark in offer.marks))
    return f" ({when})" if when else ""


def _as_marked(entry: MessageEntry, mark: MarkRecord) -> MessageEntry:
    """A row that shows what was marked, which the header of ``entry`` need not be."""
    now = entry.header
    same = now is not None and mark.fingerprint in ("", now.fingerprint())
    then = Header(from_=Address(mark.sender), subject=mark.subject)
    return MessageEntry(
        entry.number, entry.size, entry.uid, entry.key, header=now if same else then
    )
