"""Actions that show the message under the cursor."""

from __future__ import annotations

from poptui.tui.screens.mail.panes import MailPanes


class Reading(MailPanes):
    """Keys that open what the cursor is on."""

    def action_open(self) -> None:
        """Fetch the message under the cursor, unless it is here, and go to it."""
        entry = self.messages.entry
        if entry is None:
            return
        self.focus_pane(self.viewer)
        if not self._opening.known(entry):
            self.poptui.background(self._opening.fetch(entry), group="open")
