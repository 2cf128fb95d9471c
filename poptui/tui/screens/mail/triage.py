"""Tags and marks messages, explains scores, trusts and blocks senders, teaches the spam filter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from poptui.errors import PoptuiError
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.scoring.sender_lists import SenderList
from poptui.mailbox.wording import (
    FILTERED,
    GROUP,
    READ_ONLY,
    SHOWN,
    TAGGED,
    CountedNoun,
    amount,
    messages,
)
from poptui.printable import printable_line
from poptui.threads import run_detached
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.pacing import Coalescer
from poptui.tui.screens.mail.list_controller import ListController
from poptui.tui.screens.mail.panes import Handlers, Panes

PROTECTED = "Marked. This message is protected from bulk actions; {unmark} unmarks it."
NOTHING_MARKED = "Nothing is marked."

_SENDER_LISTS = {"friend": SenderList.FRIENDS, "block": SenderList.BLOCKLIST}


class TriageController:
    """Carries out actions on messages. It never waits for the network, and never deletes."""

    def __init__(
        self,
        mailbox: MailboxProtocol,
        panes: Panes,
        host: Host,
        message_list: ListController,
        changes: Coalescer,
    ) -> None:
        """``changes`` are shown at once when the user has made them."""
        self._mailbox, self._panes, self._host = mailbox, panes, host
        self._list, self._changes = message_list, changes

    @property
    def handlers(self) -> Handlers:
        """The actions that are answered here."""
        return {
            "mark": self.mark,
            "mark_shown": self.mark_shown,
            "unmark": self.unmark,
            "undo": self.undo,
            "unmark_all": self.unmark_all,
            "tag": self.tag,
            "select_sender": self.tag_sender,
            "why": self.explain_score,
            "friend": lambda: self._toggle_sender(SenderList.FRIENDS, self._panes.messages.entry),
            "block": lambda: self._toggle_sender(SenderList.BLOCKLIST, self._panes.messages.entry),
            "teach_spam": lambda: self._teach(spam=True),
            "teach_wanted": lambda: self._teach(spam=False),
        }

    # Tags

    def tagged(self) -> list[MessageEntry]:
        """All tagged messages, whether the list shows them or not."""
        return [entry for entry in self._mailbox.listing.entries if entry.tagged]

    def _under_cursor(self) -> Sequence[MessageEntry]:
        """The message under the cursor, or all of the group there."""
        rows = self._panes.messages
        if rows.heading is not None:
            return tuple(rows.heading.group.rows)
        return () if rows.entry is None else (rows.entry,)

    def tag(self) -> None:
        """Tag or untag the message or group under the cursor, and move to the next row."""
        chosen = self._under_cursor()
        self._tag(chosen, tagged=not all(entry.tagged for entry in chosen))
        self._panes.focus_list()
        self._panes.messages.move(1)

    def tag_sender(self) -> None:
        """Tag all messages of the view from the sender of the message under the cursor."""
        entry = self._panes.messages.entry
        header = entry.header if entry else None
        if header is None or not header.from_.address:
            self._host.say("This message has no sender address.")
            return
        address = header.from_.address.lower()
        same = [
            other
            for other in self._list.view.entries
            if other.header and other.header.from_.address.lower() == address
        ]
        self._tag(same, tagged=True)
        shown = printable_line(address)
        keys = self._host.keymap.filled("{mark} marks them, Esc untags.")
        self._host.say(f"{messages(len(same))} from {shown} tagged; {keys}")

    def untag_all(self) -> bool:
        """Untag all messages; return whether any was tagged."""
        tagged = self.tagged()
        self._tag(tagged, tagged=False)
        return bool(tagged)

    def _tag(self, entries: Iterable[MessageEntry], *, tagged: bool) -> None:
        changed = [entry for entry in entries if entry.tagged is not tagged]
        for entry in changed:
            entry.tagged = tagged
        self._list.entries_changed(changed)
        self._list.show_status()

    # Marks

    async def mark(self) -> None:
        """Mark the tagged messages, the group or the message under the cursor."""
        rows = self._panes.messages
        if tagged := self.tagged():
            await self._mark_many(tagged, TAGGED)
        elif rows.heading is not None:
            await self._mark_many(self._under_cursor(), GROUP)
        elif rows.entry is not None:
            self._mark_one(rows.entry)

    def _mark_one(self, entry: MessageEntry) -> None:
        problem = self._mailbox.marks.mark([entry])
        self._changes.flush()
        protected = self._host.keymap.filled(PROTECTED) if entry.protected else ""
        self._host.say(problem or protected)
        if entry.marked:
            self._panes.focus_list()
            self._panes.messages.move(1)

    async def mark_shown(self) -> None:
        """Mark all messages in the list, after a preview."""
        await self._list.arranged()
        view = self._list.view
        selection = SHOWN if view.spec.filter is None else FILTERED
        await self._mark_many(view.entries, selection)

    async def _mark_many(self, entries: Sequence[MessageEntry], selection: CountedNoun) -> None:
        if self._mailbox.marks.readonly:
            self._host.say(READ_ONLY)
        elif not entries:
            self._host.say(f"There is nothing to mark. {self._list.headers_awaited()}")
        else:
            flow = partial(self._preview, tuple(entries), selection)
            await self._host.dialogs.run_dialog(flow)

    async def _preview(self, entries: Sequence[MessageEntry], selection: CountedNoun) -> None:
        """Ask, then mark; messages whose headers may still come are left out."""
        from poptui.tui.screens.preview import (
            MARK,
            WITHOUT_UNUSUAL,
            PreviewScreen,
            without_unusual,
        )

        seen = [entry for entry in entries if entry.header or not self._mailbox.headers.missing]
        unseen = len(entries) - len(seen)
        preview = await run_detached(lambda: self._mailbox.scoring.preview(seen))
        screen = PreviewScreen(preview, selection, self._mailbox.headers.missing if unseen else 0)
        choice = await self._host.dialog(screen)
        if choice not in (MARK, WITHOUT_UNUSUAL):
            return
        wanted = preview.to_mark if choice == MARK else without_unusual(preview)
        to_mark = self._mailbox.scoring.mark_all(wanted).to_mark
        self.untag_all()
        self._changes.flush()
        marked = [entry for entry in to_mark if entry.marked]
        self._host.say(f"{amount(marked)} marked; {self._undoes()}")

    def _undoes(self, id: str = "undo") -> str:
        return f"{self._host.keymap.hint(id)} undoes that."

    def unmark(self) -> None:
        """Unmark the tagged messages, the group or the message under the cursor."""
        if chosen := self.tagged() or self._under_cursor():
            self._host.say(self._mailbox.marks.unmark(chosen))
            self._changes.flush()

    def undo(self) -> None:
        """Undo the last marking or unmarking."""
        self._host.say(self._mailbox.marks.undo())
        self._changes.flush()

    async def unmark_all(self) -> None:
        """Unmark all messages, after a question."""
        await self._host.dialogs.run_dialog(self._unmark_all)

    async def _unmark_all(self) -> None:
        from poptui.tui.screens.deletion import YES, unmark_screen

        marked = self._mailbox.marks.marked()
        if not marked:
            self._host.say(NOTHING_MARKED)
        elif await self._host.dialog(unmark_screen(marked)) == YES:
            problem = self._mailbox.marks.unmark_all()
            self._host.say(problem or f"No message is marked now; {self._undoes()}")

    # Scores and senders

    async def explain_score(self) -> None:
        """Show why the message under the cursor has its score."""
        if (entry := self._panes.messages.entry) is not None:
            await self._host.dialogs.run_dialog(partial(self._explain_score, entry))

    async def _explain_score(self, entry: MessageEntry) -> None:
        from poptui.tui.screens.why import WhyScreen

        scorer = self._mailbox.scoring.scorer
        screen = WhyScreen(entry, scorer.reasons(entry), scorer.threshold)
        if sender_list := _SENDER_LISTS.get(await self._host.dialog(screen) or ""):
            self._toggle_sender(sender_list, entry)

    def _toggle_sender(self, sender_list: SenderList, entry: MessageEntry | None) -> None:
        if entry is not None:
            work = self._toggle_sender_of(sender_list, entry)
            self._host.background(work, group="senders")

    async def _toggle_sender_of(self, sender_list: SenderList, entry: MessageEntry) -> None:
        try:
            self._host.say(await self._mailbox.scoring.toggle_sender(sender_list, entry))
        except PoptuiError as error:
            self._host.say(str(error), is_error=True)

    def _teach(self, *, spam: bool) -> None:
        if (entry := self._panes.messages.entry) is not None:
            self._host.background(self._learn(entry, spam), group="senders")

    async def _learn(self, entry: MessageEntry, spam: bool) -> None:
        """Learn that ``entry`` is spam, or is not; show the result, and the key that undoes it."""
        if not await self._mailbox.scoring.teach([entry], spam):
            self._host.say(f"Nothing was learned: {_why_not_learned(entry)}.")
        elif problem := self._mailbox.scoring.scorer.problem:
            self._host.say(problem, is_error=True)
        else:
            kind, other = ("spam", "teach_wanted") if spam else ("not spam", "teach_spam")
            self._host.say(f"Learned as {kind}. {self._undoes(other)}")


def _why_not_learned(entry: MessageEntry) -> str:
    if entry.header is None:
        return "the header of this message is not here"
    if entry.uid is None:
        return "this message has no UID"
    return "nothing is learned in the demo"
