"""The mailbox's side that sorts the wanted from the unwanted, and acts on many messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from poptui.mailbox.changes import Change, ConnectionState, Loaded, Notice, Scored
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.service import HeaderService
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.scoring.sender_lists import SenderList

if TYPE_CHECKING:
    from poptui.triage.bulk_preview import BulkPreview


class Triaging:
    """What comes of the user's settlements; a base of ``Mailbox``."""

    appraisal: Scorer
    listing: MailboxListing
    _marking: MarkService
    _headers: HeaderService
    _appraises: bool
    _acts_unasked: bool
    """Whether rules may mark: a batch command deletes what was asked for, and nothing else."""

    @property
    def state(self) -> ConnectionState:
        """Whether there is a session with the server."""
        raise NotImplementedError

    def mark(self, entries: Iterable[MessageEntry]) -> str:
        """Declare for deletion."""
        raise NotImplementedError

    def _tell(self, change: Change) -> None:
        raise NotImplementedError

    def _arrived(self, entries: tuple[MessageEntry, ...]) -> None:
        if self._appraises:
            self.appraisal.take(entries)
        self._tell(Loaded(entries))
        self._marking.ripened(entries)
        online = self.state is ConnectionState.ONLINE
        if self._acts_unasked and online and self._headers.missing == 0:
            self._mark_by_rules()

    def _mark_by_rules(self) -> None:
        """All that rules want marked, as one action, once no more headers are to come."""
        wanted = self.appraisal.to_mark()
        may = bool(wanted) and not self._marking.readonly
        marked = len(self.mark_all(wanted).taken) if may else 0
        if marked:
            noun = "message" if marked == 1 else "messages"
            self._tell(Notice(f"{marked:,} {noun} marked by rules; z takes that back."))

    # --- actions on many

    def rehearse(self, entries: Iterable[MessageEntry]) -> BulkPreview[MessageEntry]:
        """What ``mark_all`` would do, and what looks odd about it."""
        return self.appraisal.rehearse(self._marking.present(entries))

    def mark_all(self, entries: Iterable[MessageEntry]) -> BulkPreview[MessageEntry]:
        """Declare many, as one action: the one way for it, which leaves protected ones out."""
        rehearsal = self.rehearse(entries)
        self.mark(rehearsal.taken)
        return rehearsal

    # --- settlements that change

    async def turn_sender(self, roll: SenderList, entry: MessageEntry) -> str:
        """Put the sender of ``entry`` on a list, or off it; returns a sentence.

        Raises UsageError where the list cannot be written: then nothing has changed.
        """
        said, changed = await self.appraisal.turn(roll, entry, self.listing.entries)
        self._tell(Scored(tuple(changed)))
        return said

    async def flag_duplicates(self) -> None:
        """See which messages are copies of others, as far as their headers are here."""
        changed = await self.appraisal.flag_duplicates(self.listing.entries)
        if changed:
            self._tell(Scored(tuple(changed)))

    async def learn(self, deleted: Iterable[MessageEntry], left: Iterable[MessageEntry]) -> None:
        """Let a commit teach; scores follow."""
        batch = not self._acts_unasked
        if await self.appraisal.learn(deleted, left, batch=batch) and not batch:
            await self._rescore()

    async def teach(self, entries: Iterable[MessageEntry], spam: bool) -> int:
        """Learn that ``entries`` are spam, or are not, as the user says; scores follow.

        Returns how many could be learned: not those without a UID or a header.
        """
        taught = await self.appraisal.teach(entries, spam)
        if taught:
            await self._rescore()
        return taught

    async def _rescore(self) -> None:
        changed = await self.appraisal.rescore(self.listing.entries)
        self._tell(Scored(tuple(changed)))
