"""Learning from what the user does: which messages teach what, and the opinion that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple, Protocol

from poptui.mail.headers.header import Header
from poptui.triage.row import MessageRow
from poptui.triage.spam.bayes import Counts, conversation_signal, learned_signal, tokens_of
from poptui.triage.spam.verdict import Signal, Verdict


class TrainingExample(NamedTuple):
    """What one message teaches."""

    uid: str
    spam: bool
    tokens: Collection[str]


class Store(Protocol):
    """What keeps the counts; its calls may block, so they belong in a thread."""

    trouble: str

    def counts(self) -> tuple[int, int, dict[str, tuple[int, int]]]:
        """Spams, kept messages, and (spam, ham) by token."""

    def teach(self, lessons: Collection[TrainingExample], /) -> None:
        """Count them."""


class Learner:
    """The learned opinion for one account."""

    def __init__(
        self, open_store: Callable[[], Store], *, exists: Callable[[], bool] = lambda: True
    ) -> None:
        """``open_store`` is called by the first ``load`` or ``teach``.

        ``load`` leaves a store alone that does not exist yet: looking at mail writes nothing.
        """
        self.counts = Counts()
        self._open, self._exists = open_store, exists
        self._store: Store | None = None

    @property
    def trouble(self) -> str:
        """A sentence on what is wrong with the store, empty if nothing is."""
        return self._store.trouble if self._store else ""

    def load(self) -> None:
        """Take in what was learned before; reads files."""
        if self._store is None:
            if not self._exists():
                return
            self._store = self._open()
        self.counts = Counts(*self._store.counts())

    def teach(
        self,
        deleted: Iterable[MessageRow],
        left: Iterable[MessageRow],
        is_friend: Callable[[MessageRow], bool],
    ) -> None:
        """Learn from a commit: the rows that it deleted, and those it left; writes files."""
        lessons = [lesson(row, True, is_friend) for row in deleted]
        lessons += [lesson(row, False, is_friend) for row in left]
        self.teach_examples(one for one in lessons if one is not None)

    def teach_examples(self, examples: Iterable[TrainingExample]) -> None:
        """Learn just these; writes files. What was taught otherwise before is taken back."""
        if self._store is None:
            self._store = self._open()
        self._store.teach(list(examples))
        self.load()

    def signal(self, header: Header, verdict: Verdict | None) -> Signal | None:
        """The opinion on a message; None while too little was seen, or where it is unsure."""
        if not self.counts.enough:
            return None
        return learned_signal(self.counts, tokens_of(header, verdict))

    def conversation(self, verdict: Verdict) -> Signal | None:
        """Whether the message belongs to a conversation that was kept."""
        return conversation_signal(self.counts, verdict)


def lesson(
    row: MessageRow, deleted: bool, is_friend: Callable[[MessageRow], bool]
) -> TrainingExample | None:
    """What the user's way with a message teaches, if anything.

    Deleted unread is spam; what is from a friend, protected, or was opened and kept is not. What
    was opened and then deleted may have been either, what was left unread may yet be.
    """
    if row.header is None or row.uid is None:
        return None
    wanted = row.protected or is_friend(row) or (row.opened and not deleted)
    if not wanted and (row.opened or not deleted):
        return None
    return TrainingExample(row.uid, not wanted, tokens_of(row.header, row.verdict))


def example(row: MessageRow, spam: bool) -> TrainingExample | None:
    """What the user says of a message outright; None where it cannot be told from others."""
    if row.header is None or row.uid is None:
        return None
    return TrainingExample(row.uid, spam, tokens_of(row.header, row.verdict))
