"""Find out how many deletions one session can take, and which DELE ends every session.

Some servers end a session after some number of commands or seconds, and a few hang up at the DELE
of one message. In both cases the other messages must still be deleted: what was lost with a session
is tried again in smaller batches, each committed by its own QUIT, and a message whose DELE ends a
session even when sent alone is set aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

from poptui.mailbox.entry import MessageEntry

LOSSES_TO_SET_ASIDE = 2
"""A message is set aside if this many sessions end at its DELE, one of them with no other DELE."""

MAX_SET_ASIDE_AT_START, MAX_SET_ASIDE_IN_A_ROW = 2, 5
"""If this many messages in a row have to be set aside, before or after anything was deleted, the
server ends the session at every DELE, so poptui gives up."""


class BatchPlan:
    """Plan the deletions: the messages that are left, and the size of the next session's batch."""

    def __init__(self, entries: Sequence[MessageEntry]) -> None:
        self.left: list[MessageEntry] = sorted(entries, key=attrgetter("number"))
        """The messages that are left, in the order of their DELEs."""
        self.set_aside: list[MessageEntry] = []
        """The server ends the session at their DELE."""
        self._size = len(self.left)
        self._committed_size = 0
        """The largest batch that a session has committed."""
        self._too_many: int | None = None
        """The smallest batch that ended a session."""
        self._suspect: MessageEntry | None = None
        self._losses: Counter[MessageEntry] = Counter()
        self._set_aside_in_a_row, self._is_first_batch = 0, True

    def next(self) -> list[MessageEntry]:
        """Return the next batch; empty if nothing is left."""
        return self.left[: max(1, self._size)]

    def done(self, batch: Sequence[MessageEntry]) -> None:
        """Note that a session has committed the batch, whatever the outcome of each message."""
        self._remove(batch)
        self._committed_size = max(self._committed_size, len(batch))
        self._set_aside_in_a_row, self._is_first_batch = 0, False
        if self._suspect not in self.left:
            self._suspect = None
        self._size = self._larger()

    def lost(self, batch: Sequence[MessageEntry], reached: int, suspect: int | None) -> bool:
        """Note that the session ended before the commit; return whether to try another one.

        ``reached`` DELEs were answered, and that of message number ``suspect`` was not.
        """
        found = next((entry for entry in batch if entry.number == suspect), None)
        if found is None and len(batch) == 1:
            found = batch[0]
        if found is not None:
            self._losses[found] += 1
        if len(batch) == 1:
            self._lost_alone(batch[0])
        else:
            self._shrink(batch, reached, found)
        limit = MAX_SET_ASIDE_AT_START if self._is_first_batch else MAX_SET_ASIDE_IN_A_ROW
        return self._set_aside_in_a_row < limit

    def _lost_alone(self, entry: MessageEntry) -> None:
        if self._losses[entry] < LOSSES_TO_SET_ASIDE:
            return
        self.set_aside.append(entry)
        self._remove([entry])
        self._set_aside_in_a_row += 1
        self._suspect = self._too_many = None
        self._size = len(self.left)

    def _shrink(
        self, batch: Sequence[MessageEntry], reached: int, found: MessageEntry | None
    ) -> None:
        """Halve the batch, and try the suspect alone: the cause is a limit or one message."""
        before = min(reached, len(batch)) if found is None else batch.index(found)
        if found is not None and found is self._suspect:
            self._size = before
        else:
            self._size = (before or (len(batch) if found is None else 0)) // 2
            self._suspect = found or self._suspect
        if before or found is None:
            limit = len(batch) if found is None else before + 1
            self._too_many = min(limit, self._too_many or limit)
            self._committed_size = min(self._committed_size, self._too_many - 1)

    def _larger(self) -> int:
        """Return a larger batch size, until the limit is known well enough."""
        size = len(self.left)
        if self._too_many is not None:
            middle = (self._committed_size + self._too_many) // 2
            size = (
                middle
                if middle - self._committed_size > self._committed_size // 4
                else self._committed_size
            )
        if self._suspect is None:
            return size
        return min(size, self.left.index(self._suspect))

    def _remove(self, entries: Sequence[MessageEntry]) -> None:
        gone = frozenset(entries)
        self.left = [entry for entry in self.left if entry not in gone]
