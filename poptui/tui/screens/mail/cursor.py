"""Moves the cursor or the text, and decides whether an action can do anything now."""

from __future__ import annotations

import asyncio

from poptui.mailbox.wording import READ_ONLY
from poptui.tui.actions.action import Action, ActsOn, Scope
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.screens.mail.export import NO_COMMAND
from poptui.tui.screens.mail.groups import NO_GROUP
from poptui.tui.screens.mail.list_controller import ListController
from poptui.tui.screens.mail.panes import Handlers, Panes
from poptui.tui.screens.mail.reader import NOT_OPEN, ReaderController
from poptui.tui.screens.mail.tour import TourController
from poptui.tui.screens.mail.triage import NOTHING_MARKED
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.viewer import Viewer

ARRANGE_TIMEOUT_S = 1.0
"""A key waits at most this long until a new filter or order is shown."""
STILL_ARRANGING = "The list is still being filtered. Press the key again when it is ready."
NO_MESSAGE = "There is no message here."
NO_ROOM = "The terminal is too small to show a message. Make it larger first."
IS_GROUP = "This is a group. {open} opens it; then choose a message."
NOT_SEARCHED = "Nothing was searched for."

_NEEDS_OPENED = ("alternative", "pager", "copy_link", "open_link")
_NEEDS_SEARCH = ("next_match", "previous_match")
_NEEDS_MARKS = ("commit", "unmark", "unmark_all")
_MARKS = ("mark", "mark_shown", "commit", "unmark", "unmark_all", "undo")


class CursorController:
    """Moves the cursor or scrolls, in the pane that has the focus."""

    def __init__(
        self, mailbox: MailboxProtocol, panes: Panes, host: Host, message_list: ListController
    ) -> None:
        self._mailbox, self._panes, self._host = mailbox, panes, host
        self._list = message_list

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
        """Whether the user sees what ``action`` would act on; if not, show that instead.

        If the wheel has scrolled the cursor off the screen, the key only brings it back.
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
            self._host.say(self._host.keymap.filled(problem))
            return False
        messages.keep_place()
        return True

    def _acts_on_tagged(self, action: Action) -> bool:
        """Whether ``action`` takes the tagged messages instead of the one under the cursor."""
        return action.takes_tagged and any(e.tagged for e in self._mailbox.listing.entries)

    async def _arranged_soon(self) -> bool:
        """Wait for the list, but not long: a slow filter must not block the keys."""
        waiting = asyncio.ensure_future(self._list.arranged())
        done, _ = await asyncio.wait({waiting}, timeout=ARRANGE_TIMEOUT_S)
        return bool(done)

    def _was_off_screen(self) -> str:
        entry = self._panes.messages.entry
        where = f"on message {entry.number}" if entry else "on a group"
        return f"The cursor was off the screen, {where}. Press the key again."

    def missing_target(self, action: Action) -> str:
        """Return why ``action`` can't act on the row under the cursor, or ""."""
        messages = self._panes.messages
        if messages.row is None:
            return NO_MESSAGE
        wants_message = action.acts_on is ActsOn.MESSAGE
        return IS_GROUP if wants_message and messages.heading is not None else ""


class Availability:
    """Tells the palette why an action is unavailable, by the same conditions as the action."""

    def __init__(
        self,
        mailbox: MailboxProtocol,
        panes: Panes,
        host: Host,
        cursor: CursorController,
        reader: ReaderController,
        tour: TourController,
    ) -> None:
        self._mailbox, self._panes, self._host = mailbox, panes, host
        self._cursor, self._reader, self._tour = cursor, reader, tour

    def why_not(self, action: Action) -> str:
        """Return why ``action`` is unavailable, or ""."""
        return self._host.keymap.filled(self._why_not(action))

    def _why_not(self, action: Action) -> str:
        if action.scope is not Scope.SCREEN:
            return ""
        if action.id in _MARKS and self._mailbox.marks.readonly:
            return READ_ONLY
        if action.id == "tour":
            return self._tour.why_not
        if action.id in _NEEDS_MARKS and not self._mailbox.marks.marked():
            return NOTHING_MARKED
        if problem := self._cursor.missing_target(action):
            return problem
        if action.id == "open_link" and not self._host.settings.open_link:
            return NO_COMMAND
        if action.id in _NEEDS_OPENED and self._reader.loader.opened is None:
            return NOT_OPEN
        if action.id in _NEEDS_SEARCH and self._panes.viewer.search is None:
            return NOT_SEARCHED
        is_grouped = self._panes.messages.heading is not None
        return NO_GROUP if action.id in ("fold", "unfold") and not is_grouped else ""
