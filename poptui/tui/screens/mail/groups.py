"""Shows the list in groups, opens and closes them, and keeps them up to date."""

from __future__ import annotations

import asyncio
from datetime import datetime
from time import perf_counter

from poptui.mailbox.entry import MessageEntry
from poptui.tui.host import BackgroundTask, Host
from poptui.tui.outline import GroupedRows, Heading
from poptui.tui.pacing import sliced
from poptui.tui.reading.pages import Page, PaneTitle, group_page
from poptui.tui.screens.mail.panes import Handlers, Panes
from poptui.tui.view import View

GROUP_TITLE = PaneTitle("Group", "{open} opens and closes it · {mark} marks all of it")
INDENT_CELLS = 2
NO_GROUP = "The cursor is not on a group. {group} groups the messages."
PAUSE_S = 0.3
"""The shortest pause between two groupings while headers arrive."""
PAUSE_FACTOR = 4.0
"""The pause is also at least this multiple of the time that grouping takes."""


class GroupController:
    """Groups the messages of a view in the background, and shows the groups."""

    def __init__(self, panes: Panes, host: Host, view: View) -> None:
        self._panes, self._host, self._view = panes, host, view
        self.rows = GroupedRows()
        self._task: BackgroundTask | None = None
        self._is_stale = False
        self._shown = asyncio.Event()
        """The groups that the user asked for are shown."""

    @property
    def handlers(self) -> Handlers:
        """The actions that are answered here."""
        return {"unfold": self.unfold, "fold": self.fold}

    @property
    def is_on(self) -> bool:
        """Whether the list is shown in groups."""
        return self.rows.by is not None

    def show(self, *, by_user: bool) -> None:
        """Group the view again and show the groups; ``by_user`` as in ``MessageList.show``."""
        if by_user:
            self._shown.clear()
        self._task = self._host.background(
            self._keep_grouped(by_user=by_user), group="group", exclusive=True
        )

    def entries_changed(self) -> None:
        """Group again after a pause, because messages have changed."""
        self._is_stale = True
        if self.is_on and not (self._task and self._task.is_running):
            self.show(by_user=False)

    async def shown(self) -> None:
        """Wait until the groups that the user asked for are shown."""
        if self._task is not None and self._task.is_running:
            await self._shown.wait()

    async def _keep_grouped(self, *, by_user: bool) -> None:
        self._is_stale = True
        while self._is_stale and self.is_on:
            self._is_stale = False
            began = perf_counter()
            spec = self._view.spec
            usual = spec.descending is spec.order.descends
            async for _ in sliced(self.rows.make(self._view.entries, spec.order, usual=usual)):
                pass
            if not self.is_on:
                break
            self._draw(by_user=by_user)
            self._shown.set()
            by_user = False
            await asyncio.sleep(PAUSE_S + PAUSE_FACTOR * (perf_counter() - began))
        self._shown.set()

    def _draw(self, *, by_user: bool) -> None:
        spec = self._view.spec
        self._panes.messages.show(
            self.rows.rows(),
            spec.order,
            descending=spec.descending,
            indent=INDENT_CELLS,
            by_user=by_user,
        )

    def card(self) -> tuple[Page, PaneTitle] | None:
        """Return the viewer's page and title if the cursor is on a group."""
        heading, by = self._panes.messages.heading, self.rows.by
        if heading is None or by is None:
            return None
        title = GROUP_TITLE._replace(facts=self._host.keymap.filled(GROUP_TITLE.facts))
        return group_page(heading.group, by, datetime.now().astimezone()), title

    def toggle(self) -> bool:
        """Open or close the group under the cursor; return whether there is one."""
        heading = self._panes.messages.heading
        if heading is not None:
            self._open(heading, not heading.opened)
        return heading is not None

    def unfold(self) -> None:
        """Show the messages of the group under the cursor."""
        if (heading := self._panes.messages.heading) is not None:
            self._open(heading, True)
        else:
            self._host.say(self._host.keymap.filled(NO_GROUP))

    def fold(self) -> None:
        """Close the group that the cursor is in."""
        messages = self._panes.messages
        heading, entry = messages.heading, messages.entry
        if heading is None and entry is not None and self.is_on:
            heading = self._heading_above(entry)
            messages.go_to(heading)
        if heading is not None:
            self._open(heading, False)
        else:
            self._host.say(self._host.keymap.filled(NO_GROUP))

    def _heading_above(self, entry: MessageEntry) -> Heading:
        above: Heading | None = None
        for row in self._panes.messages.rows:
            if isinstance(row, Heading):
                above = row
            elif row is entry:
                break
        assert above is not None
        return above

    def _open(self, heading: Heading, opened: bool) -> None:
        if heading.opened is not opened:
            self.rows.open(heading, opened)
            self._draw(by_user=True)
