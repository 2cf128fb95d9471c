"""Actions on marks, which never wait for the network."""

from __future__ import annotations

from poptui.maildrop.entry import Mark
from poptui.tui.screens.mail.panes import MailPanes


class Marking(MailPanes):
    """Keys that declare what is to be deleted."""

    def action_mark(self) -> None:
        """Mark the message under the cursor and go on to the next."""
        entry = self.messages.entry
        if entry is None:
            return
        self.say(self._maildrop.mark([entry]))
        self._changes.flush()
        if entry.mark is not Mark.NONE:
            self.focus_pane(self.messages)
            self.messages.move(1)

    def action_unmark(self) -> None:
        """Take the mark off the message under the cursor."""
        if (entry := self.messages.entry) is not None:
            self.say(self._maildrop.unmark([entry]))
            self._changes.flush()

    def action_undo(self) -> None:
        """Take back the last marking or unmarking."""
        self.say(self._maildrop.undo())
        self._changes.flush()

    def action_unmark_all(self) -> None:
        """Take all marks off, after a question."""
        self.poptui.alone(self.poptui.ways_out.unmark_all)
