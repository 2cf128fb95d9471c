"""Decide which marked messages may be deleted on the server now, and what the others wait for.

Invariant: DELE is sent only for a message whose mark is on the disk and that is verified to be the
one the user marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from itertools import islice

from poptui.errors import PipeliningError
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks.mark_set import MarkSet
from poptui.mailbox.marks.mark_writer import MarkWriter
from poptui.mailbox.marks.records import MarkRecords
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.session.verifier import MarkVerifier
from poptui.mailbox.session.workers import SessionWorkers
from poptui.mailbox.state import MailboxState
from poptui.storage.mark_record import MarkRecord

MAX_SESSIONS_LOST = 2
"""After this many sessions in a row that end during DELEs, marks wait for the commit."""


class DeletableMarks:
    """Sorts the marked messages by what must happen before their DELE may be sent."""

    def __init__(
        self,
        state: MailboxState,
        sessions: SessionManager,
        marks: MarkSet,
        records: MarkRecords,
        writer: MarkWriter,
    ) -> None:
        self._state, self._sessions = state, sessions
        self._marks, self._records, self._writer = marks, records, writer
        self._by_number: dict[int, MessageEntry] = {}
        """The messages that the server should hold as deleted now."""
        self._to_verify: dict[MessageEntry, None] = {}
        """Marked messages to verify before their DELE is sent."""
        self._to_write: dict[MessageEntry, None] = {}
        """Marked messages whose marks are not on the disk yet."""
        self._top_was_useful = False
        self._refused: dict[str, str] = {}
        """The reasons not to retry the DELE of marked messages, by key."""
        self._sessions_lost = 0
        """Sessions in a row that ended during DELEs; after ``MAX_SESSIONS_LOST`` marks wait."""
        self._being_read: set[str] = set()
        """Keys of marked messages that the server must not hold as deleted now."""
        self._confirmed: frozenset[str] | None = None
        """During a commit: the keys of the messages it deletes."""

    @property
    def numbers(self) -> Set[int]:
        """The message numbers that the server should hold as deleted now."""
        return self._by_number.keys()

    @property
    def unwritten(self) -> list[MessageEntry]:
        """Messages that wait until their marks are on the disk."""
        return list(self._to_write)

    def next_to_verify(self, count: int) -> list[MessageEntry]:
        """Return up to ``count`` messages whose header must be loaded again."""
        return list(islice(self._to_verify, count))

    def why_refused(self, key: str) -> str:
        """Return why the DELE of this message is not tried again; ``""`` if it may be."""
        return self._refused.get(key, "")

    # --- reasons to hold a message back

    def refuse(self, reasons: dict[str, str]) -> None:
        """Don't send these DELEs again while the messages stay marked; ``reasons`` are by key."""
        self._refused.update(reasons)

    def retry(self, keys: Iterable[str]) -> None:
        """Allow these DELEs again, because the user has marked or unmarked the messages since."""
        for key in keys:
            self._refused.pop(key, None)
        if not self._marks.keys:
            self._sessions_lost = 0

    def hold_back(self, key: str) -> None:
        """Don't send this DELE until ``release_hold``: the message is being read."""
        self._being_read.add(key)

    def release_hold(self, key: str) -> None:
        """End ``hold_back``."""
        self._being_read.discard(key)

    def restrict(self, confirmed: frozenset[str] | None) -> None:
        """Delete only these messages, without waiting for their headers; None ends that."""
        self._confirmed = confirmed

    def count_loss(self, before: SessionWorkers | None, now: SessionWorkers | None) -> bool:
        """Note that a session ended, perhaps because of DELEs.

        Returns True if marks are held back until the commit from now on, because DELEs ended one
        session after another.
        """
        if before is None or now is not None or self._confirmed is not None:
            return False
        if isinstance(before.client.error, PipeliningError):
            return False
        lost = bool(before.client.protocol.unanswered_deletions) and not before.client.alive
        self._sessions_lost = self._sessions_lost + 1 if lost else 0
        return self._sessions_lost == MAX_SESSIONS_LOST

    # --- sorting

    def assess_all(self, marked: Iterable[MessageEntry]) -> None:
        """Decide again for all marked messages."""
        self._by_number, self._to_verify, self._to_write = {}, {}, {}
        verifier = self._verifier
        self._top_was_useful = verifier is not None and verifier.top_is_useful
        self.assess(marked)

    def assess(self, entries: Iterable[MessageEntry]) -> None:
        """Decide for each of ``entries`` whether its DELE may be sent, or what must come first."""
        for entry in entries:
            if self._by_number.get(entry.number) is entry:
                del self._by_number[entry.number]
            self._to_verify.pop(entry, None)
            self._to_write.pop(entry, None)
            if entry.key not in self._marks or self._state.listing.find(entry.key) is not entry:
                continue
            if self._may_delete(entry):
                self._classify(entry, self._records.of(entry))

    @property
    def top_changed(self) -> bool:
        """Whether the session has found out that TOP is useful, or isn't, since ``assess_all``."""
        verifier = self._verifier
        return verifier is not None and self._top_was_useful is not verifier.top_is_useful

    @property
    def _verifier(self) -> MarkVerifier | None:
        workers = self._sessions.workers
        return None if workers is None else workers.verifier

    def _classify(self, entry: MessageEntry, mark: MarkRecord | None) -> None:
        verifier = self._verifier
        if mark is not None and not self._writer.has(mark.uid):
            self._to_write[entry] = None
        elif verifier is None or verifier.is_verified(entry, mark):
            self._by_number[entry.number] = entry
        elif verifier.needs_top(entry, mark):
            self._to_verify[entry] = None

    def _may_delete(self, entry: MessageEntry) -> bool:
        """Whether DELE is allowed now: after it, neither header nor message could be loaded."""
        if entry.key in self._being_read or entry.key in self._refused:
            return False
        if self._confirmed is not None:
            return entry.key in self._confirmed
        if self._sessions_lost >= MAX_SESSIONS_LOST:
            return False
        workers = self._sessions.workers
        return workers is None or not workers.loader.pending(entry)
