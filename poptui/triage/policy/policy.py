"""What the user has settled, applied to messages as they are listed: senders, weights, rules.

Nothing is marked here. What a rule would have marked is named, and the caller declares it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from poptui.mail.headers.header import Header
from poptui.triage.filters.filter import UNDECIDED, FilterContext, FilterError
from poptui.triage.policy.rules import Rule, RuleAction
from poptui.triage.policy.senders import SenderPatterns
from poptui.triage.row import MessageRow
from poptui.triage.spam.score import Weights
from poptui.triage.spam.verdict import Signal, Verdict


class Appraised(MessageRow, Protocol):
    """A row on which the user's settlements are written down."""

    score: float | None
    tagged: bool
    protected: bool


A = TypeVar("A", bound=Appraised)

FOLDER_STATE = "FOLDER INTERNAL DATA"
"""Of the subject: ``DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA``."""


@dataclass
class Policy:
    """Friends, blocklist, weights and rules of the user."""

    weights: Weights = field(default_factory=Weights)
    friends: SenderPatterns = field(default_factory=SenderPatterns)
    blocklist: SenderPatterns = field(default_factory=SenderPatterns)
    rules: tuple[Rule, ...] = ()
    learned: Callable[[Header, Verdict], Signal | None] | None = None
    """The opinion that was learned of the user's ways, where it is wanted."""
    conversation: Callable[[Verdict], Signal | None] | None = None
    """Whether a message answers one that was kept, as far as that was learned."""
    trouble: str = ""
    """A sentence on a rule that had to be given up; empty while there is none."""

    def __post_init__(self) -> None:
        self._by_action = _by_action(self.rules)

    @property
    def headers(self) -> frozenset[str]:
        """The names of headers that the rules ask for beyond those of the list."""
        return frozenset[str]().union(*(rule.filter.headers for rule in self.rules))

    @property
    def scope(self) -> FilterContext:
        """What filters count by, from now on."""
        return FilterContext(threshold=self.weights.threshold)

    def apply(self, rows: Iterable[A]) -> list[A]:
        """Score, tag and protect ``rows``, once each is loaded; returns what rules mark of them.

        A protected message is not marked by a rule.
        """
        rows = list(rows)
        self.rescore(rows)
        if self._by_action[RuleAction.TAG]:
            for row in rows:
                row.tagged = row.tagged or self._any(RuleAction.TAG, row)
        if not self._by_action[RuleAction.MARK]:
            return []
        return [row for row in rows if not row.protected and self._any(RuleAction.MARK, row)]

    def rescore(self, rows: Iterable[Appraised]) -> None:
        """Score and protect anew, after the lists have changed."""
        for row in rows:
            verdict = self.verdict(row)
            row.score = None if verdict is None else self.weights.score(verdict)
            row.protected = self._protects(row)

    def verdict(self, row: Appraised) -> Verdict | None:
        """The row's verdict with what the user has settled; None where it has not been judged.

        Rules that score see the score that the message has without them.
        """
        verdict = row.verdict
        if verdict is None:
            return None
        if known := self._known(row):
            verdict = verdict.plus(*known)
        if not self._by_action[RuleAction.SCORE]:
            return verdict
        row.score = self.weights.score(verdict)
        return verdict.plus(
            *(
                Signal("rule", rule.name, rule.points)
                for rule in self._by_action[RuleAction.SCORE]
                if self._asked(rule.filter.matches, row)
            )
        )

    def is_friend(self, row: MessageRow) -> bool:
        """Whether the sender is a friend."""
        return row.header is not None and bool(self.friends.match(row.header.from_.address))

    def _known(self, row: MessageRow) -> list[Signal]:
        """Whoever is on both lists is a friend; of strangers only there is a learned opinion."""
        if row.header is None:
            return []
        address = row.header.from_.address
        if entry := self.friends.match(address):
            return [Signal("friend", entry)]
        if entry := self.blocklist.match(address):
            return [Signal("blocked", entry)]
        if row.verdict is None:
            return []
        found = (
            self.learned and self.learned(row.header, row.verdict),
            self.conversation and self.conversation(row.verdict),
        )
        return [signal for signal in found if signal is not None]

    def score_without_learned(self, row: Appraised) -> float:
        """The score that a message would have if nothing had been learned; 0 if not judged."""
        verdict = self.verdict(row)
        if verdict is None:
            return 0.0
        others = tuple(signal for signal in verdict.signals if signal.name != "learned")
        return self.weights.score(replace(verdict, signals=others))

    def _protects(self, row: MessageRow) -> bool:
        """As long as nobody can say that a rule does not protect it, it is protected."""
        if _keeps_folder_state(row):
            return True
        protecting = self._by_action[RuleAction.PROTECT]
        return any(not self._asked(rule.filter.rejects, row) for rule in protecting)

    def _any(self, action: RuleAction, row: MessageRow) -> bool:
        return any(self._asked(rule.filter.matches, row) for rule in self._by_action[action])

    def _asked(self, question: Callable[[MessageRow], bool], row: MessageRow) -> bool:
        try:
            return question(row)
        except FilterError as fault:
            self._give_up(fault)
            return False

    def _give_up(self, fault: FilterError) -> None:
        """No rule acts any more; where some were to protect, all messages are protected."""
        self.trouble = f"The rules are off: {fault}"
        protecting = self._by_action[RuleAction.PROTECT]
        self.rules = tuple(replace(rule, filter=UNDECIDED) for rule in protecting)
        self._by_action = _by_action(self.rules)


def _keeps_folder_state(row: MessageRow) -> bool:
    """Whether it is the first message of a UW-IMAP or Pine mailbox, which is no mail.

    The server keeps UIDs and flags in it: once it is deleted, all UIDs are new ones.
    """
    header = row.header
    return (
        row.number == 1
        and header is not None
        and FOLDER_STATE in header.subject.upper()
        and header.from_.address.upper().startswith("MAILER-DAEMON@")
    )


def _by_action(rules: tuple[Rule, ...]) -> dict[RuleAction, tuple[Rule, ...]]:
    return {action: tuple(r for r in rules if r.action is action) for action in RuleAction}
