"""Moving the cursor or the text, and whether an action may act on what the cursor is on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from poptui.tui.actions.action import Action, ActsOn
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.screens.mail.panes import Handlers, Panes
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.viewer import Viewer

ARRANGE_TIMEOUT_S = 1.0
"""How long a key waits for a new filter or order to be shown."""
STILL_ARRANGING = "The list is still being filtered. Press the key again when it is ready."
NO_MESSAGE = "There is no message here."
NO_ROOM = "The terminal is too small to show a message. Make it larger first."
IS_GROUP = "This is a group. Open it with Enter, then choose a message."


class CursorController:
    """Moves in the pane that has the focus."""

    def __init__(
        self,
        mailbox: MailboxProtocol,
        panes: Panes,
        host: Host,
        arranged: Callable[[], Awaitable[None]],
    ) -> None:
        """``arranged`` waits until the list shows what the user asked for last."""
        self._mailbox, self._panes, self._host = mailbox, panes, host
        self._arranged = arranged

    @property
    def handlers(self) -> Handlers:
        """The actions that are answered here."""
        return {
            "down": lambda: self._step(1),
            "up": lambda: self._step(-1),
            "page_down": lambda: self._pane.page(1),
            "page_up": lambda: self._pane.page(-1),
            "half_page_down": lambda: self._half_page(1),
            "half_page_up": lambda: self._half_page(-1),
            "top": lambda: self._pane.top(),
            "bottom": lambda: self._pane.bottom(),
            "switch": self.switch,
        }

    @property
    def _pane(self) -> MessageList | Viewer:
        return self._panes.viewer if self._panes.reading else self._panes.messages

    def _step(self, rows: int) -> None:
        if self._panes.reading:
            self._panes.viewer.line(rows)
        else:
            self._panes.messages.move(rows)

    def _half_page(self, direction: int) -> None:
        self._step(direction * max(1, self._pane.size.height // 2))

    def switch(self) -> None:
        """Go from the list to the viewer, or back."""
        if self._panes.reading:
            self._panes.focus_list()
        else:
            self._panes.focus_viewer()

    async def may_act(self, action: Action) -> bool:
        """Whether the user sees what ``action`` would act on; if not, show it and say so.

        The wheel may have scrolled the cursor off the screen: then the key only brings it back.
        In a small terminal the viewer replaces the list, and shows the message.
        """
        if action.acts_on is ActsOn.NOTHING or self._acts_on_tagged(action):
            return True
        if not await self._arranged_soon():
            self._host.say(STILL_ARRANGING)
            return False
        messages = self._panes.messages
        if messages.display and not messages.cursor_shown and messages.row:
            messages.reveal_cursor()
            self._host.say(self._was_off_screen() if messages.cursor_shown else NO_ROOM)
            return False
        if problem := self.missing_target(action):
            self._host.say(problem)
            return False
        messages.keep_place()
        return True

    def _acts_on_tagged(self, action: Action) -> bool:
        """Whether ``action`` takes the tagged messages instead of the one under the cursor."""
        return action.takes_tagged and any(e.tagged for e in self._mailbox.listing.entries)

    async def _arranged_soon(self) -> bool:
        """Wait a little for the list, and no longer: a slow filter must not hold up the keys."""
        waiting = asyncio.ensure_future(self._arranged())
        done, _ = await asyncio.wait({waiting}, timeout=ARRANGE_TIMEOUT_S)
        return bool(done)

    def _was_off_screen(self) -> str:
        entry = self._panes.messages.entry
        where = f"on message {entry.number}" if entry else "on a group"
        return f"The cursor was off the screen, {where}. Press the key again."

    def missing_target(self, action: Action) -> str:
        """Why there is nothing under the cursor that ``action`` can act on, or ""."""
        messages = self._panes.messages
        if messages.row is None:
            return NO_MESSAGE
        wants_message = action.acts_on is ActsOn.MESSAGE
        return IS_GROUP if wants_message and messages.heading is not None else ""
