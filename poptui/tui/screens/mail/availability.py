"""Why an action can do nothing now, for the palette."""

from __future__ import annotations

from poptui.mailbox.wording import READ_ONLY
from poptui.tui.actions.action import Action, Scope
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.screens.mail.cursor import CursorController
from poptui.tui.screens.mail.export import NO_COMMAND
from poptui.tui.screens.mail.groups import NO_GROUP
from poptui.tui.screens.mail.panes import Panes
from poptui.tui.screens.mail.reader import NOT_OPEN, ReaderController
from poptui.tui.screens.mail.tour import TourController
from poptui.tui.screens.mail.triage import NOTHING_MARKED

NOT_SEARCHED = "Nothing was searched for."

_NEEDS_OPENED = ("alternative", "pager", "copy_link", "open_link")
_NEEDS_SEARCH = ("next_match", "previous_match")
_NEEDS_MARKS = ("commit", "unmark", "unmark_all")
_MARKS = ("mark", "mark_shown", "commit", "unmark", "unmark_all", "undo")


class Availability:
    """Looks at the same things as the actions themselves, and changes nothing."""

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
        """Return why ``action`` can do nothing, or ""."""
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
