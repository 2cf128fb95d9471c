"""Marks of earlier runs: offered once, and nothing becomes of them by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.marks.identity import may_be
from poptui.storage.mark_record import MarkRecord


class RecoveryOffer(NamedTuple):
    """What became of the messages that were marked then."""

    here: tuple[tuple[MessageEntry, MarkRecord], ...] = ()
    """They are there, as far as UID and size say."""
    gone: tuple[MarkRecord, ...] = ()
    """No message has their UID any more."""
    unsure: tuple[MarkRecord, ...] = ()
    """Another message has their UID, or several have: they are not marked again."""

    @property
    def fulfilled(self) -> tuple[MarkRecord, ...]:
        """Gone, as was confirmed: QUIT went out, and that run never heard what came of it."""
        return tuple(mark for mark in self.gone if mark.sent)

    @property
    def vanished(self) -> tuple[MarkRecord, ...]:
        """Gone, although the deletion was never confirmed."""
        return tuple(mark for mark in self.gone if not mark.sent)

    @property
    def open(self) -> int:
        """How many the user has to decide on."""
        return len(self.here) + len(self.unsure)

    @property
    def marks(self) -> tuple[MarkRecord, ...]:
        """All of them."""
        return (*(mark for _, mark in self.here), *self.gone, *self.unsure)


class RecoveredMarks:
    """What the journal holds of earlier runs, until the user decides."""

    def __init__(self) -> None:
        self.on_keep: Callable[[RecoveryOffer], None] = lambda offer: None
        """Called to mark again the messages of an offer that are still there."""
        self.on_forget: Callable[[tuple[MarkRecord, ...]], None] = lambda marks: None
        """Called to remove marks from the journal."""
        self._marks: tuple[MarkRecord, ...] = ()
        self._asked = False
        self.offer: RecoveryOffer | None = None
        """What to ask the user; None where there is nothing, or not now, or no more."""

    def listing_changed(
        self, marks: tuple[MarkRecord, ...], listing: MailboxListing, *, named: bool
    ) -> None:
        """A new session; not ``named``: this one does not give every message a UID."""
        self._marks = marks
        due = marks and named and not self._asked
        self.offer = _matched(marks, listing) if due else None

    @property
    def waiting(self) -> int:
        """How many wait for a session that names its messages."""
        return 0 if self._asked or self.offer else len(self._marks)

    def keep(self) -> None:
        """Declare what is here again; the others are forgotten."""
        if (offer := self._decided()) is not None:
            self.on_forget((*offer.gone, *offer.unsure))
            self.on_keep(offer)

    def forget(self) -> None:
        """Take all of them off the disk."""
        if (offer := self._decided()) is not None:
            self.on_forget(offer.marks)

    def later(self) -> None:
        """They stay on the disk and unmarked; the next start asks again."""
        self._decided()

    def _decided(self) -> RecoveryOffer | None:
        offer, self.offer = self.offer, None
        self._asked = self._asked or offer is not None
        return offer


def _matched(marks: tuple[MarkRecord, ...], listing: MailboxListing) -> RecoveryOffer:
    here, gone, unsure = [], [], []
    several = {entry.uid for entry in listing.entries if entry.ambiguous}
    for mark in marks:
        entry = listing.find(mark.uid)
        if mark.damaged:
            unsure.append(mark)
        elif entry is not None and may_be(mark, entry):
            here.append((entry, mark))
        elif entry is not None or mark.uid in several:
            unsure.append(mark)
        else:
            gone.append(mark)
    return RecoveryOffer(tuple(here), tuple(gone), tuple(unsure))
