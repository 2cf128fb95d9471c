"""Marks of earlier runs. They are offered to the user once, and not carried out otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.session.verifier import may_be
from poptui.storage.mark_record import MarkRecord


class RecoveryOffer(NamedTuple):
    """The marks of an earlier run, sorted by what happened to their messages."""

    present: tuple[tuple[MessageEntry, MarkRecord], ...] = ()
    """Still there, judging by UID and size; newest first."""
    gone: tuple[MarkRecord, ...] = ()
    """Their UID is no longer listed."""
    unsure: tuple[MarkRecord, ...] = ()
    """Another message has their UID, or several have it, so they are not marked again."""

    @property
    def fulfilled(self) -> tuple[MarkRecord, ...]:
        """Gone as confirmed: that run sent QUIT but never got its reply."""
        return tuple(mark for mark in self.gone if mark.sent)

    @property
    def vanished(self) -> tuple[MarkRecord, ...]:
        """Gone although their deletion was never confirmed."""
        return tuple(mark for mark in self.gone if not mark.sent)

    @property
    def open(self) -> int:
        """The number of marks that the user has to decide on."""
        return len(self.present) + len(self.unsure)

    @property
    def marks(self) -> tuple[MarkRecord, ...]:
        """All marks of the offer."""
        return (*(mark for _, mark in self.present), *self.gone, *self.unsure)


class RecoveredMarks:
    """The marks of earlier runs, until the user decides about them."""

    def __init__(self) -> None:
        self.on_keep: Callable[[RecoveryOffer], None] = lambda offer: None
        """Called to mark again the messages of an offer that are still there."""
        self.on_forget: Callable[[tuple[MarkRecord, ...]], None] = lambda marks: None
        """Called to remove marks from the journal."""
        self._marks: tuple[MarkRecord, ...] = ()
        self._asked = False
        self.offer: RecoveryOffer | None = None
        """The offer to show to the user; None if there is none."""

    def listing_changed(
        self, marks: tuple[MarkRecord, ...], listing: MailboxListing, *, has_uids: bool
    ) -> None:
        """Match ``marks`` with a new listing; wait if not every message in it has a UID."""
        self._marks = marks
        due = marks and has_uids and not self._asked
        self.offer = _matched(marks, listing) if due else None

    @property
    def waiting(self) -> int:
        """The number of marks that wait for a session in which every message has a UID."""
        return 0 if self._asked or self.offer else len(self._marks)

    def keep(self) -> None:
        """Mark again what is still there, and forget the rest."""
        if (offer := self._decided()) is not None:
            self.on_forget((*offer.gone, *offer.unsure))
            self.on_keep(offer)

    def forget(self) -> None:
        """Remove all of them from the journal."""
        if (offer := self._decided()) is not None:
            self.on_forget(offer.marks)

    def later(self) -> None:
        """Leave them in the journal, unmarked; ask again at the next start."""
        self._decided()

    def _decided(self) -> RecoveryOffer | None:
        offer, self.offer = self.offer, None
        self._asked = self._asked or offer is not None
        return offer


def _matched(marks: tuple[MarkRecord, ...], listing: MailboxListing) -> RecoveryOffer:
    present, gone, unsure = [], [], []
    several = {entry.uid for entry in listing.entries if entry.ambiguous}
    for mark in marks:
        entry = listing.find(mark.uid)
        if mark.damaged:
            unsure.append(mark)
        elif entry is not None and may_be(mark, entry):
            present.append((entry, mark))
        elif entry is not None or mark.uid in several:
            unsure.append(mark)
        else:
            gone.append(mark)
    present.sort(key=lambda pair: pair[0].number, reverse=True)
    return RecoveryOffer(tuple(present), tuple(gone), tuple(unsure))
