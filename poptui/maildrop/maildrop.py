"""The maildrop as a user works on it: listed, read, marked, and changed by a commit alone.

What this file keeps: nothing but ``commit`` sends a QUIT that deletes; a mark belongs to a
message, by its UID, and never passes to another; what a commit did is told, and looked up where
the server does not say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial

from poptui.faults import AbsentFault, Fault
from poptui.mail.decode import decode_header
from poptui.maildrop.changes import Change, Listed, Loaded, Notice, State, StateChanged, tell
from poptui.maildrop.commit import commit, settle
from poptui.maildrop.entry import Entry
from poptui.maildrop.kept import Cache, KeptHeaders
from poptui.maildrop.letter import Letter
from poptui.maildrop.listing import Listing, relist
from poptui.maildrop.marking import Marking
from poptui.maildrop.outcome import Outcome
from poptui.maildrop.remarks import Notices, remarks
from poptui.maildrop.retrieval import header_lines, retrieve
from poptui.maildrop.survey import Survey, survey
from poptui.maildrop.visit import Tasks, Visit
from poptui.net.login import Session
from poptui.pop3.commands import Top
from poptui.pop3.limits import HEADER


class Maildrop:
    """One maildrop, over as many sessions as it takes."""

    def __init__(
        self,
        title: str,
        log_in: Callable[[], Awaitable[Session]],
        *,
        background: bool = True,
        open_cache: Callable[[], Cache] | None = None,
    ) -> None:
        """``title`` is shown as it is.

        Without ``background`` nothing is done unasked: headers load when they are aimed at, and
        a session that was dropped is not followed by another.
        """
        self.title = title
        self.encrypted = False
        self.listing = Listing()
        self.state = State.OFFLINE
        self.changed: Callable[[Change], None] = lambda change: None
        self._log_in, self._background = log_in, background
        self._kept = KeptHeaders(open_cache)
        self._marking = Marking(self._tell)
        self._visit: Visit | None = None
        self._sessions = 0
        self._connecting: asyncio.Task[None] | None = None
        self._notices = Notices(self._tell)
        marking = self._marking
        lacks = self._notices.once
        self._tasks = Tasks(self._arrived, lacks, marking.wanted, marking.answered)
        self._ending = asyncio.Lock()
        """Held while a session ends by QUIT: a new one would find it in its way."""

    # --- the session

    async def connect(self) -> None:
        """Log in and list, unless that is done or under way. Raises Fault."""
        async with self._ending:
            if self._visit is not None and self._visit.client.alive:
                return
            if self._connecting is None or self._connecting.done():
                self._connecting = asyncio.create_task(self._connect(), name="connect")
                self._connecting.add_done_callback(_seen)
            connecting = self._connecting
        await asyncio.shield(connecting)

    async def refresh(self) -> None:
        """A new session, which sees new mail; marks and headers are kept. Raises Fault."""
        if self.state is not State.CONNECTING:
            await self.discard()
        await self.connect()

    async def discard(self) -> None:
        """End the session and delete nothing: RSET, QUIT. Marks stay declared. Never raises."""
        visit = self._depart()
        if visit is not None:
            async with self._ending:
                await visit.leave()
        await self._kept.flush(self.listing)
        self._turn(State.OFFLINE)

    def abandon(self) -> None:
        """Drop the line at once, without QUIT: for signals and crashes."""
        visit = self._depart()
        if visit is not None:
            visit.drop()
        self._turn(State.OFFLINE)

    def _depart(self) -> Visit | None:
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        visit = self._visit
        self._enter(None)
        return visit

    async def _connect(self) -> None:
        self._turn(State.CONNECTING)
        try:
            session = await self._log_in()
            try:
                await self._arrive(session)
            except BaseException:
                session.client.close()
                raise
        except Fault as fault:
            self._turn(State.OFFLINE, str(fault))
            raise

    async def _arrive(self, session: Session) -> None:
        seen = await survey(session)
        self._sessions += 1
        listing = relist(seen, self.listing, self._sessions)
        await self._kept.recall(listing)
        if session.client.fault is not None:
            raise session.client.fault
        self._adopt(session, seen, listing)

    def _adopt(self, session: Session, seen: Survey, listing: Listing) -> None:
        self.encrypted = session.encrypted
        self.listing = listing
        lost = self._marking.move(self.listing)
        visit = Visit.begin(session.client, listing, self._tasks, background=self._background)
        self._enter(visit)
        session.client.lost = partial(self._lost, visit)
        self._turn(State.ONLINE)
        self._tell(Listed())
        for remark in (*remarks(session, seen), self._kept.trouble):
            self._notices.once(remark)
        if lost:
            self._tell(Notice(f"Marked, but no longer there as they were: {lost}. Not marked now."))

    def _enter(self, visit: Visit | None) -> None:
        self._visit = visit
        self._marking.enter(visit)

    def _lost(self, visit: Visit, fault: Fault) -> None:
        visit.stop()
        if self._visit is visit:
            self._enter(None)
            self._turn(State.OFFLINE, str(fault))

    def _turn(self, state: State, said: str = "") -> None:
        if (state, said) != (self.state, ""):
            self.state = state
            self._tell(StateChanged(state, said))

    def _tell(self, change: Change) -> None:
        tell(self.changed, change)

    async def _online(self) -> Visit:
        while self._visit is None or not self._visit.client.alive:
            await self.connect()
        return self._visit

    # --- headers

    def aim(self, entries: Iterable[Entry]) -> None:
        """These rows are on screen: their headers come first."""
        if self._visit is not None:
            self._visit.loader.aim(entries)

    async def loaded(self, entries: Iterable[Entry]) -> None:
        """Have the headers of ``entries``, where the server gives them. Raises Fault."""
        visit = await self._online()
        visit.loader.aim(entries)
        await visit.loader.finished()
        if visit.client.fault is not None:
            raise visit.client.fault

    def _arrived(self, entries: tuple[Entry, ...]) -> None:
        self.listing.loaded += sum(entry.header is not None for entry in entries)
        self._kept.keep(entries)
        self._tell(Loaded(entries))
        self._marking.ripened(entries)

    # --- reading

    async def retrieve(
        self, entry: Entry, progress: Callable[[int], None] = lambda octets: None
    ) -> Letter:
        """The whole message (RETR); ``progress`` hears the octets so far. Raises Fault.

        Cancelling while it comes drops the connection, for POP3 cannot stop a reply; with
        ``background`` a new session follows by itself, and the marks with it.
        """
        visit = await self._online()
        self._check_present(entry)
        letter = Letter(entry, progress)
        try:
            with self._marking.spared(entry):
                await retrieve(visit, letter)
        except BaseException:
            letter.close()
            raise
        finally:
            self._come_back(visit)
        self._note_opened(entry, letter)
        return letter

    async def header_block(self, entry: Entry) -> bytes:
        """The header as it came, by TOP, or out of the message where that is refused."""
        visit = await self._online()
        self._check_present(entry)
        reply = await visit.client.execute(Top(entry.number))
        if reply.ok:
            return header_lines(reply.body)
        return header_lines((await self.retrieve(entry)).open().read(HEADER))

    def _check_present(self, entry: Entry) -> None:
        if not self._marking.present([entry]):
            raise AbsentFault("This message is no longer on the server.")

    def _come_back(self, visit: Visit) -> None:
        """Over a new session, where a message that was stopped took the old one with it."""
        if self._visit is visit and not visit.client.alive:
            self._enter(None)
            if self._background:
                asyncio.ensure_future(self.connect()).add_done_callback(_seen)

    def _note_opened(self, entry: Entry, letter: Letter) -> None:
        entry.opened = True
        if entry.header is None:
            entry.header, entry.trouble = decode_header(letter.open().read(HEADER)), ""
            self._arrived((entry,))

    # --- marks

    def marked(self) -> list[Entry]:
        """What is declared, the newest first."""
        return self._marking.marked()

    def mark(self, entries: Iterable[Entry]) -> str:
        """Declare for deletion, as one action; returns a sentence where something speaks against.

        Nothing is deleted before ``commit``.
        """
        return self._marking.mark(entries)

    def unmark(self, entries: Iterable[Entry]) -> str:
        """Take the declaration back, as one action."""
        return self._marking.unmark(entries)

    def unmark_all(self) -> str:
        """Take every declaration back, as one action."""
        return self._marking.unmark_all()

    def undo(self) -> str:
        """Take back the last action on marks."""
        return self._marking.undo()

    # --- the commit

    async def commit(self, *, stay: bool, confirmed: Iterable[Entry] | None = None) -> Outcome:
        """Delete ``confirmed``, or all that is marked: reconcile, QUIT, read what became of it.

        What is not marked, or not confirmed, stays. With ``stay`` a new session follows. Raises
        Fault only where nothing was deleted.
        """
        asked = self.marked() if confirmed is None else list(confirmed)
        visit = await self._online()
        here = self._marking.present(asked)
        with self._marking.confirmed(here):
            await settle(visit)
        visit.stop()
        self._enter(None)
        outcome = await self._end(visit, here)
        if stay:
            outcome = await self._stay(outcome)
        lost = set(asked).difference(here)
        return replace(outcome, unknown=(*outcome.unknown, *lost))

    async def _end(self, visit: Visit, confirmed: list[Entry]) -> Outcome:
        async with self._ending:
            try:
                outcome = await commit(visit, confirmed, self.listing, self._log_in)
                self._marking.fulfilled(outcome.deleted)
                await self._kept.flush(self.listing)
                return outcome
            finally:
                self._turn(State.OFFLINE)

    async def _stay(self, outcome: Outcome) -> Outcome:
        """A new session, which also shows whether what the server called deleted is gone."""
        try:
            await self.connect()
        except Fault:
            return outcome
        still = tuple(self._marking.present(outcome.deleted))
        self.mark(still)
        gone = tuple(set(outcome.deleted).difference(still)) if still else outcome.deleted
        return replace(outcome, deleted=gone, remaining=(*still, *outcome.remaining))


def _seen(task: asyncio.Future[None]) -> None:
    """What went wrong was told as a change of state."""
    if not task.cancelled():
        task.exception()
