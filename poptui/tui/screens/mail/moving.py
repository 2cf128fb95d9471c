"""Actions on the cursor, in the pane that has the focus."""

from __future__ import annotations

import asyncio

from poptui.tui.actions.action import Action, ActsOn
from poptui.tui.screens.mail.panes import MailPanes
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.viewer import Viewer

ARRANGED_WITHIN_S = 1.0
"""Seconds that a key waits for a new filter or order to be shown."""
STILL_ARRANGING = "The list is still being filtered. Press the key again when it is ready."
NO_MESSAGE = "There is no message here."
NO_ROOM = "The terminal is too small to show a message. Make it larger first."
A_GROUP = "This is a group. Enter opens it; then choose a message."


class Moving(MailPanes):
    """Keys that move the cursor or the text; and whether others may act on what is under it."""

    async def arranged(self) -> None:
        """Wait until the list shows what the user asked for last."""

    def acts_on_tagged(self, action: Action) -> bool:
        """Whether ``action`` leaves the cursor alone and takes the tagged messages."""
        raise NotImplementedError

    async def may_act(self, action: Action) -> bool:
        """Whether the user sees what ``action`` would act on; if not, show it and say so.

        The wheel may have scrolled the cursor off the screen: then the key only brings it back.
        In a small terminal the viewer stands in for the list, and shows the message.
        """
        if action.acts_on is ActsOn.NOTHING or self.acts_on_tagged(action):
            return True
        if not await self._arranged_soon():
            self.say(STILL_ARRANGING)
            return False
        if self.messages.display and not self.messages.cursor_shown and self.messages.row:
            self.messages.reveal_cursor()
            self.say(self._off_screen() if self.messages.cursor_shown else NO_ROOM)
            return False
        if problem := self._nothing_for(action):
            self.say(problem)
            return False
        self.messages.keep_place()
        return True

    async def _arranged_soon(self) -> bool:
        """Whether the list shows what the user asked for; wait a little for it, and no longer:
        keys must stay alive while a slow filter runs."""
        waiting = asyncio.ensure_future(self.arranged())
        done, _ = await asyncio.wait({waiting}, timeout=ARRANGED_WITHIN_S)
        return bool(done)

    def _off_screen(self) -> str:
        entry = self.messages.entry
        where = f"on message {entry.number}" if entry else "on a group"
        return f"The cursor was off the screen, {where}. Press the key again."

    def _nothing_for(self, action: Action) -> str:
        """Why there is nothing under the cursor that ``action`` can act on."""
        if self.messages.row is None:
            return NO_MESSAGE
        wants_message = action.acts_on is ActsOn.MESSAGE
        return A_GROUP if wants_message and self.messages.heading is not None else ""

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

    def clear_filter(self) -> None:
        """Show all messages again."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Cancel a download; else go back to the outer message, to the list, to all messages."""
        if self.question.open:
            self.question.cancel()
        elif self._opening.busy:
            self.app.workers.cancel_group(self.app, "open")
        elif self.reading and self._opening.leave():
            return
        elif self.reading:
            self.focus_pane(self.messages)
        else:
            self.clear_filter()
