"""The one way to a deletion: marks are reconciled, QUIT is sent, and what it did is found out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from poptui.errors import PoptuiError
from poptui.mailbox.commit import quit as ending
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.quit import QuitAnswer, check, commit, look_up, settle, still_there
from poptui.mailbox.commit.safety_copies import CommitCallbacks, SafetyCopyStep
from poptui.mailbox.commit.verification import DeletionVerifier
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.session.manager import SessionManager


class CommitService:
    """Commits over the sessions of a mailbox."""

    def __init__(
        self,
        sessions: SessionManager,
        marking: MarkService,
        trust: DeletionVerifier,
        safety: SafetyCopyStep,
        listing: Callable[[], MailboxListing],
        refresh: Callable[[], Awaitable[None]],
    ) -> None:
        self._sessions, self._marking, self._trust = sessions, marking, trust
        self._safety = safety
        self._listing, self._refresh = listing, refresh
        self.removed: frozenset[str] = frozenset()
        """The keys of what the last commit deleted."""
        self.in_doubt = False
        """QUIT went out, or was about to; whoever tells what it did takes this back."""

    async def run(
        self, asked: Sequence[MessageEntry], company: CommitCallbacks, *, stay: bool
    ) -> Outcome:
        """Delete ``asked`` and nothing else; with ``stay`` a new session follows.

        Raises Fault only where nothing was deleted.
        """
        secured = await self._safety.secure(asked, company)
        try:
            outcome = await self._commit(secured.entries, stay=stay)
        except PoptuiError:
            self.in_doubt = False
            self._marking.heard(asked)
            await secured.withdraw(asked)
            raise
        await secured.withdraw((*outcome.remaining, *outcome.refused))
        return secured.told(outcome)

    async def _commit(self, asked: Sequence[MessageEntry], *, stay: bool) -> Outcome:
        visit = await self._sessions.online()
        here = self._marking.present(asked)
        with self._marking.confirmed(here):
            await self._marking.committing(here)
            await settle(visit)
            comparison = await check(visit, self._listing())
        before = self._listing()
        async with self._sessions.ending(visit):
            self.in_doubt = True
            answer = await commit(visit, here, comparison.contradicted)
            outcome = await self._found_out(answer, before)
            self._note(outcome)
        if stay:
            outcome = await self._stay(outcome)
        lied = bool(answer.ok and still_there(answer, outcome))
        if answer.ok:
            await self._trust.learn(outcome.proof, lied=lied)
        lost = set(asked).difference(here)
        return replace(outcome, unknown=(*outcome.unknown, *lost), lied=lied)

    async def _found_out(self, answer: QuitAnswer, before: MailboxListing) -> Outcome:
        """The outcome, looked up where it is in doubt."""
        told = answer.outcome
        doubtful = answer.contradicted or (told.deleted and not answer.ok)
        if not (doubtful or (told.deleted and await self._trust.doubts())):
            return told
        return await look_up(answer, before, self._sessions.log_in)

    def _note(self, outcome: Outcome) -> None:
        self.removed = frozenset(entry.key for entry in outcome.deleted)
        self._marking.fulfilled(outcome.deleted)
        self._marking.heard((*outcome.remaining, *outcome.refused))

    async def _stay(self, outcome: Outcome) -> Outcome:
        """A new session, which also shows whether what is taken for deleted is gone."""
        try:
            await self._sessions.connect()
            still = self._marking.present(outcome.deleted)
            if still:
                await asyncio.sleep(ending.AGAIN)
                await self._refresh()
        except PoptuiError:
            return outcome
        still = self._marking.present(outcome.deleted)
        self._marking.mark(still)
        gone = tuple(entry for entry in outcome.deleted if entry not in still)
        return replace(outcome, deleted=gone, remaining=(*still, *outcome.remaining))
