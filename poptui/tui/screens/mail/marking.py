"""Actions on marks, which never wait for the network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks.messages import READ_ONLY
from poptui.mailbox.wording import amount
from poptui.threads import run_detached
from poptui.tui.screens.mail.tagging import Tagging
from poptui.tui.screens.preview import ALIKE, MARK, PreviewScreen, alike

PROTECTED = (
    "It is protected from actions on many; marked, as it was meant alone. u takes that back."
)


class Marking(Tagging):
    """Keys that declare what is to be deleted: one at once, many after a preview."""

    async def action_mark(self) -> None:
        """Mark what is tagged, the group or the message under the cursor; go on to the next."""
        if tagged := self.tagged():
            await self._mark_many(tagged, "what is tagged")
        elif self.messages.heading is not None:
            await self._mark_many(self.pointed_at(), "this group")
        elif self.messages.entry is not None:
            self._mark_one(self.messages.entry)

    def _mark_one(self, entry: MessageEntry) -> None:
        said = self._mailbox.mark([entry])
        self._changes.flush()
        self.say(said or (PROTECTED if entry.protected else ""))
        if entry.marked:
            self.focus_pane(self.messages)
            self.messages.move(1)

    async def action_mark_shown(self) -> None:
        """Mark all that the list shows, after a preview."""
        await self.arranged()
        wanted = self.view.wish.filter
        shown = "all messages" if wanted is None else "all that the filter shows"
        await self._mark_many(self.view.entries, shown)

    async def _mark_many(self, entries: Sequence[MessageEntry], what: str) -> None:
        if self._mailbox.readonly:
            self.say(READ_ONLY)
        elif not entries:
            self.say(f"There is nothing to mark. {self.still_to_come(self._wish)}")
        else:
            await self.poptui.ask(partial(self._preview, tuple(entries), what))

    async def _preview(self, entries: Sequence[MessageEntry], what: str) -> None:
        """Ask, and mark; a message whose header may still come is not among them."""
        seen = [entry for entry in entries if entry.header or not self._mailbox.missing]
        unseen = len(entries) - len(seen)
        rehearsal = await run_detached(lambda: self._mailbox.rehearse(seen))
        screen = PreviewScreen(rehearsal, what, self._mailbox.missing if unseen else 0)
        choice = await self.app.push_screen_wait(screen)
        if choice not in (MARK, ALIKE):
            return
        wanted = rehearsal.taken if choice == MARK else alike(rehearsal)
        taken = self._mailbox.mark_all(wanted).taken
        self.untag()
        self._changes.flush()
        marked = [entry for entry in taken if entry.marked]
        self.say(f"{amount(marked)} marked; z takes that back.")

    def action_unmark(self) -> None:
        """Take the marks off what is tagged, or what is under the cursor."""
        if chosen := self.tagged() or self.pointed_at():
            self.say(self._mailbox.unmark(chosen))
            self._changes.flush()

    def action_undo(self) -> None:
        """Take back the last marking or unmarking."""
        self.say(self._mailbox.undo())
        self._changes.flush()

    async def action_unmark_all(self) -> None:
        """Take all marks off, after a question."""
        await self.poptui.ask(self.poptui.ways_out.unmark_all)
