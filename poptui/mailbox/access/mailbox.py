"""One mailbox, with all its parts.

Start with ``Mailbox``: it connects the parts, and each part is an attribute. Nothing but ``commit``
sends a QUIT that deletes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from poptui.mailbox.access.overview import MailboxOverview
from poptui.mailbox.access.session_opener import SessionOpener
from poptui.mailbox.changes import Change
from poptui.mailbox.headers.cache import Cache
from poptui.mailbox.headers.service import HeaderService
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.marks.mark_writer import Journal
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.messages.service import BodyStore, MessageService
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.scoring.service import ScoringService
from poptui.mailbox.session.idle_watch import Clock
from poptui.mailbox.session.manager import LogIn, SessionManager
from poptui.mailbox.state import MailboxState
from poptui.net.transcript import Transcript
from poptui.secret import Secret
from poptui.triage.spam.verdict import Context

if TYPE_CHECKING:
    from poptui.mailbox.access.console import Console
    from poptui.mailbox.commit.service import CommitService
    from poptui.mailbox.commit.verification import DeletionVerifier
    from poptui.storage.safety_copies import SafetyCopyStore


class Mailbox:
    """A mailbox, over one session after another."""

    def __init__(
        self,
        title: str,
        log_in: LogIn,
        *,
        background: bool = True,
        open_cache: Callable[[], Cache] | None = None,
        open_journal: Callable[[], Journal] | None = None,
        context: Context | None = None,
        scorer: Scorer | None = None,
        idle_release: float = 0.0,
        verifier: DeletionVerifier | None = None,
        with_password: Callable[[Secret], LogIn] | None = None,
        trust: Callable[[str], None] = lambda fingerprint: None,
        clock: Clock | None = None,
        bodies: BodyStore | None = None,
        open_copies: Callable[[], SafetyCopyStore] | None = None,
        readonly: bool = False,
        transcript: Transcript | None = None,
    ) -> None:
        """Connect the parts; nothing is sent to the server before ``session.connect()``.

        Without ``background`` only requested headers are loaded, and a lost session isn't followed
        by another. ``context`` says who receives the mail. Without ``scorer`` messages get no
        scores. A session that is unused for
        ``idle_release`` seconds is released (0: never). ``with_password`` makes a ``log_in`` that
        uses another password, ``trust`` accepts a certificate by its fingerprint. ``bodies`` keeps
        downloaded messages, and ``open_copies`` safety copies of what is about to be deleted.
        ``readonly``: nothing can be marked or deleted.
        ``transcript`` records the traffic of all connections.
        """
        self.title = title
        state = self._state = MailboxState()
        self.session = SessionManager(
            log_in,
            state,
            with_password=with_password,
            trust=trust,
            background=background,
            idle_release=idle_release,
            clock=clock,
        )
        self.headers = HeaderService(
            state, self.session, context or Context(), open_cache, background=background
        )
        self.marks = MarkService(state, self.session, open_journal, readonly=readonly)
        self.messages = MessageService(state, self.session, self.headers, self.marks, bodies)
        self.scoring = ScoringService(
            state, self.session, self.headers, self.marks, scorer, background=background
        )
        self._verifier, self._open_copies = verifier, open_copies
        self._transcript = transcript
        self._bind(
            SessionOpener(
                state, self.session, self.headers, self.marks, self.messages, self.scoring
            )
        )

    def _bind(self, opener: SessionOpener) -> None:
        """Connect the callbacks of each part to the parts that need them."""
        self.session.open = opener.open
        self.session.on_session = self.marks.session_changed
        self.session.on_discarded = self.headers.flush
        self.headers.on_loaded = self.scoring.headers_loaded
        self.marks.on_headers = self.headers.decoded

    @cached_property
    def commit(self) -> CommitService:
        """The service that deletes marked messages; batch commands that only read never load it."""
        from poptui.mailbox.commit.safety_copies import SafetyCopyStep
        from poptui.mailbox.commit.service import CommitService
        from poptui.mailbox.commit.verification import DeletionVerifier

        commit = CommitService(
            self._state,
            self.session,
            self.marks,
            self._verifier or DeletionVerifier(),
            SafetyCopyStep(self._state, self.session, self.marks, self.messages, self._open_copies),
        )
        commit.on_verified = self.scoring.learn_soon
        commit.on_finished = self.headers.flush
        return commit

    @cached_property
    def console(self) -> Console:
        """Commands that the user types by hand."""
        from poptui.mailbox.access.console import Console

        return Console(self._state, self.session, self.marks, self._transcript)

    @property
    def listing(self) -> MailboxListing:
        """The messages of the present session, or of the last one."""
        return self._state.listing

    def overview(self) -> MailboxOverview | None:
        """Return the mailbox's figures as this run left it; None if they aren't known."""
        commits = self._state.commits
        if not self.session.reached or commits.confirmed != commits.deleted:
            return None
        remaining = [entry for entry in self.listing.entries if entry.key not in commits.deleted]
        return MailboxOverview(len(remaining), sum(entry.size for entry in remaining), 0)

    def listen(self, on_change: Callable[[Change], None]) -> None:
        """Call ``on_change`` with every change from now on; there is one listener."""
        self._state.on_change = on_change

    async def close(self) -> None:
        """Write unsaved marks, headers and lessons, at the end of the program."""
        await self.marks.writer.close()
        await self.scoring.finish_learning()
        await self.headers.flush()
