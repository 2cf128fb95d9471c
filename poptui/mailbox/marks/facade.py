"""What the user declares: which messages are to be deleted, and what becomes of that at the end."""

from __future__ import annotations

from collections.abc import Iterable

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks.previous_run import RecoveredMarks
from poptui.mailbox.marks.service import MarkService


class Declaring:
    """The mailbox's side that marks; a base of ``Mailbox``. Nothing here deletes."""

    _marking: MarkService

    def _take_up(self) -> None:
        """Something needs the server."""
        raise NotImplementedError

    @property
    def readonly(self) -> bool:
        """Whether nothing can be marked."""
        return self._marking.readonly

    def marked(self) -> list[MessageEntry]:
        """What is declared, the newest first."""
        return self._marking.marked()

    def mark(self, entries: Iterable[MessageEntry]) -> str:
        """Declare for deletion, as one action; returns a sentence where something speaks against.

        Nothing is deleted before ``commit``.
        """
        said = self._marking.mark(entries)
        self._take_up()
        return said

    def unmark(self, entries: Iterable[MessageEntry]) -> str:
        """Take the declaration back, as one action."""
        return self._marking.unmark(entries)

    def unmark_all(self) -> str:
        """Take every declaration back, as one action."""
        return self._marking.unmark_all()

    def undo(self) -> str:
        """Take back the last action on marks."""
        said = self._marking.undo()
        self._take_up()
        return said

    @property
    def earlier(self) -> RecoveredMarks:
        """What earlier runs marked, and the user has not decided on."""
        return self._marking.earlier

    @property
    def keeps(self) -> bool:
        """Whether the next start is to know what is marked now, where a UID names it."""
        return self._marking.keeps

    @property
    def unkept(self) -> list[MessageEntry]:
        """Marked messages that have no UID of their own: no later session can find them."""
        return [entry for entry in self.marked() if entry.uid is None or entry.ambiguous]

    async def keep_marks(self) -> list[MessageEntry]:
        """Have what is marked on the disk for the next start; those that were read back."""
        proven = await self._marking.written.proven()
        lost = set(self.unkept)
        return [e for e in self.marked() if e not in lost and e.uid in proven]

    async def forget_marks(self) -> bool:
        """Take every declaration back for good; whether the next start offers none of them."""
        self._marking.unmark_all()
        await self._marking.written.settle()
        return self._marking.written.clean
