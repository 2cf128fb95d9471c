"""The user's marks: shown on rows, kept on the disk, and sent to the server.

Invariant: DELE is sent only for a message whose mark is on the disk and that is verified to be the
one the user marked. A mark whose message is gone is reported, and never moves to another message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from operator import attrgetter

from poptui.mailbox import wording
from poptui.mailbox.changes import Marked
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.marks.deletable import DeletableMarks
from poptui.mailbox.marks.mark_set import MarkSet
from poptui.mailbox.marks.mark_writer import Journal, MarkWriter
from poptui.mailbox.marks.records import MarkRecords
from poptui.mailbox.marks.recovered_marks import RecoveredMarks, RecoveryOffer
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.session.verifier import may_be
from poptui.mailbox.session.workers import SessionWorkers
from poptui.mailbox.state import MailboxState
from poptui.pop3.commands import Dele
from poptui.pop3.events import Reply
from poptui.storage.mark_record import JournalSnapshot, MarkRecord

MARKS_PER_SLICE = 2000
"""Process this many marks before keys are handled."""


class MarkService:
    """The marked messages, and their message numbers in the present session."""

    def __init__(
        self,
        state: MailboxState,
        sessions: SessionManager,
        open_journal: Callable[[], Journal] | None = None,
        *,
        readonly: bool = False,
    ) -> None:
        """``readonly``: nothing can be marked, and marks of earlier runs stay in the journal."""
        self._state, self._sessions, self.readonly = state, sessions, readonly
        self.on_headers: Callable[[tuple[MessageEntry, ...]], None] = lambda entries: None
        """Called with messages whose headers were loaded again to verify their marks."""
        self._marks = MarkSet()
        self._sorted: list[MessageEntry] | None = None
        """The marked messages, newest first; None if that has changed."""
        self._numbers: dict[int, MessageEntry] = {}
        self._records = MarkRecords()
        self._gone: Set[MessageEntry] = frozenset()
        """The messages that commits have deleted since the present listing."""
        self._elsewhere: Set[str] = frozenset()
        """UIDs that other running poptui sessions have marked."""
        self.writer = MarkWriter(None if readonly else open_journal, self._records)
        self.writer.on_written = self._on_disk
        self.writer.on_claimed_by_others = self._leave_to_others
        self.writer.on_notice = state.notice
        self._deletable = DeletableMarks(state, sessions, self._marks, self._records, self.writer)
        self.recovered = RecoveredMarks()
        self.recovered.on_keep = self._keep_recovered
        self.recovered.on_forget = self._forget_recovered

    @property
    def _listing(self) -> MailboxListing:
        return self._state.listing

    @property
    def _workers(self) -> SessionWorkers | None:
        return self._sessions.workers

    # --- the user's actions

    def marked(self) -> list[MessageEntry]:
        """Return the marked messages, newest first."""
        if self._sorted is None:
            found = [e for key in self._marks.keys if (e := self._listing.find(key)) is not None]
            self._sorted = sorted(found, key=attrgetter("number"), reverse=True)
        return self._sorted.copy()

    def mark(self, entries: Iterable[MessageEntry]) -> str:
        """Mark for deletion, as one action; return a sentence if some can't be marked.

        A message without a unique UID must have been opened before.
        """
        self._sessions.connect_if_released()
        if self.readonly:
            return wording.READ_ONLY
        chosen = list(entries)
        present = [entry for entry in self.present(chosen) if entry not in self._gone]
        ours = [entry for entry in present if entry.mark is not Mark.ELSEWHERE]
        clear = [entry for entry in ours if self._is_identified(entry)]
        self._apply(self._marks.add(entry.key for entry in clear))
        if len(present) < len(chosen):
            return wording.GONE
        if len(ours) < len(present):
            return wording.ELSEWHERE
        if len(clear) == len(ours):
            return ""
        shift = self._listing.uids_shift or self._listing.uids_are_numbers
        return wording.SHIFTED if shift else wording.AMBIGUOUS

    def _is_identified(self, entry: MessageEntry) -> bool:
        """Whether a mark can only mean this message: by its UID, or because it was opened.

        UIDs that are mere numbers need a header that was loaded in this session.
        """
        if entry.ambiguous:
            return entry.opened
        workers = self._workers
        if not self._listing.uids_are_numbers or workers is None or workers.verifier.top_is_useful:
            return True
        return entry.fresh

    def unmark(self, entries: Iterable[MessageEntry]) -> str:
        """Unmark, as one action."""
        changed = self._marks.remove(entry.key for entry in self.present(entries))
        self._apply(changed)
        return "" if changed else "It is not marked."

    def unmark_all(self) -> str:
        """Unmark everything, as one action."""
        changed = self._marks.remove(list(self._marks.keys))
        self._apply(changed)
        return "" if changed else "Nothing is marked."

    def undo(self) -> str:
        """Undo the last action on marks."""
        self._sessions.connect_if_released()
        changed = self._marks.undo()
        self._apply(changed)
        return "" if changed else "Nothing to undo."

    def present(self, entries: Iterable[MessageEntry]) -> list[MessageEntry]:
        """Return those of ``entries`` that are listed now: another may have an old one's key."""
        return [entry for entry in entries if self._listing.find(entry.key) is entry]

    def _apply(self, keys: Sequence[str]) -> None:
        found = [entry for entry in map(self._listing.find, keys) if entry is not None]
        self._records.note(entry for entry in found if entry.key in self._marks)
        self._drop_records(key for key in keys if key not in self._marks)
        self._sorted = None
        self._deletable.retry(keys)
        self._deletable.assess(found)
        self._show(found)
        self.writer.write_soon()
        self.reconcile_soon()

    # --- the journal

    @property
    def are_saved(self) -> bool:
        """Whether the marks that can be saved are on the disk, or will be in a moment."""
        return self.writer.works and (len(self._records) > 0 or len(self._marks) == 0)

    @property
    def session_only(self) -> list[MessageEntry]:
        """Marked messages without a unique UID: no later session can find them."""
        return [entry for entry in self.marked() if entry.uid is None or entry.ambiguous]

    async def save(self) -> list[MessageEntry]:
        """Write the marks to the disk for the next start; return those that were read back."""
        found = await self.writer.read_back_marks()
        lost = set(self.session_only)
        return [e for e in self.marked() if e not in lost and e.uid in found]

    async def forget(self) -> bool:
        """Unmark everything for good; return whether the next start won't offer any of it."""
        self.unmark_all()
        await self.writer.settle()
        return self.writer.has_nothing_on_disk

    # --- earlier runs and other ones

    def _keep_recovered(self, offer: RecoveryOffer) -> None:
        self._records.take_over(offer.present)
        self._apply(self._marks.add(entry.key for entry, _ in offer.present))
        self.headers_loaded([entry for entry, _ in offer.present])

    def _forget_recovered(self, marks: tuple[MarkRecord, ...]) -> None:
        self.writer.drop(mark.uid for mark in marks)

    def _leave_to_others(self, uids: Set[str]) -> None:
        """Unmark what another poptui marked first: only that one may delete it."""
        self._elsewhere |= uids
        self._drop(uids)
        self._show(self._listing.entries)
        self._state.notice(wording.ELSEWHERE)

    # --- sessions

    def listing_changed(
        self, before: MailboxListing, snapshot: JournalSnapshot, *, has_uids: bool
    ) -> list[str]:
        """Move the marks to the present listing: each stays only with the very same message.

        ``has_uids``: every message has a UID in this session; otherwise marks may wait for another
        session. Returns sentences that tell the user what changed.
        """
        listing, self._gone = self._listing, frozenset()
        several = {entry.uid for entry in listing.entries if entry.ambiguous}

        def alive(key: str) -> bool:
            entry, mark = listing.find(key), self._records.under(key)
            if entry is None:
                return mark is not None and not has_uids and mark.uid not in several
            if mark is None:
                return before.find(key) is entry
            if listing.uids_are_numbers and not mark.fingerprint:
                return False
            return may_be(mark, entry) or (before.find(key) is entry and entry.size == mark.size)

        lost = set(self._marks.retain(alive))
        self._drop_records(lost)
        self._elsewhere = {mark.uid for mark in snapshot.others}
        self.recovered.listing_changed(snapshot.earlier, listing, has_uids=has_uids)
        self._numbers = {entry.number: entry for entry in listing.entries}
        self._assess_all()
        self._show(listing.entries)
        waiting = len(self._marks) - len(self.marked()) + self.recovered.waiting
        self.writer.write_soon()
        return wording.marks_changed(lost=len(lost), waiting=waiting, snapshot=snapshot)

    def session_changed(self, before: SessionWorkers | None, now: SessionWorkers | None) -> None:
        """Follow a session that began or ended."""
        if self._deletable.count_loss(before, now):
            self._state.notice(wording.HELD_BACK)
        self._assess_all()
        self._show(self.marked())
        self.reconcile_soon()

    def set_aside(self, entries: Iterable[MessageEntry], why: str) -> None:
        """Don't send the DELE of these again while they stay marked: it ends every session."""
        chosen = list(entries)
        self._deletable.refuse({entry.key: why for entry in chosen})
        self._deletable.assess(chosen)
        self._show(chosen)

    def deleted(self, entries: Iterable[MessageEntry]) -> None:
        """Forget messages that were deleted, in the undo history too; their rows say so."""
        gone = frozenset(entries)
        self._gone |= gone
        self._drop({entry.key for entry in gone})
        self._show(gone)

    async def committing(self, held: Iterable[MessageEntry]) -> None:
        """Note in the journal that QUIT is about to delete ``held``, in case no reply arrives."""
        entries = list(held)
        for start in range(0, len(entries), MARKS_PER_SLICE):
            self._records.sent(entries[start : start + MARKS_PER_SLICE], True)
            await asyncio.sleep(0)
        await self.writer.settle()

    def not_deleted(self, entries: Iterable[MessageEntry]) -> None:
        """Note in the journal that these were not deleted."""
        self._records.sent(entries, False)
        self.writer.write_soon()

    def _drop(self, keys: Set[str]) -> None:
        self._marks.retain(lambda key: key not in keys)
        self._drop_records(keys)
        self._sorted = None
        self._deletable.assess(
            entry for key in keys if (entry := self._listing.find(key)) is not None
        )

    def _drop_records(self, keys: Iterable[str]) -> None:
        """Remove the records of these from the journal, those of earlier runs too."""
        self.writer.drop(self._records.erase(keys))

    # --- for the reconciler

    async def prepare(self) -> bool:
        """Write marks to the disk and verify messages; return whether a header arrived."""
        await self.writer.settle()
        workers = self._workers
        if workers is None:
            return False
        if self._deletable.top_changed:
            self._assess_all()
        to_verify = self._deletable.next_to_verify(workers.verifier.batch_size())
        if not to_verify:
            return False
        self.on_headers(await workers.verifier.load_again(to_verify))
        self._deletable.assess(to_verify)
        self._show(to_verify)
        return True

    def wanted(self) -> Set[int]:
        """Return the message numbers that the server should hold as deleted now."""
        return self._deletable.numbers

    def replied(self, replies: list[Reply]) -> None:
        """Show the marks after replies to DELE and RSET."""
        numbers = [r.command.number for r in replies if isinstance(r.command, Dele)]
        if len(numbers) < len(replies):
            self._show(self.marked())
        else:
            self._show(self._numbers[number] for number in numbers if number in self._numbers)

    def _assess_all(self) -> None:
        self._sorted = None
        self._deletable.assess_all(self.marked())

    def _on_disk(self) -> None:
        """Continue after the journal was written, or couldn't be."""
        self._deletable.assess(self._deletable.unwritten)
        self.reconcile_soon()

    def headers_loaded(self, entries: Iterable[MessageEntry]) -> None:
        """Verify the marks of ``entries``, whose headers arrived, and send their DELEs."""
        marked = [entry for entry in entries if entry.key in self._marks]
        for entry in marked:
            self._compare(entry)
        self._deletable.assess(marked)
        if self._deletable.top_changed:
            self._assess_all()
        if marked:
            self.writer.write_soon()
            self.reconcile_soon()

    def _compare(self, entry: MessageEntry) -> None:
        mark = self._records.of(entry)
        if mark is None or entry.header is None:
            return
        if not mark.fingerprint:
            self._records.complete(entry)
        elif entry.fresh and mark.fingerprint != entry.header.fingerprint():
            self._drop({entry.key})
            self._show([entry])
            self._state.notice(wording.another_message(entry, mark))
        elif entry.fresh and mark.size != entry.size:
            self._records.resize(entry)

    @contextmanager
    def undeleted_while_read(self, entry: MessageEntry) -> Iterator[None]:
        """In this block the server doesn't hold ``entry`` as deleted, so that it can be read."""
        self._deletable.hold_back(entry.key)
        self._deletable.assess([entry])
        try:
            yield
        finally:
            self._deletable.release_hold(entry.key)
            self._deletable.assess([entry])
            self._show([entry])
            self.reconcile_soon()

    @contextmanager
    def only(self, entries: Iterable[MessageEntry]) -> Iterator[None]:
        """During a commit, delete these entries only, and don't wait for their headers."""
        self._deletable.restrict(frozenset(entry.key for entry in entries))
        self._assess_all()
        try:
            yield
        finally:
            self._deletable.restrict(None)
            self._assess_all()

    def reconcile_soon(self) -> None:
        """Make the server follow the marks."""
        if self._workers is not None and self._workers.client.alive:
            self._workers.reconciler.reconcile_soon()

    # --- the state of rows

    def _show(self, entries: Iterable[MessageEntry]) -> None:
        changed = []
        for entry in entries:
            mark = self._mark_of(entry)
            if mark is not entry.mark:
                entry.mark = mark
                changed.append(entry)
        if changed:
            self._state.notify(Marked(tuple(changed)))

    def _mark_of(self, entry: MessageEntry) -> Mark:
        if entry.header is not None:
            entry.problem = ""
        if entry in self._gone:
            return Mark.GONE
        if entry.key not in self._marks:
            return Mark.ELSEWHERE if entry.uid in self._elsewhere else Mark.NONE
        if why := self._deletable.why_refused(entry.key):
            entry.problem = why
            return Mark.REFUSED
        if self._workers is None:
            return Mark.PENDING
        mark, why = self._workers.progress(entry, self._records.of(entry))
        entry.problem = why or entry.problem
        return mark
