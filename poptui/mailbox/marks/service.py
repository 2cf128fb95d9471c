"""The user's marks over the present session: declared here, shown on rows, driven to the server.

What this file keeps: a DELE goes only to a message whose mark is on the disk and that is known to
be the one the user marked. A mark that finds its message no more is told, and not moved on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from itertools import islice
from operator import attrgetter

from poptui.errors import PipeliningError
from poptui.mailbox.changes import Change, Marked, Notice
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.marks import messages as wording
from poptui.mailbox.marks.declared import Marks
from poptui.mailbox.marks.identity import may_be
from poptui.mailbox.marks.persistence import Journal, MarkWriter
from poptui.mailbox.marks.previous_run import RecoveredMarks, RecoveryOffer
from poptui.mailbox.marks.records import MarkRecords
from poptui.mailbox.session_workers import SessionWorkers
from poptui.pop3.commands import Dele
from poptui.pop3.events import Reply
from poptui.storage.mark_record import JournalSnapshot, MarkRecord

AT_A_TIME = 2000
"""Marks that are noted before keys get their turn."""

HELD_BACK_AFTER = 2
"""Sessions in a row that end amid DELEs, after which marks wait for the commit."""


class MarkService:
    """Marks by key, and which message numbers of which session they mean now."""

    def __init__(
        self,
        changed: Callable[[Change], None],
        arrived: Callable[[tuple[MessageEntry, ...]], None],
        open_journal: Callable[[], Journal] | None = None,
        *,
        readonly: bool = False,
    ) -> None:
        """``arrived`` hears of headers that were looked at again; see ``MarkWriter``.

        ``readonly``: nothing can be marked, and earlier marks wait for another start.
        """
        self._changed, self._arrived, self.readonly = changed, arrived, readonly
        self._marks = Marks()
        self._sorted: list[MessageEntry] | None = None
        """What is declared, the newest first; None where that changed."""
        self._numbers: dict[int, MessageEntry] = {}
        self._ready: dict[int, MessageEntry] = {}
        """Declared, and their DELE may go: by number, what the server should hold as deleted."""
        self._unproven: dict[MessageEntry, None] = {}
        """Declared, and to be looked at again before their DELE goes."""
        self._unwritten: dict[MessageEntry, None] = {}
        """Declared, and not on the disk yet."""
        self._evidence = False
        self._set_aside: dict[str, str] = {}
        """Why the DELE of a marked message is not tried again, by key."""
        self._sessions_lost = 0
        """Sessions in a row that ended amid DELEs; after ``HELD_BACK_AFTER`` marks wait."""
        self._records = MarkRecords()
        self._listing = MailboxListing()
        self._visit: SessionWorkers | None = None
        self._spared: set[str] = set()
        self._confirmed: frozenset[str] | None = None
        self._elsewhere: Set[str] = frozenset()
        """UIDs that other running poptuis have marked."""
        self.written = MarkWriter(
            None if readonly else open_journal,
            self._records.by_uid,
            self._on_disk,
            self._leave,
            self._say,
            self._records.touched,
        )
        self.earlier = RecoveredMarks(self._keep, self._forget)

    # --- the user's actions

    def marked(self) -> list[MessageEntry]:
        """What is declared, the newest first."""
        if self._sorted is None:
            found = [e for key in self._marks.keys if (e := self._listing.find(key)) is not None]
            self._sorted = sorted(found, key=attrgetter("number"), reverse=True)
        return self._sorted.copy()

    def mark(self, entries: Iterable[MessageEntry]) -> str:
        """Declare; a message that its UID does not name must have been opened."""
        if self.readonly:
            return wording.READ_ONLY
        chosen = list(entries)
        here = self.present(chosen)
        ours = [entry for entry in here if entry.mark is not Mark.ELSEWHERE]
        clear = [entry for entry in ours if self._is_told_apart(entry)]
        self._act(self._marks.declare(entry.key for entry in clear))
        if len(here) < len(chosen):
            return wording.GONE
        if len(ours) < len(here):
            return wording.ELSEWHERE
        if len(clear) == len(ours):
            return ""
        shift = self._listing.uids_shift or self._listing.uids_are_numbers
        return wording.SHIFTED if shift else wording.AMBIGUOUS

    def _is_told_apart(self, entry: MessageEntry) -> bool:
        """Whether a mark means this very message: its UID names it, or it was opened here.

        UIDs that are mere numbers need the header of this session to bear them out.
        """
        if entry.ambiguous:
            return entry.opened
        visit = self._visit
        if not self._listing.uids_are_numbers or visit is None or visit.identity.headers_come:
            return True
        return entry.fresh

    def unmark(self, entries: Iterable[MessageEntry]) -> str:
        """Take back."""
        changed = self._marks.retract(entry.key for entry in self.present(entries))
        self._act(changed)
        return "" if changed else "It is not marked."

    def unmark_all(self) -> str:
        """Take all back."""
        changed = self._marks.retract(list(self._marks.keys))
        self._act(changed)
        return "" if changed else "Nothing is marked."

    def undo(self) -> str:
        """Take back the last action."""
        changed = self._marks.undo()
        self._act(changed)
        return "" if changed else "Nothing to undo."

    def present(self, entries: Iterable[MessageEntry]) -> list[MessageEntry]:
        """Those that are listed now: another message may have an old one's key."""
        return [entry for entry in entries if self._listing.find(entry.key) is entry]

    def find(self, uid: str) -> MessageEntry | None:
        """The message that is listed now under a UID, if there is exactly one."""
        return self._listing.find(uid)

    def _act(self, keys: Sequence[str]) -> None:
        found = [entry for entry in map(self._listing.find, keys) if entry is not None]
        self._records.note(entry for entry in found if entry.key in self._marks)
        self._erase(key for key in keys if key not in self._marks)
        self._sorted = None
        for key in keys:
            self._set_aside.pop(key, None)
        if not self._marks.keys:
            self._sessions_lost = 0
        self._assess(found)
        self._show(found)
        self.written.poke()
        self.poke()

    @property
    def keeps(self) -> bool:
        """Whether what is declared is on the disk, or will be in a moment, where a UID names it."""
        return self.written.works and (len(self._records) > 0 or len(self._marks) == 0)

    # --- earlier runs and other ones

    def _keep(self, offer: RecoveryOffer) -> None:
        self._records.take_over(offer.here)
        self._act(self._marks.declare(entry.key for entry, _ in offer.here))
        self.ripened([entry for entry, _ in offer.here])

    def _forget(self, marks: tuple[MarkRecord, ...]) -> None:
        self.written.drop(mark.uid for mark in marks)

    def _leave(self, uids: Set[str]) -> None:
        """Another poptui marked these first: they are its own to delete."""
        self._elsewhere |= uids
        self._drop(uids)
        self._show(self._listing.entries)
        self._say(wording.ELSEWHERE)

    # --- sessions

    def move(self, listing: MailboxListing, look: JournalSnapshot, *, named: bool) -> list[str]:
        """A new listing: a mark stays only with the very message it was put on.

        ``named``: the server gives every message a UID in this session; else marks may wait for
        one that does. Returns sentences on what changed for the user.
        """
        before, self._listing = self._listing, listing
        several = {entry.uid for entry in listing.entries if entry.ambiguous}

        def alive(key: str) -> bool:
            entry, mark = listing.find(key), self._records.under(key)
            if entry is None:
                return mark is not None and not named and mark.uid not in several
            if mark is None:
                return before.find(key) is entry
            if listing.uids_are_numbers and not mark.fingerprint:
                return False
            return may_be(mark, entry) or (before.find(key) is entry and entry.size == mark.size)

        lost = set(self._marks.retain(alive))
        self._erase(lost)
        self._elsewhere = {mark.uid for mark in look.others}
        self.earlier.move(look.earlier, listing, named=named)
        self._numbers = {entry.number: entry for entry in listing.entries}
        self._assess_all()
        self._show(listing.entries)
        waiting = len(self._marks) - len(self.marked()) + self.earlier.waiting
        self.written.poke()
        return wording.moved(lost=len(lost), waiting=waiting, look=look)

    def enter(self, visit: SessionWorkers | None) -> None:
        """A new session, or none."""
        self._watch_for_losses(self._visit, visit)
        self._visit = visit
        self._assess_all()
        self._show(self.marked())
        self.poke()

    def set_aside(self, entries: Iterable[MessageEntry], why: str) -> None:
        """The DELE of these ends every session: it is not tried again while they stay marked."""
        chosen = list(entries)
        self._set_aside.update((entry.key, why) for entry in chosen)
        self._assess(chosen)
        self._show(chosen)

    def fulfilled(self, entries: Iterable[MessageEntry]) -> None:
        """These were deleted: nothing of them is left to declare or to undo."""
        self._drop({entry.key for entry in entries})

    async def committing(self, held: Iterable[MessageEntry]) -> None:
        """QUIT is about to delete ``held``: a next run must know, should this one not hear."""
        entries = list(held)
        for start in range(0, len(entries), AT_A_TIME):
            self._records.sent(entries[start : start + AT_A_TIME], True)
            await asyncio.sleep(0)
        await self.written.settle()

    def heard(self, entries: Iterable[MessageEntry]) -> None:
        """What became of these is known; they were not deleted."""
        self._records.sent(entries, False)
        self.written.poke()

    def _watch_for_losses(
        self, before: SessionWorkers | None, visit: SessionWorkers | None
    ) -> None:
        """Where DELEs end one session after the other, they wait for the commit."""
        if before is None or visit is not None or self._confirmed is not None:
            return
        lost = bool(before.client.unanswered_deletions) and not before.client.alive
        if isinstance(before.client.error, PipeliningError):
            return
        self._sessions_lost = self._sessions_lost + 1 if lost else 0
        if self._sessions_lost == HELD_BACK_AFTER:
            self._say(wording.HELD_BACK)

    def _drop(self, keys: Set[str]) -> None:
        self._marks.retain(lambda key: key not in keys)
        self._erase(keys)
        self._sorted = None
        self._assess(entry for key in keys if (entry := self._listing.find(key)) is not None)

    def _erase(self, keys: Iterable[str]) -> None:
        """Take what was kept of these off the disk, an earlier run's mark of them too."""
        self.written.drop(self._records.erase(keys))

    # --- for the reconciler

    async def prepare(self) -> bool:
        """Have marks on the disk and messages looked at; whether a look brought something."""
        await self.written.settle()
        visit = self._visit
        if visit is None:
            return False
        if self._evidence is not visit.identity.headers_come:
            self._assess_all()
        looked_at = list(islice(self._unproven, visit.identity.flight()))
        if not looked_at:
            return False
        self._arrived(await visit.identity.ask(looked_at))
        self._assess(looked_at)
        self._show(looked_at)
        return True

    def wanted(self) -> Set[int]:
        """The message numbers that the server should hold as deleted now."""
        return self._ready.keys()

    def answered(self, replies: list[Reply]) -> None:
        """The server's side changed."""
        numbers = [r.command.number for r in replies if isinstance(r.command, Dele)]
        if len(numbers) < len(replies):
            self._show(self.marked())
        else:
            self._show(self._numbers[number] for number in numbers if number in self._numbers)

    def _assess_all(self) -> None:
        self._sorted = None
        self._ready, self._unproven, self._unwritten = {}, {}, {}
        self._evidence = self._visit is not None and self._visit.identity.headers_come
        self._assess(self.marked())

    def _assess(self, entries: Iterable[MessageEntry]) -> None:
        """Find out anew, for each of ``entries``, whether its DELE may go and what it lacks."""
        for entry in entries:
            if self._ready.get(entry.number) is entry:
                del self._ready[entry.number]
            self._unproven.pop(entry, None)
            self._unwritten.pop(entry, None)
            if entry.key not in self._marks or self._listing.find(entry.key) is not entry:
                continue
            if self._may_go(entry):
                self._sort_in(entry, self._records.of(entry))

    def _sort_in(self, entry: MessageEntry, mark: MarkRecord | None) -> None:
        identity = None if self._visit is None else self._visit.identity
        if mark is not None and not self.written.has(mark.uid):
            self._unwritten[entry] = None
        elif identity is None or identity.given(entry, mark):
            self._ready[entry.number] = entry
        elif identity.wanting(entry, mark):
            self._unproven[entry] = None

    def _on_disk(self) -> None:
        """The journal was written, or cannot be."""
        self._assess(list(self._unwritten))
        self.poke()

    def ripened(self, entries: Iterable[MessageEntry]) -> None:
        """Headers came: a DELE that waited for one may go, if it is the header of that message."""
        marked = [entry for entry in entries if entry.key in self._marks]
        for entry in marked:
            self._compare(entry)
        self._assess(marked)
        if self._visit is not None and self._evidence is not self._visit.identity.headers_come:
            self._assess_all()
        if marked:
            self.written.poke()
            self.poke()

    def _compare(self, entry: MessageEntry) -> None:
        mark = self._records.of(entry)
        if mark is None or entry.header is None:
            return
        if not mark.fingerprint:
            self._records.complete(entry)
        elif entry.fresh and mark.fingerprint != entry.header.fingerprint():
            self._drop({entry.key})
            self._show([entry])
            self._say(wording.another_message(entry, mark))
        elif entry.fresh and mark.size != entry.size:
            self._records.resize(entry)

    @contextmanager
    def spared(self, entry: MessageEntry) -> Iterator[None]:
        """While it is being read the server must not hold it as deleted."""
        self._spared.add(entry.key)
        self._assess([entry])
        try:
            yield
        finally:
            self._spared.discard(entry.key)
            self._assess([entry])
            self._show([entry])
            self.poke()

    @contextmanager
    def confirmed(self, entries: Iterable[MessageEntry]) -> Iterator[None]:
        """For the commit: of these, what stays declared; none of it waits for its header."""
        self._confirmed = frozenset(entry.key for entry in entries)
        self._assess_all()
        try:
            yield
        finally:
            self._confirmed = None
            self._assess_all()

    def _may_go(self, entry: MessageEntry) -> bool:
        """Whether nobody reads it: a deleted message could show neither its header nor itself."""
        if entry.key in self._spared:
            return False
        if entry.key in self._set_aside:
            return False
        if self._confirmed is not None:
            return entry.key in self._confirmed
        if self._sessions_lost >= HELD_BACK_AFTER:
            return False
        return self._visit is None or not self._visit.loader.pending(entry)

    def poke(self) -> None:
        """Have the server's side follow."""
        if self._visit is not None and self._visit.client.alive:
            self._visit.reconciler.poke()

    def _say(self, sentence: str) -> None:
        self._changed(Notice(sentence))

    # --- what the rows show

    def _show(self, entries: Iterable[MessageEntry]) -> None:
        changed = []
        for entry in entries:
            mark = self._mark_of(entry)
            if mark is not entry.mark:
                entry.mark = mark
                changed.append(entry)
        if changed:
            self._changed(Marked(tuple(changed)))

    def _mark_of(self, entry: MessageEntry) -> Mark:
        if entry.header is not None:
            entry.trouble = ""
        if entry.key not in self._marks:
            return Mark.ELSEWHERE if entry.uid in self._elsewhere else Mark.NONE
        if why := self._set_aside.get(entry.key):
            entry.trouble = why
            return Mark.REFUSED
        if self._visit is None:
            return Mark.PENDING
        mark, why = self._visit.progress(entry, self._records.of(entry))
        entry.trouble = why or entry.trouble
        return mark
