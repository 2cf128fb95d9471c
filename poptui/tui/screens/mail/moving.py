"""Actions on the cursor, in the pane that has the focus."""

from __future__ import annotations

from poptui.tui.screens.mail.panes import MailPanes
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.prompt import Prompt
from poptui.tui.widgets.viewer import Viewer


class Moving(MailPanes):
    """Keys that move the cursor or the text."""

    @property
    def _pane(self) -> MessageList | Viewer:
        return self.viewer if self.reading else self.messages

    def action_down(self) -> None:
        """One line or message down."""
        self._step(1)

    def action_up(self) -> None:
        """One line or message up."""
        self._step(-1)

    def _step(self, rows: int) -> None:
        if self.reading:
            self.viewer.line(rows)
        else:
            self.messages.move(rows)

    def action_page_down(self) -> None:
        """A page down."""
        self._pane.page(1)

    def action_page_up(self) -> None:
        """A page up."""
        self._pane.page(-1)

    def action_top(self) -> None:
        """To the first line or message."""
        self._pane.top()

    def action_bottom(self) -> None:
        """To the last line or message."""
        self._pane.bottom()

    def action_switch(self) -> None:
        """From the list to the viewer, and back."""
        self.focus_pane(self.messages if self.reading else self.viewer)

    def action_back(self) -> None:
        """Stop what is arriving; else back to the outer message, to the list; there, no filter."""
        if self.question.open:
            self.question.cancel()
        elif self._opening.busy:
            self.app.workers.cancel_group(self.app, "open")
        elif self.reading and self._opening.leave():
            return
        elif self.reading:
            self.focus_pane(self.messages)
        else:
            self.post_message(Prompt.Cleared())
