"""Actions on the list in groups: by what, and which of them are open."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from time import perf_counter

from textual.worker import Worker

from poptui.mailbox.entry import MessageEntry
from poptui.tui.outline import GroupedRows, Heading
from poptui.tui.reading.group_card import TITLE, group_page
from poptui.tui.reading.pages import Page
from poptui.tui.screens.mail.listing import SLICE, Listing

INDENT = 2
NO_GROUP = "The cursor is not on a group. v groups the messages."
PAUSE, REST = 0.3, 4.0
"""Seconds between two groupings while headers arrive, and how many times as long as one takes."""


class Grouping(Listing):
    """Keys that group, open and close; the groups are made anew as messages come and change."""

    _grouping: Worker[None] | None = None
    _stale = False

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.outline = GroupedRows()
        self._outlined = asyncio.Event()
        """The groups that the user asked for are shown."""

    def show_rows(self, *, asked: bool) -> None:
        """Show the view, in groups if that is wanted."""
        if self.outline.by is None:
            super().show_rows(asked=asked)
        else:
            self._group(asked=asked)

    def rows_changed(self, entries: Iterable[MessageEntry]) -> None:
        """Groups follow their messages, now and then."""
        super().rows_changed(entries)
        self._stale = True
        if self.outline.by is not None and not (self._grouping and self._grouping.is_running):
            self._group(asked=False)

    def _group(self, *, asked: bool) -> None:
        if asked:
            self._outlined.clear()
        self._grouping = self.run_worker(
            self._keep_grouped(asked=asked), group="group", exclusive=True, exit_on_error=False
        )

    async def arranged(self) -> None:
        """Wait for the groups too."""
        await super().arranged()
        if self._grouping is not None and self._grouping.is_running:
            await self._outlined.wait()

    async def _keep_grouped(self, *, asked: bool) -> None:
        self._stale = True
        while self._stale and self.outline.by is not None:
            self._stale = False
            began = until = perf_counter()
            wish = self.view.wish
            usual = wish.descending is wish.order.descends
            for _ in self.outline.make(self.view.entries, wish.order, usual=usual):
                if perf_counter() > until + SLICE:
                    await asyncio.sleep(0)
                    until = perf_counter()
            if self.outline.by is None:
                break
            self._show_outline(asked=asked)
            self._outlined.set()
            asked = False
            await asyncio.sleep(PAUSE + REST * (perf_counter() - began))
        self._outlined.set()

    def _show_outline(self, *, asked: bool) -> None:
        wish = self.view.wish
        rows = self.outline.rows()
        self.messages.show(rows, wish.order, descending=wish.descending, indent=INDENT, asked=asked)

    def card_of_group(self) -> tuple[Page, str] | None:
        """What the viewer shows of the group under the cursor, and over it."""
        heading, by = self.messages.heading, self.outline.by
        if heading is None or by is None:
            return None
        return group_page(heading.group, by, datetime.now().astimezone()), TITLE

    # Actions

    def action_group(self) -> None:
        """Group by the next thing, or no longer."""
        by = self.outline.turn()
        self.show_rows(asked=True)
        self.show_status()
        self.say(f"Grouped by {by.value}; Enter opens a group." if by else "No groups.")

    def turn_group(self) -> bool:
        """Open the group under the cursor, or close it; whether there is one."""
        heading = self.messages.heading
        if heading is not None:
            self._turn(heading, opened=not heading.opened)
        return heading is not None

    def action_unfold(self) -> None:
        """Show what is in the group."""
        if (heading := self.messages.heading) is not None:
            self._turn(heading, opened=True)
        else:
            self.say(NO_GROUP)

    def action_fold(self) -> None:
        """Close the group that the cursor is in."""
        heading = self.messages.heading
        entry = self.messages.entry
        if heading is None and entry is not None and self.outline.by is not None:
            heading = self._heading_of(entry)
            self.messages.go_to(heading)
        if heading is not None:
            self._turn(heading, opened=False)
        else:
            self.say(NO_GROUP)

    def _heading_of(self, entry: MessageEntry) -> Heading:
        """The last heading above it."""
        above: Heading | None = None
        for row in self.messages.rows:
            if isinstance(row, Heading):
                above = row
            elif row is entry:
                break
        assert above is not None
        return above

    def _turn(self, heading: Heading, *, opened: bool) -> None:
        if heading.opened is not opened:
            self.outline.open(heading, opened)
            self._show_outline(asked=True)
