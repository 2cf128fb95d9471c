"""Open a session: read its listing, carry over headers and marks, and start its workers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial

from poptui.mailbox.changes import Listed, NewMail, Vanished
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.service import HeaderService
from poptui.mailbox.listing import MailboxListing, compare_listings, relist, shifted
from poptui.mailbox.listing_request import ListingReplies, request_listing
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.messages.service import MessageService
from poptui.mailbox.scoring.service import ScoringService
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.session.reconciler import Reconciler
from poptui.mailbox.session.verifier import MarkVerifier
from poptui.mailbox.session.workers import SessionWorkers
from poptui.mailbox.state import MailboxState
from poptui.net.login import LoggedInClient
from poptui.net.server_profile import ServerFact
from poptui.pop3.capabilities import AfterDownload, after_download
from poptui.storage.mark_record import JournalSnapshot
from poptui.threads import run_detached

REMOVES_DOWNLOADS = (
    "At the end of a session this server may delete every message that was opened in it (EXPIRE 0)."
    " poptui then hangs up without QUIT, and commits over a new connection, so that only what you"
    " confirm is deleted."
)

UIDS_SHIFT = (
    "This server gives the UIDs of deleted messages to others, so poptui doesn't trust them: open a"
    " message before you mark it; marks last for this connection only."
)


class SessionOpener:
    """Makes a logged-in session the mailbox's present one."""

    def __init__(
        self,
        state: MailboxState,
        sessions: SessionManager,
        headers: HeaderService,
        marks: MarkService,
        messages: MessageService,
        scoring: ScoringService,
    ) -> None:
        self._state, self._sessions, self._headers = state, sessions, headers
        self._marks, self._messages, self._scoring = marks, messages, scoring
        self._opened = 0
        """The number of opened sessions; it makes the keys of messages without a UID unique."""

    async def open(self, session: LoggedInClient) -> SessionWorkers:
        """Read the listing and start the workers of ``session``. Raises PoptuiError."""
        had_uids = any(entry.uid is not None for entry in self._state.listing.entries)
        listing_request = request_listing(session, had_uids=had_uids)
        replies, _ = await asyncio.gather(listing_request, self._scoring.scorer.load_learned())
        await self._set_download_policy(session, replies)
        self._opened += 1
        uids_shift = await self._do_uids_shift(session, replies)
        # Headers of the last session prove nothing in this one, so none may be decoded from now on.
        self._headers.drop_undecoded()
        listing = await asyncio.to_thread(
            partial(relist, replies, self._state.listing, self._opened, uids_shift=uids_shift)
        )
        await session.pipelining.expect(await self._headers.load_cached(listing))
        snapshot = await self._marks.writer.snapshot()
        if session.client.error is not None:
            raise session.client.error
        self._adopt(session, replies, listing, snapshot)
        return self._start_workers(session, listing)

    async def _do_uids_shift(self, session: LoggedInClient, replies: ListingReplies) -> bool:
        """Whether this server gives UIDs to other messages, now or in an earlier session."""
        profile, address = session.pipelining.profile, session.client.server.address
        commits = self._state.commits
        deleted, commits.deleted_last = commits.deleted_last, frozenset()
        if await run_detached(lambda: profile.known(ServerFact.UIDS_SHIFT, address)):
            return True
        if not shifted(self._state.listing, replies, deleted):
            return False
        await run_detached(lambda: profile.learn(ServerFact.UIDS_SHIFT, address, True))
        return True

    async def _set_download_policy(self, session: LoggedInClient, replies: ListingReplies) -> None:
        """Find out the effect of QUIT on downloaded messages, from EXPIRE and earlier sessions."""
        policy = after_download(session.capabilities, replies.capabilities)
        profile, address = session.pipelining.profile, session.client.server.address
        if await run_detached(lambda: profile.known(ServerFact.REMOVES_DOWNLOADS, address)):
            policy = AfterDownload.REMOVED
        session.client.protocol.after_download = self._sessions.after_download = policy

    def _watch_downloads(self, session: LoggedInClient, vanished: Iterable[MessageEntry]) -> None:
        """If QUIT removed downloaded messages, never leave this server by QUIT again."""
        downloaded = self._sessions.downloaded_before_quit
        if any(entry.number in downloaded for entry in vanished):
            session.client.protocol.after_download = AfterDownload.REMOVED
            self._sessions.after_download = AfterDownload.REMOVED
            session.pipelining.profile.learn(
                ServerFact.REMOVES_DOWNLOADS, session.client.server.address, True
            )

    def _adopt(
        self,
        session: LoggedInClient,
        replies: ListingReplies,
        listing: MailboxListing,
        snapshot: JournalSnapshot,
    ) -> None:
        """Make ``listing`` the present one, and report what changed."""
        state, commits = self._state, self._state.commits
        self._sessions.encrypted = session.encrypted
        before, state.listing = state.listing, listing
        self._headers.start_decoding()
        self._messages.forget_unproven()
        mark_notices = self._marks.listing_changed(before, snapshot, has_uids=replies.has_all_uids)
        state.notify(Listed())
        changes = compare_listings(before, listing, commits.confirmed, commits.deleted)
        again = self._opened > 1
        if again and not changes.none_same:
            self._watch_downloads(session, changes.vanished)
        for text in (
            *server_limitations(session, replies),
            UIDS_SHIFT if listing.uids_shift else "",
            self._headers.cached.problem,
            self._scoring.scorer.problem,
        ):
            state.notice_once(text)
        if again and changes.sentence:
            state.notice(changes.sentence)
        if again and changes.vanished and not changes.none_same:
            state.notify(Vanished(changes.vanished))
        if again and changes.new_entries and not changes.none_same:
            state.notify(NewMail(changes.new_entries))
        for text in mark_notices:
            state.notice(text)

    def _start_workers(self, session: LoggedInClient, listing: MailboxListing) -> SessionWorkers:
        client, marks = session.client, self._marks
        loader = self._headers.start_loader(client)
        reconciler = Reconciler(client, marks)
        verifier = MarkVerifier(client, loader, listing, self._headers.decoder)
        if self._sessions.renewing:
            loader.stop()
        return SessionWorkers(client, loader, reconciler, verifier, session.pipelining)


def server_limitations(session: LoggedInClient, replies: ListingReplies) -> list[str]:
    """Return a sentence on each feature that this server lacks; some may be empty."""
    removes = session.client.protocol.after_download is AfterDownload.REMOVED
    lacks = [] if session.capabilities.known else ["no CAPA"]
    lacks += (
        []
        if replies.has_uidl or replies.remark
        else ["no UIDL (marks hold for this connection only)"]
    )
    sentence = f"This server has {', '.join(lacks)}." if lacks else ""
    learned = session.pipelining.profile.remarks.pop(session.client.server.address, "")
    return [sentence, learned, REMOVES_DOWNLOADS if removes else "", replies.remark]
