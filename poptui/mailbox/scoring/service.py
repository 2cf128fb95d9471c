"""Score messages, mark many at once, and change sender lists while the mailbox is open."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from poptui.mailbox.changes import ConnectionState, Loaded, Scored
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.service import HeaderService
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.scoring.scorer import Scorer
from poptui.mailbox.scoring.sender_lists import SenderList
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.state import MailboxState

if TYPE_CHECKING:
    from poptui.triage.bulk_preview import BulkPreview


class ScoringService:
    """Scores messages as their headers arrive, and marks many of them at once."""

    def __init__(
        self,
        state: MailboxState,
        sessions: SessionManager,
        headers: HeaderService,
        marks: MarkService,
        scorer: Scorer | None,
        *,
        background: bool,
    ) -> None:
        """Without ``scorer`` messages get no scores.

        Without ``background`` rules don't mark: a batch command deletes what it was asked to
        delete and nothing else.
        """
        self._state, self._sessions = state, sessions
        self._headers, self._marks, self._background = headers, marks, background
        self._scores = scorer is not None
        self.scorer = scorer or Scorer()
        headers.want(self.scorer.policy.headers)
        self._learning: asyncio.Task[None] | None = None

    def headers_loaded(self, entries: tuple[MessageEntry, ...]) -> None:
        """Score ``entries``, whose headers arrived, and mark by rules once no more will arrive."""
        if self._scores:
            self.scorer.score(entries)
        self._state.notify(Loaded(entries))
        self._marks.headers_loaded(entries)
        online = self._sessions.state is ConnectionState.ONLINE
        if self._background and online and self._headers.missing == 0:
            self._mark_by_rules()

    def _mark_by_rules(self) -> None:
        """Mark everything that rules match, as one action."""
        wanted = self.scorer.to_mark()
        may = bool(wanted) and not self._marks.readonly
        marked = len(self.mark_all(wanted).to_mark) if may else 0
        if marked:
            noun = "message" if marked == 1 else "messages"
            self._state.notice(f"{marked:,} {noun} marked by rules; undo unmarks them.")

    # --- marking many

    def preview(self, entries: Iterable[MessageEntry]) -> BulkPreview[MessageEntry]:
        """Preview ``mark_all``: what it would mark, and which messages look unusual."""
        return self.scorer.preview(self._marks.present(entries))

    def mark_all(self, entries: Iterable[MessageEntry]) -> BulkPreview[MessageEntry]:
        """Mark many messages, as one action, except protected ones."""
        preview = self.preview(entries)
        self._marks.mark(preview.to_mark)
        return preview

    # --- changing the scores

    async def toggle_sender(self, senders: SenderList, entry: MessageEntry) -> str:
        """Add the sender of ``entry`` to a list, or remove it; return a sentence.

        Raises UsageError if the list can't be written; then nothing has changed.
        """
        sentence, changed = await self.scorer.toggle_sender(
            senders, entry, self._state.listing.entries
        )
        self._state.notify(Scored(tuple(changed)))
        return sentence

    async def flag_duplicates(self) -> None:
        """Find messages that are copies of others, among those whose headers are loaded."""
        changed = await self.scorer.flag_duplicates(self._state.listing.entries)
        if changed:
            self._state.notify(Scored(tuple(changed)))

    def learn_soon(self, deleted: Iterable[MessageEntry], left: Iterable[MessageEntry]) -> None:
        """Learn from a verified commit in the background; scores follow."""
        self._learning = asyncio.create_task(self._learn(deleted, left))

    async def finish_learning(self) -> None:
        """Wait until the last commit has been learned from."""
        if self._learning is not None:
            await self._learning

    async def _learn(self, deleted: Iterable[MessageEntry], left: Iterable[MessageEntry]) -> None:
        batch = not self._background
        if await self.scorer.learn(deleted, left, batch=batch) and not batch:
            await self._rescore()

    async def teach(self, entries: Iterable[MessageEntry], spam: bool) -> int:
        """Learn that ``entries`` are spam, or are not, as the user says; scores follow.

        Returns how many could be learned: not those without a UID or a header.
        """
        taught = await self.scorer.teach(entries, spam)
        if taught:
            await self._rescore()
        return taught

    async def _rescore(self) -> None:
        changed = await self.scorer.rescore(self._state.listing.entries)
        self._state.notify(Scored(tuple(changed)))
