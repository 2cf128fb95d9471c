"""Score the messages of a mailbox as their headers load: lists, rules, weights, learned model.

Nothing is marked here: the matches of rules are collected, and ``to_mark`` returns them once all
headers are loaded. Rules are applied to a message once in a run, so that a message the user unmarks
stays unmarked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.scoring.sender_lists import KnownSenders, SenderList
from poptui.threads import run_detached
from poptui.triage.duplicates import CopyToKeep, flag_duplicates
from poptui.triage.learning.training import example
from poptui.triage.policy.policy import Policy
from poptui.triage.spam.score import Reason, explain

if TYPE_CHECKING:
    from poptui.triage.bulk_preview import BulkPreview
    from poptui.triage.learning.training import Learner

HARMLESS = 1.0
"""A message that a commit leaves in the mailbox, with a lower score than this, counts as wanted."""

SLICE_S = 0.008
"""Seconds of scoring before the event loop may handle other tasks."""


class Scorer:
    """Sets score, tag and protection of entries, by lists, rules, weights and learned model."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        senders: KnownSenders | None = None,
        learner: Learner | None = None,
        keep: CopyToKeep = CopyToKeep.NEWEST,
    ) -> None:
        """Without ``learner`` nothing is learned; ``keep`` says which copy of a message to keep."""
        self.policy = policy or Policy()
        self.senders = senders or KnownSenders(self.policy)
        self._learner, self._keep = learner, keep
        self._after_rules: set[str] = set()
        """Keys of the messages that rules have been applied to."""
        self._rules_mark: list[MessageEntry] = []
        self._marked_by_rule: set[str] = set()

    @property
    def threshold(self) -> float:
        """The score from which a message is spam."""
        return self.policy.weights.threshold

    @property
    def problem(self) -> str:
        """A sentence about a problem; empty if there is none."""
        return self.policy.problem or (self._learner.problem if self._learner else "")

    async def load_learned(self) -> None:
        """Load what was learned before."""
        if self._learner is not None and self.policy.learned is None:
            await run_detached(self._learner.load)
            self.policy.learned = self._learner.signal
            self.policy.conversation = self._learner.conversation

    def score(self, entries: Iterable[MessageEntry]) -> None:
        """Score ``entries``, whose headers have loaded or can't be loaded."""
        first, again = list[MessageEntry](), list[MessageEntry]()
        for entry in entries:
            (again if entry.key in self._after_rules else first).append(entry)
        self.policy.rescore(again)
        self._rules_mark += self.policy.apply(first)
        self._after_rules.update(entry.key for entry in first if self._complete(entry))

    def _complete(self, entry: MessageEntry) -> bool:
        """Whether all header fields that the rules need are loaded."""
        return entry.header is not None and self.policy.headers <= entry.header.extra.keys()

    def to_mark(self) -> tuple[MessageEntry, ...]:
        """Return what rules have matched since the last call, unless it is marked already."""
        wanted, self._rules_mark = dict.fromkeys(self._rules_mark), []
        self._marked_by_rule.update(entry.key for entry in wanted)
        return tuple(entry for entry in wanted if not entry.marked)

    def preview(self, entries: Iterable[MessageEntry]) -> BulkPreview[MessageEntry]:
        """Preview marking ``entries``; protected ones are left out."""
        from poptui.triage.bulk_preview import preview_marking

        chosen = list(entries)
        self.policy.rescore(entry for entry in chosen if entry.header is None)
        return preview_marking(chosen, is_friend=self.policy.is_friend, threshold=self.threshold)

    def reasons(self, entry: MessageEntry) -> Sequence[Reason]:
        """Return the reasons for the score of ``entry``, weightiest first."""
        verdict = self.policy.verdict(entry)
        return () if verdict is None else explain(verdict, self.policy.weights)

    async def toggle_sender(
        self, senders: SenderList, entry: MessageEntry, listed: Iterable[MessageEntry]
    ) -> tuple[str, list[MessageEntry]]:
        """Add the sender of ``entry`` to a list, or remove it.

        Returns a sentence, and those of ``listed`` whose score or protection changed. Raises
        UsageError if the list can't be written.
        """
        address = entry.header.from_.address if entry.header else ""
        sentence, matches = await self.senders.toggle(senders, address)
        return sentence, await self.rescore(listed, matches)

    async def rescore(
        self,
        entries: Iterable[MessageEntry],
        affects: Callable[[str], bool] = lambda address: True,
    ) -> list[MessageEntry]:
        """Score again the messages whose sender ``affects`` names; return those that changed."""
        changed, until = list[MessageEntry](), perf_counter() + SLICE_S
        for entry in entries:
            if entry.header is not None and affects(entry.header.from_.address):
                before = entry.score, entry.protected
                self.policy.rescore((entry,))
                if before != (entry.score, entry.protected):
                    changed.append(entry)
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + SLICE_S
        return changed

    async def flag_duplicates(self, entries: Iterable[MessageEntry]) -> list[MessageEntry]:
        """Set ``duplicate`` on all entries of a listing; return those that changed."""
        listed = tuple(entries)
        return await run_detached(lambda: flag_duplicates(listed, self._keep))

    async def learn(
        self, deleted: Iterable[MessageEntry], left: Iterable[MessageEntry], *, batch: bool = False
    ) -> bool:
        """Learn from a verified commit, except from what rules marked.

        Returns whether scores may have changed. In ``batch`` no message was opened, so those that
        stay with a low score count as wanted, and those that only the learned model took for spam
        are skipped: it would confirm itself. If anything goes wrong, ``problem`` says so.
        """
        learner = self._learner
        if learner is None:
            return False
        gone = [entry for entry in deleted if entry.key not in self._marked_by_rule]
        stayed = list(left)
        before = learner.counts
        if batch:
            gone = [entry for entry in gone if not self._is_spam_by_learning_only(entry)]
            kept = [entry for entry in stayed if self._is_harmless(entry)]
            examples = [example(entry, True) for entry in gone if not self.policy.is_friend(entry)]
            examples += [example(entry, False) for entry in kept]
            await run_detached(
                lambda: learner.teach_examples(example for example in examples if example)
            )
        else:
            await run_detached(lambda: learner.teach(gone, stayed, self.policy.is_friend))
        return learner.counts is not before

    async def teach(self, entries: Iterable[MessageEntry], spam: bool) -> int:
        """Learn that ``entries`` are spam, or are not; return how many could be learned."""
        learner = self._learner
        examples = [found for entry in entries if (found := example(entry, spam))]
        if learner is not None and examples:
            await run_detached(lambda: learner.teach_examples(examples))
        return len(examples) if learner is not None else 0

    def _is_spam_by_learning_only(self, entry: MessageEntry) -> bool:
        without = self.policy.score_without_learned(entry)
        return (entry.score or 0.0) >= self.threshold > without

    def _is_harmless(self, entry: MessageEntry) -> bool:
        if entry.verdict is None or entry.new:
            return False
        return self.policy.score_without_learned(entry) < HARMLESS
