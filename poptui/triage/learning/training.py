"""Train the learned model by the user's actions, and ask it about messages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from poptui.mail.headers.header import Header
from poptui.triage.filters.row import MessageRow
from poptui.triage.spam.verdict import Signal, Verdict

if TYPE_CHECKING:
    from poptui.triage.learning.bayes import Counts


class TrainingExample(NamedTuple):
    """One message as training data."""

    uid: str
    spam: bool
    tokens: Collection[str]


class WordStore(Protocol):
    """Stores the counts; its methods block, so call them in a thread."""

    problem: str

    def counts(self) -> tuple[int, int, dict[str, tuple[int, int]]]:
        """Return the number of spam and ham messages, and (spam, ham) for each token."""

    def teach(self, examples: Collection[TrainingExample], /) -> None:
        """Add examples to the counts."""


class Learner:
    """The learned model of one account."""

    def __init__(
        self, open_store: Callable[[], WordStore], *, exists: Callable[[], bool] = lambda: True
    ) -> None:
        """``open_store`` is called by the first ``load`` or ``teach``.

        ``load`` leaves a store alone that does not exist yet: looking at mail writes nothing.
        """
        self._counts: Counts | None = None
        """None before anything was loaded: then the model is not imported either."""
        self._open, self._exists = open_store, exists
        self._store: WordStore | None = None

    @property
    def counts(self) -> Counts:
        """The counts that have been learned so far."""
        if self._counts is None:
            from poptui.triage.learning.bayes import Counts

            self._counts = Counts()
        return self._counts

    @property
    def problem(self) -> str:
        """A sentence about a problem with the store; empty if there is none."""
        return self._store.problem if self._store else ""

    def load(self) -> None:
        """Load what was learned before; reads files."""
        if self._store is None:
            if not self._exists():
                return
            self._store = self._open()
        from poptui.triage.learning.bayes import Counts

        self._counts = Counts(*self._store.counts())

    def teach(
        self,
        deleted: Iterable[MessageRow],
        left: Iterable[MessageRow],
        is_friend: Callable[[MessageRow], bool],
    ) -> None:
        """Learn from a commit, by the rows it deleted and those it left; writes files."""
        examples = [example_from_commit(row, True, is_friend) for row in deleted]
        examples += [example_from_commit(row, False, is_friend) for row in left]
        self.teach_examples(example for example in examples if example is not None)

    def teach_examples(self, examples: Iterable[TrainingExample]) -> None:
        """Learn these examples, replacing earlier ones of the same messages; writes files."""
        if self._store is None:
            self._store = self._open()
        self._store.teach(list(examples))
        self.load()

    def signal(self, header: Header, verdict: Verdict | None) -> Signal | None:
        """Return the model's opinion; None if it is unsure or has seen too little."""
        if self._counts is None or not self._counts.enough:
            return None
        from poptui.triage.learning.bayes import learned_signal, tokens_of

        return learned_signal(self.counts, tokens_of(header, verdict))

    def conversation(self, verdict: Verdict) -> Signal | None:
        """Return a signal if the message belongs to a conversation the user kept."""
        if self._counts is None:
            return None
        from poptui.triage.learning.bayes import conversation_signal

        return conversation_signal(self.counts, verdict)


def example_from_commit(
    row: MessageRow, deleted: bool, is_friend: Callable[[MessageRow], bool]
) -> TrainingExample | None:
    """Make a training example of a message that a commit deleted or left, if it teaches anything.

    A message deleted unread is spam; one from a friend, a protected one, or one that was opened and
    kept is not. One that was opened and then deleted, or that was left unread, teaches nothing.
    """
    if row.header is None or row.uid is None:
        return None
    wanted = row.protected or is_friend(row) or (row.opened and not deleted)
    if not wanted and (row.opened or not deleted):
        return None
    from poptui.triage.learning.bayes import tokens_of

    return TrainingExample(row.uid, not wanted, tokens_of(row.header, row.verdict))


def example(row: MessageRow, spam: bool) -> TrainingExample | None:
    """Make an example of the user's explicit answer; None without a UID or header."""
    if row.header is None or row.uid is None:
        return None
    from poptui.triage.learning.bayes import tokens_of

    return TrainingExample(row.uid, spam, tokens_of(row.header, row.verdict))
