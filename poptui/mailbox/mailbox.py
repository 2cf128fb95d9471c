"""The mailbox as a user works on it: listed, read, marked, and changed by a commit alone.

What this file keeps: nothing but ``commit`` sends a QUIT that deletes; a mark belongs to a
message, by its UID, and never passes to another; what a commit did is told, and looked up where
the server does not say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from weakref import WeakValueDictionary

from poptui.errors import UsageError
from poptui.mailbox.changes import Change, ConnectionState, Listed, Notice, Vanished, tell
from poptui.mailbox.commit.outcome import Outcome, Proof
from poptui.mailbox.commit.safety_copies import CommitCallbacks, SafetyCopyStep
from poptui.mailbox.commit.service import CommitService
from poptui.mailbox.commit.verification import DeletionVerifier
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.cache import Cache
from poptui.mailbox.headers.service import HeaderService
from poptui.mailbox.listing import MailboxListing, relist, shifted
from poptui.mailbox.marks.facade import Declaring
from poptui.mailbox.marks.messages import READ_ONLY
from poptui.mailbox.marks.persistence import Journal
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.messages.service import BodyStore, Fetching
from poptui.mailbox.scoring.bulk_actions import Triaging
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.session.clock import Clock
from poptui.mailbox.session.listing_diff import compare
from poptui.mailbox.session.manager import LogIn, SessionManager
from poptui.mailbox.session.notices import UIDS_SHIFT, OneTimeNotices, remarks
from poptui.mailbox.session_workers import SessionWorkers, WorkerHooks
from poptui.mailbox.survey import Survey, survey
from poptui.net.login import LoggedIn
from poptui.net.server_profile import ServerFact
from poptui.pop3.capabilities import AfterDownload, after_download
from poptui.secret import Secret
from poptui.storage.mark_record import JournalSnapshot
from poptui.storage.safety_copies import SafetyCopyStore
from poptui.threads import run_detached
from poptui.triage.spam.verdict import Context


class Mailbox(Declaring, Fetching, Triaging):
    """One mailbox, over as many sessions as it takes."""

    def __init__(
        self,
        title: str,
        log_in: LogIn,
        *,
        background: bool = True,
        open_cache: Callable[[], Cache] | None = None,
        open_journal: Callable[[], Journal] | None = None,
        context: Context | None = None,
        appraisal: Scorer | None = None,
        idle_release: float = 0.0,
        trust: DeletionVerifier | None = None,
        with_password: Callable[[Secret], LogIn] | None = None,
        clock: Clock | None = None,
        bodies: BodyStore | None = None,
        open_copies: Callable[[], SafetyCopyStore] | None = None,
        readonly: bool = False,
    ) -> None:
        """``title`` is shown as it is.

        Without ``background`` nothing is done unasked: headers load when they are aimed at, and
        a session that was dropped is not followed by another. Verdicts are made in ``context``.
        A session that nobody uses is released after ``idle_release`` seconds (0: never).
        Messages are appraised by ``appraisal`` as they come; without one, not at all.
        ``with_password`` makes a ``log_in`` of another password. Messages are kept in ``bodies``,
        and what is about to be deleted in ``open_copies``, where there is such a thing.
        ``readonly``: nothing can be marked or deleted.
        """
        self.title = title
        self.encrypted = False
        self._after_download = AfterDownload.UNKNOWN
        self.listing = MailboxListing()
        self.appraisal, self._appraises = appraisal or Scorer(), appraisal is not None
        self._acts_unasked = background
        self._lessons: asyncio.Task[None] | None = None
        self.changed: Callable[[Change], None] = lambda change: None
        self._notices = OneTimeNotices(self._tell)
        self._bodies = bodies
        headers = self._headers = HeaderService(
            open_cache,
            context or Context(),
            self._arrived,
            self._notices.once,
            background=background,
        )
        headers.want(self.appraisal.policy.headers)
        marking = self._marking = MarkService(
            self._tell, headers.arrived, open_journal, readonly=readonly
        )
        self._tasks = WorkerHooks(headers, marking.prepare, marking.wanted, marking.answered)
        self._arrivals = 0
        self._with_password = with_password
        self._sessions = SessionManager(
            log_in,
            self._arrive,
            marking.enter,
            self._tell,
            background=background,
            idle_release=idle_release,
            clock=clock,
        )
        self._at_hand = WeakValueDictionary()
        self._safety = SafetyCopyStep(self._sessions, marking, open_copies, self._fetched)
        self._committing = CommitService(
            self._sessions,
            marking,
            trust or DeletionVerifier(),
            self._safety,
            lambda: self.listing,
            self.refresh,
        )

    # --- the session

    @property
    def state(self) -> ConnectionState:
        """Whether there is a session with the server, and what becomes of it where not."""
        return self._sessions.state

    @property
    def reached(self) -> bool:
        """Whether the server has let us in once."""
        return self._sessions.known

    @property
    def next_try(self) -> datetime | None:
        """While WAITING: the local time at which the server is tried again."""
        return self._sessions.next_try

    @property
    def after_download(self) -> AfterDownload:
        """What this server does at QUIT with messages that were downloaded."""
        return self._after_download

    async def connect(self) -> None:
        """Log in and list, unless that is done or under way. Raises PoptuiError."""
        await self._sessions.connect()

    async def refresh(self) -> None:
        """A new session, which sees new mail; marks and headers are kept. Raises PoptuiError."""
        if self.state is not ConnectionState.CONNECTING:
            await self.discard()
        await self.connect()

    async def discard(self) -> None:
        """End the session and delete nothing: RSET, QUIT. Marks stay declared. Never raises."""
        await self._sessions.discard()
        await self._headers.flush()

    def abandon(self) -> None:
        """Drop the line at once, without QUIT: for signals and crashes."""
        self._sessions.abandon()

    def touch(self) -> None:
        """The user is here: the session is not released yet."""
        self._sessions.touch()

    async def check_line(self) -> None:
        """We were stopped, or slept: see whether the line stands, or connect where it is due."""
        await self._sessions.check(anyway=True)

    @property
    def takes_password(self) -> bool:
        """Whether another password can be given."""
        return self._with_password is not None

    async def give_password(self, password: Secret) -> None:
        """Log in with this password from now on. Raises PoptuiError."""
        if self._with_password is not None:
            self._sessions.log_in = self._with_password(password)
        await self.connect()

    def _take_up(self) -> None:
        """Something needs the server: if it was released for want of use, connect again."""
        if self.state is ConnectionState.RELEASED:
            self._sessions.connect_soon()

    async def _arrive(self, session: LoggedIn) -> SessionWorkers:
        had_uids = any(entry.uid is not None for entry in self.listing.entries)
        surveyed = survey(session, had_uids=had_uids)
        seen, _ = await asyncio.gather(surveyed, self.appraisal.ready())
        await self._learn_of_downloads(session, seen)
        self._arrivals += 1
        uids_shift = await self._uids_shift(session, seen)
        listing = await asyncio.to_thread(
            partial(relist, seen, self.listing, self._arrivals, uids_shift=uids_shift)
        )
        await session.pipelining.expect(await self._headers.recall(listing))
        look = await self._marking.written.look()
        if session.client.error is not None:
            raise session.client.error
        return self._adopt(session, seen, listing, look)

    async def _uids_shift(self, session: LoggedIn, seen: Survey) -> bool:
        """Whether this server's UIDs move to other messages, as was seen once or is seen now."""
        profile, address = session.pipelining.profile, session.client.server.address
        told_gone, self._committing.told_gone = self._committing.told_gone, frozenset()
        if await run_detached(lambda: profile.known(ServerFact.UIDS_SHIFT, address)):
            return True
        if not shifted(self.listing, seen, told_gone):
            return False
        await run_detached(lambda: profile.learn(ServerFact.UIDS_SHIFT, address, True))
        return True

    async def _learn_of_downloads(self, session: LoggedIn, seen: Survey) -> None:
        """Find out what QUIT does to what is downloaded: from EXPIRE, and from what it did."""
        policy = after_download(session.capabilities, seen.capabilities)
        profile, address = session.pipelining.profile, session.client.server.address
        if await run_detached(lambda: profile.known(ServerFact.REMOVES_DOWNLOADS, address)):
            policy = AfterDownload.REMOVED
        session.client.after_download = self._after_download = policy

    def _watch_downloads(self, session: LoggedIn, vanished: Iterable[MessageEntry]) -> None:
        """If QUIT took with it what was downloaded, this server is not left by QUIT again."""
        downloaded = self._sessions.downloaded_before_quit
        if any(entry.number in downloaded for entry in vanished):
            session.client.after_download = self._after_download = AfterDownload.REMOVED
            session.pipelining.profile.learn(
                ServerFact.REMOVES_DOWNLOADS, session.client.server.address, True
            )

    def _adopt(
        self, session: LoggedIn, seen: Survey, listing: MailboxListing, look: JournalSnapshot
    ) -> SessionWorkers:
        self.encrypted = session.encrypted
        before, self.listing = self.listing, listing
        for entry in [entry for entry in self._at_hand if entry.unproven]:
            del self._at_hand[entry]
        moved = self._marking.move(listing, look, named=seen.names_all)
        self._tell(Listed())
        committing = self._committing
        changes = compare(before, listing, committing.confirmed, committing.deleted)
        if self._arrivals > 1 and not changes.all_others:
            self._watch_downloads(session, changes.vanished)
        shift = UIDS_SHIFT if listing.uids_shift else ""
        for remark in (
            *remarks(session, seen),
            shift,
            self._headers.trouble,
            self.appraisal.trouble,
        ):
            self._notices.once(remark)
        if self._arrivals > 1 and changes.sentence:
            self._tell(Notice(changes.sentence))
        if self._arrivals > 1 and changes.vanished and not changes.all_others:
            self._tell(Vanished(changes.vanished))
        for sentence in moved:
            self._tell(Notice(sentence))
        workers = SessionWorkers.begin(session, listing, self._tasks)
        if self._sessions.renewing:
            workers.loader.stop()
        return workers

    def _tell(self, change: Change) -> None:
        tell(self.changed, change)

    async def close(self) -> None:
        """The end of the program: what is declared goes to the disk, and stays for the next."""
        await self._marking.written.close()
        if self._lessons is not None:
            await self._lessons
        await self._headers.flush()

    # --- the commit

    @property
    def copies(self) -> bool:
        """Whether what is to be deleted is copied first."""
        return self._safety.on

    @property
    def in_doubt(self) -> bool:
        """Whether a commit has come so far that nobody can say whether anything is deleted."""
        return self._committing.in_doubt

    def stop_copying(self) -> None:
        """End that commit, with nothing deleted; does nothing once the copies are made."""
        self._safety.stop()

    def stop_checking(self) -> None:
        """Don't wait any longer to see what the deletion did: take the server's word, if any."""
        self._committing.stop_checking()

    async def commit(
        self,
        *,
        stay: bool,
        confirmed: Iterable[MessageEntry] | None = None,
        company: CommitCallbacks | None = None,
    ) -> Outcome:
        """Delete ``confirmed``, or all that is marked: reconcile, QUIT, read what became of it.

        What is not marked, or not confirmed, stays. ``company`` hears of safety copies and decides
        where they fall short; without it nothing is deleted then. With ``stay`` a new session
        follows. Raises PoptuiError only where nothing was deleted; UsageError where nothing may be.
        """
        if self.readonly:
            raise UsageError(READ_ONLY)
        asked = self.marked() if confirmed is None else list(confirmed)
        before = self.listing.entries
        outcome = await self._committing.run(asked, company or CommitCallbacks(), stay=stay)
        proven = outcome.proof is not Proof.NONE and not outcome.lied
        if outcome.deleted and proven:
            left = set(before).difference(asked)
            self._lessons = asyncio.create_task(self.learn(outcome.deleted, left))
        await self._headers.flush()
        self._committing.in_doubt = False
        return outcome
