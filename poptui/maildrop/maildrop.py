"""The maildrop as a user works on it: listed, read, marked, and changed by a commit alone.

What this file keeps: nothing but ``commit`` sends a QUIT that deletes; a mark belongs to a
message, by its UID, and never passes to another; what a commit did is told, and looked up where
the server does not say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from poptui.faults import AbsentFault, Fault, ServerFault
from poptui.mail.decode import decode_header
from poptui.maildrop.changes import Change, Listed, Loaded, Notice, State, StateChanged
from poptui.maildrop.commit import commit
from poptui.maildrop.entry import Entry
from poptui.maildrop.kept import Cache, KeptHeaders
from poptui.maildrop.letter import Letter
from poptui.maildrop.listing import Listing, relist
from poptui.maildrop.loader import HeaderLoader
from poptui.maildrop.marking import Marking
from poptui.maildrop.outcome import Outcome
from poptui.maildrop.reconcile import Reconciler
from poptui.maildrop.remarks import Notices, remarks
from poptui.maildrop.retrieval import header_lines, retrieve
from poptui.maildrop.survey import Survey, survey
from poptui.maildrop.visit import Visit
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
        """``title`` is shown as it is. Without ``background``, headers load only when aimed at."""
        self.title = title
        self.encrypted = False
        self.listing = Listing()
        self.state = State.OFFLINE
        self.changed: Callable[[Change], None] = lambda change: None
        self._log_in, self._background = log_in, background
        self._kept = KeptHeaders(open_cache)
        self._marking = Marking(lambda change: self.changed(change))
        self._visit: Visit | None = None
        self._sessions = 0
        self._connecting: asyncio.Task[None] | None = None
        self._notices = Notices(lambda change: self.changed(change))

    # --- the session

    async def connect(self) -> None:
        """Log in and list, unless that is done or under way. Raises Fault."""
        if self._visit is not None and self._visit.client.alive:
            return
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._connect(), name="connect")
            self._connecting.add_done_callback(_seen)
        await asyncio.shield(self._connecting)

    async def refresh(self) -> None:
        """A new session, which sees new mail; marks and headers are kept. Raises Fault."""
        if self.state is not State.CONNECTING:
            await self.discard()
        await self.connect()

    async def discard(self) -> None:
        """End the session and delete nothing: RSET, QUIT. Marks stay declared. Never raises."""
        visit = self._depart()
        if visit is not None:
            await visit.leave()
        await self._kept.flush(self.listing)
        self._turn(State.OFFLINE)

    def abandon(self) -> None:
        """Drop the line at once, without QUIT: for signals and crashes."""
        visit = self._depart()
        if visit is not None:
            visit.drop()

    def _depart(self) -> Visit | None:
        if self._connecting is not None:
            self._connecting.cancel()
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
        self._enter(self._start(session))
        session.client.lost = self._lost
        self._turn(State.ONLINE)
        self.changed(Listed())
        for remark in (*remarks(session, seen), self._kept.trouble):
            self._notices.once(remark)
        if lost:
            self.changed(Notice(f"{lost} marked messages are no longer there as they were."))

    def _enter(self, visit: Visit | None) -> None:
        self._visit = visit
        self._marking.enter(visit)

    def _start(self, session: Session) -> Visit:
        client = session.client
        loader = HeaderLoader(
            client,
            self.listing,
            hidden=lambda: client.deleted,
            arrived=self._arrived,
            lacks=self._notices.once,
            background=self._background,
        )
        marking = self._marking
        return Visit(client, loader, Reconciler(client, marking.wanted, marking.answered))

    def _lost(self, fault: Fault) -> None:
        visit = self._visit
        if visit is not None:
            visit.stop()
            self._enter(None)
            self._turn(State.OFFLINE, str(fault))

    def _turn(self, state: State, said: str = "") -> None:
        if (state, said) != (self.state, ""):
            self.state = state
            self.changed(StateChanged(state, said))

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
        self.changed(Loaded(entries))
        self._marking.ripened(entries)

    # --- reading

    async def retrieve(
        self, entry: Entry, progress: Callable[[int], None] = lambda octets: None
    ) -> Letter:
        """The whole message (RETR); ``progress`` hears the octets so far. Raises Fault.

        Cancelling while it comes drops the connection, for POP3 cannot stop a reply; a new
        session follows by itself and the marks with it.
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
        reply = await visit.client.execute(Top(entry.number))
        if reply.ok:
            return header_lines(reply.body)
        return header_lines((await self.retrieve(entry)).open().read(HEADER))

    def _check_present(self, entry: Entry) -> None:
        if self.listing.find(entry.key) is not entry:
            raise AbsentFault("This message is no longer on the server.")

    def _come_back(self, visit: Visit) -> None:
        """After a message: the marks again, over a new session where the old one was dropped."""
        if self._visit is visit and not visit.client.alive:
            self._enter(None)
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

    async def commit(self, *, stay: bool) -> Outcome:
        """Delete what is marked: reconcile, QUIT, and read what became of it.

        With ``stay`` a new session follows. Raises Fault only where nothing was deleted.
        """
        confirmed = self.marked()
        visit = await self._online()
        confirmed = [entry for entry in confirmed if self.listing.find(entry.key) is entry]
        await self._settle(visit)
        visit.stop()
        self._visit = None
        outcome = await commit(visit, confirmed, self._log_in)
        self._marking.fulfilled(outcome.deleted)
        self._enter(None)
        await self._kept.flush(self.listing)
        self._turn(State.OFFLINE)
        if stay:
            await self._stay()
        return outcome

    async def _settle(self, visit: Visit) -> None:
        try:
            with self._marking.all_ripe():
                await visit.reconciler.settle()
        except Fault as fault:
            visit.drop()
            raise ServerFault(f"{fault} Nothing was deleted; the marks are kept.") from None

    async def _stay(self) -> None:
        with suppress(Fault):
            await self.connect()


def _seen(task: asyncio.Future[None]) -> None:
    """What went wrong was told as a change of state."""
    if not task.cancelled():
        task.exception()
