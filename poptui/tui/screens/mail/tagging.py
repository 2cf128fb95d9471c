"""Actions that tag messages, and what other keys act on: the tagged, a group, or one message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import messages
from poptui.printable import printable_line
from poptui.tui.actions.action import Action
from poptui.tui.screens.mail.grouping import Grouping


class Tagging(Grouping):
    """Keys that tag."""

    def tagged(self) -> list[MessageEntry]:
        """All that is tagged, whether the list shows it or not."""
        return [entry for entry in self._mailbox.listing.entries if entry.tagged]

    def acts_on_tagged(self, action: Action) -> bool:
        """Whether ``action`` leaves the cursor alone and takes the tagged messages."""
        return action.takes_tagged and any(entry.tagged for entry in self._mailbox.listing.entries)

    def pointed_at(self) -> Sequence[MessageEntry]:
        """The message under the cursor, or all of the group there."""
        if (heading := self.messages.heading) is not None:
            return tuple(heading.group.rows)
        return () if self.messages.entry is None else (self.messages.entry,)

    def action_tag(self) -> None:
        """Tag what is under the cursor, or take the tag off it, and go on to the next."""
        chosen = self.pointed_at()
        self._tag(chosen, tagged=not all(entry.tagged for entry in chosen))
        self.focus_pane(self.messages)
        self.messages.move(1)

    def action_select_sender(self) -> None:
        """Tag all that the list shows from the sender of the message under the cursor."""
        entry = self.messages.entry
        header = entry.header if entry else None
        if header is None or not header.from_.address:
            self.say("This message has no sender address.")
            return
        address = header.from_.address.lower()
        same = [
            other
            for other in self.view.entries
            if other.header and other.header.from_.address.lower() == address
        ]
        self._tag(same, tagged=True)
        shown = printable_line(address)
        self.say(f"{messages(len(same))} from {shown} tagged; d marks them, Esc untags.")

    def untag(self) -> bool:
        """Take all tags off; whether there were any."""
        tagged = self.tagged()
        self._tag(tagged, tagged=False)
        return bool(tagged)

    def _tag(self, entries: Iterable[MessageEntry], *, tagged: bool) -> None:
        changed = [entry for entry in entries if entry.tagged is not tagged]
        for entry in changed:
            entry.tagged = tagged
        self.rows_changed(changed)
        self.show_status()

    def action_back(self) -> None:
        """In the list, untag all messages once no filter is left to clear."""
        in_list = not (self.reading or self._opening.busy or self.prompt.open)
        if in_list and self._wish.filter is None and self.untag():
            self.say("No message is tagged now.")
        else:
            super().action_back()
