"""What the user has settled, at work on the messages of one mailbox as their headers come.

Nothing is marked here: what rules would have marked is gathered, and named once no more headers
are to come. Each rule has its say on a message once in a run, so that what the user takes back
stays as he wants it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.scoring.sender_lists import KnownSenders, SenderList
from poptui.threads import run_detached
from poptui.triage.duplicates import Keep, flag_duplicates
from poptui.triage.policy.policy import Policy
from poptui.triage.spam.score import Reason, explain
from poptui.triage.spam.training import example

if TYPE_CHECKING:
    from poptui.triage.bulk_preview import BulkPreview
    from poptui.triage.spam.training import Learner

HARMLESS = 1.0
"""The score below which a message that stays in the mailbox is taken to be wanted."""

SLICE = 0.008
"""Seconds of scoring anew before others get their turn."""


class Scorer:
    """Scores, tags and protection of entries, by lists, rules, weights and what was learned."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        senders: KnownSenders | None = None,
        learner: Learner | None = None,
        keep: Keep = Keep.NEWEST,
    ) -> None:
        """Without ``learner`` nothing is learned; ``keep`` is for duplicates."""
        self.policy = policy or Policy()
        self.senders = senders or KnownSenders(self.policy)
        self._learner, self._keep = learner, keep
        self._ruled: set[str] = set()
        """Keys of the messages that rules have had their say on."""
        self._wanted: list[MessageEntry] = []
        self._by_rule: set[str] = set()

    @property
    def threshold(self) -> float:
        """The score from which a message is spam."""
        return self.policy.weights.threshold

    @property
    def trouble(self) -> str:
        """A sentence on what does not work, empty if nothing is wrong."""
        return self.policy.trouble or (self._learner.trouble if self._learner else "")

    async def ready(self) -> None:
        """Have at hand what was learned before."""
        if self._learner is not None and self.policy.learned is None:
            await run_detached(self._learner.load)
            self.policy.learned = self._learner.signal
            self.policy.conversation = self._learner.conversation

    def take(self, entries: Iterable[MessageEntry]) -> None:
        """Headers of ``entries`` came, or will not come."""
        first, again = list[MessageEntry](), list[MessageEntry]()
        for entry in entries:
            (again if entry.key in self._ruled else first).append(entry)
        self.policy.rescore(again)
        self._wanted += self.policy.apply(first)
        self._ruled.update(entry.key for entry in first if self._complete(entry))

    def _complete(self, entry: MessageEntry) -> bool:
        """Whether all that rules ask for is here."""
        return entry.header is not None and self.policy.headers <= entry.header.extra.keys()

    def to_mark(self) -> tuple[MessageEntry, ...]:
        """What rules want marked and was not named before."""
        wanted, self._wanted = dict.fromkeys(self._wanted), []
        self._by_rule.update(entry.key for entry in wanted)
        return tuple(entry for entry in wanted if not entry.marked)

    def rehearse(self, entries: Iterable[MessageEntry]) -> BulkPreview[MessageEntry]:
        """What marking ``entries`` would do: protected ones are left out."""
        from poptui.triage.bulk_preview import rehearse

        chosen = list(entries)
        self.policy.rescore(entry for entry in chosen if entry.header is None)
        return rehearse(chosen, is_friend=self.policy.is_friend, threshold=self.threshold)

    def reasons(self, entry: MessageEntry) -> Sequence[Reason]:
        """Why the score of ``entry`` is what it is, what counts most first."""
        verdict = self.policy.verdict(entry)
        return () if verdict is None else explain(verdict, self.policy.weights)

    async def turn(
        self, roll: SenderList, entry: MessageEntry, listed: Iterable[MessageEntry]
    ) -> tuple[str, list[MessageEntry]]:
        """Put the sender on a list, or off it; a sentence, and which of ``listed`` changed.

        Raises UsageError where the list cannot be written.
        """
        address = entry.header.from_.address if entry.header else ""
        said, matches = await self.senders.turn(roll, address)
        return said, await self.rescore(listed, matches)

    async def rescore(
        self,
        entries: Iterable[MessageEntry],
        concerned: Callable[[str], bool] = lambda address: True,
    ) -> list[MessageEntry]:
        """Score anew, in slices, where the sender is ``concerned``; returns what changed."""
        changed, until = list[MessageEntry](), perf_counter() + SLICE
        for entry in entries:
            if entry.header is not None and concerned(entry.header.from_.address):
                before = entry.score, entry.protected
                self.policy.rescore((entry,))
                if before != (entry.score, entry.protected):
                    changed.append(entry)
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + SLICE
        return changed

    async def flag_duplicates(self, entries: Iterable[MessageEntry]) -> list[MessageEntry]:
        """Set ``duplicate`` on all of a listing; returns what changed."""
        listed = tuple(entries)
        return await run_detached(lambda: flag_duplicates(listed, self._keep))

    async def learn(
        self, deleted: Iterable[MessageEntry], left: Iterable[MessageEntry], *, batch: bool = False
    ) -> bool:
        """A commit was verified; whether scores may be others now. What rules marked is no lesson.

        In ``batch`` nobody opens a message: what stays and hardly looks like spam was kept. What
        only the learned opinion took for spam teaches nothing, or it would confirm itself.
        Whatever goes wrong is told by ``trouble``.
        """
        learner = self._learner
        if learner is None:
            return False
        gone = [entry for entry in deleted if entry.key not in self._by_rule]
        stayed = list(left)
        before = learner.counts
        if batch:
            gone = [entry for entry in gone if not self._is_own_opinion(entry)]
            kept = [entry for entry in stayed if self._is_harmless(entry)]
            examples = [example(entry, True) for entry in gone if not self.policy.is_friend(entry)]
            examples += [example(entry, False) for entry in kept]
            await run_detached(lambda: learner.teach_examples(one for one in examples if one))
        else:
            await run_detached(lambda: learner.teach(gone, stayed, self.policy.is_friend))
        return learner.counts is not before

    async def teach(self, entries: Iterable[MessageEntry], spam: bool) -> int:
        """Learn that ``entries`` are spam, or are not; returns how many could be learned."""
        learner = self._learner
        examples = [found for entry in entries if (found := example(entry, spam))]
        if learner is not None and examples:
            await run_detached(lambda: learner.teach_examples(examples))
        return len(examples) if learner is not None else 0

    def _is_own_opinion(self, entry: MessageEntry) -> bool:
        without = self.policy.score_without_learned(entry)
        return (entry.score or 0.0) >= self.threshold > without

    def _is_harmless(self, entry: MessageEntry) -> bool:
        if entry.verdict is None or entry.new:
            return False
        return self.policy.score_without_learned(entry) < HARMLESS
