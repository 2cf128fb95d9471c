"""Apply the user's sender lists, weights and rules to messages as they are listed.

Nothing is marked here: ``Policy.apply`` returns what rules match, and the caller marks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from poptui.mail.headers.header import Header
from poptui.patterns import lazy_pattern
from poptui.triage.filters.error import FilterError
from poptui.triage.filters.row import MessageRow
from poptui.triage.spam.score import Weights
from poptui.triage.spam.verdict import Signal, Verdict

if TYPE_CHECKING:
    from poptui.triage.filters.filter import Filter, FilterContext

_ENTRY = lazy_pattern(r"(?:[^\s@<>\",;]{1,64})?@[^\s@<>\",;]{1,255}")
_ANGLE = lazy_pattern(r"[^<>]*<([^<>]+)>\s*")


def sender_entry(text: str) -> str:
    """Normalize an entry of a sender list: an address, or ``@`` and a domain, in lower case.

    Of ``Name <address>`` only the address is used. Raises ValueError.
    """
    angle = _ANGLE.fullmatch(text)
    entry = (angle[1] if angle else text).strip().lower().rstrip(".")
    if not _ENTRY.fullmatch(entry):
        raise ValueError("an address such as ann@example.com, or a domain such as @example.com")
    return entry


class SenderPatterns(NamedTuple):
    """Addresses and domains; a domain includes its subdomains."""

    entries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str]) -> SenderPatterns:
        """Build the list from texts. Raises ValueError if one is no valid entry."""
        return cls(frozenset(map(sender_entry, entries)))

    def match(self, address: str) -> str:
        """Return the entry that matches ``address``, or ``""``."""
        if not self.entries:
            return ""
        address = address.strip().lower().rstrip(".")
        if address in self.entries:
            return address
        _, at, domain = address.rpartition("@")
        while at and domain:
            if f"@{domain}" in self.entries:
                return f"@{domain}"
            domain = domain.partition(".")[2]
        return ""


class RuleAction(Enum):
    """The effect of a rule. No rule deletes: only a commit carries out marks."""

    MARK = "mark"
    TAG = "tag"
    PROTECT = "protect"
    SCORE = "score"


class Rule(NamedTuple):
    """A rule: messages that match the filter are marked, tagged, protected or scored."""

    name: str
    filter: Filter
    action: RuleAction
    points: float = 0.0
    """Points that SCORE adds to a message's score."""


class ScoredRow(MessageRow, Protocol):
    """A row whose score, tag and protection can be set."""

    score: float | None
    tagged: bool
    protected: bool


A = TypeVar("A", bound=ScoredRow)

FOLDER_STATE = "FOLDER INTERNAL DATA"
"""Part of the subject ``DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA``."""


_DEFAULT_WEIGHTS = Weights()
_NOBODY = SenderPatterns()


class Policy:
    """The user's friends, blocklist, weights and rules."""

    def __init__(
        self,
        weights: Weights = _DEFAULT_WEIGHTS,
        friends: SenderPatterns = _NOBODY,
        blocklist: SenderPatterns = _NOBODY,
        rules: tuple[Rule, ...] = (),
    ) -> None:
        self.weights, self.friends, self.blocklist = weights, friends, blocklist
        self.rules = rules
        self.learned: Callable[[Header, Verdict], Signal | None] | None = None
        """Returns the learned model's opinion on a message; None if learning is off."""
        self.conversation: Callable[[Verdict], Signal | None] | None = None
        """Returns a signal if a message answers one that the user kept; None if learning is off."""
        self.problem = ""
        """A sentence about a rule that had to be turned off; empty if there is none."""
        self._by_action = _by_action(rules)

    @property
    def headers(self) -> frozenset[str]:
        """Names of the header fields that rules need beyond those of the message list."""
        return frozenset[str]().union(*(rule.filter.headers for rule in self.rules))

    @property
    def scope(self) -> FilterContext:
        """The context for filters that are read now: time and threshold."""
        from poptui.triage.filters.tree import FilterContext

        return FilterContext(threshold=self.weights.threshold)

    def apply(self, rows: Iterable[A]) -> list[A]:
        """Score, tag and protect ``rows``, which are loaded; return those that rules mark.

        Rules don't mark protected messages.
        """
        rows = list(rows)
        self.rescore(rows)
        if self._by_action[RuleAction.TAG]:
            for row in rows:
                row.tagged = row.tagged or self._any(RuleAction.TAG, row)
        if not self._by_action[RuleAction.MARK]:
            return []
        return [row for row in rows if not row.protected and self._any(RuleAction.MARK, row)]

    def rescore(self, rows: Iterable[ScoredRow]) -> None:
        """Update score and protection after the sender lists or the learned model changed."""
        for row in rows:
            verdict = self.verdict(row)
            row.score = None if verdict is None else self.weights.score(verdict)
            row.protected = self._protects(row)

    def verdict(self, row: ScoredRow) -> Verdict | None:
        """Add the signals of lists, learned model and rules; None if the row has no verdict yet.

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
                if self._ask(rule.filter.matches, row)
            )
        )

    def is_friend(self, row: MessageRow) -> bool:
        """Whether the sender is a friend."""
        return row.header is not None and bool(self.friends.match(row.header.from_.address))

    def _known(self, row: MessageRow) -> list[Signal]:
        """Return the signals of lists and learned model.

        A sender on both lists is a friend; the learned model judges only unlisted senders.
        """
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

    def score_without_learned(self, row: ScoredRow) -> float:
        """Return the score that a message would have without the learned model, or 0."""
        verdict = self.verdict(row)
        if verdict is None:
            return 0.0
        others = tuple(signal for signal in verdict.signals if signal.name != "learned")
        return self.weights.score(verdict._replace(signals=others))

    def _protects(self, row: MessageRow) -> bool:
        """Whether to protect the row: unless every protecting rule certainly rejects it."""
        if _keeps_folder_state(row):
            return True
        protecting = self._by_action[RuleAction.PROTECT]
        return any(not self._ask(rule.filter.rejects, row) for rule in protecting)

    def _any(self, action: RuleAction, row: MessageRow) -> bool:
        return any(self._ask(rule.filter.matches, row) for rule in self._by_action[action])

    def _ask(self, question: Callable[[MessageRow], bool], row: MessageRow) -> bool:
        try:
            return question(row)
        except FilterError as error:
            self._give_up(error)
            return False

    def _give_up(self, error: FilterError) -> None:
        """Turn all rules off; if any of them protects, protect every message instead."""
        from poptui.triage.filters.filter import UNDECIDED

        self.problem = f"The rules are off: {error}"
        protecting = self._by_action[RuleAction.PROTECT]
        self.rules = tuple(rule._replace(filter=UNDECIDED) for rule in protecting)
        self._by_action = _by_action(self.rules)


def _keeps_folder_state(row: MessageRow) -> bool:
    """Whether it is the pseudo-message with which UW-IMAP and Pine begin a mailbox.

    The server keeps UIDs and flags in it; deleting it gives every message a new UID.
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
