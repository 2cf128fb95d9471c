"""Actions on the list: which messages it shows, in what order; how far headers are loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from time import perf_counter

from textual.timer import Timer
from textual.worker import Worker, WorkerError

from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.text.format import count
from poptui.threads import run_detached
from poptui.triage.filters.filter import Filter, FilterError, parse
from poptui.tui.screens.mail.moving import Moving
from poptui.tui.view import ViewSpec
from poptui.tui.widgets.message_list import CursorPlace
from poptui.tui.widgets.status_line import Narrowed

EMPTY = "The mailbox is empty."
NOTHING = "Nothing matches; Esc clears the filter."
CHECK_AFTER_S = 0.5
"""Seconds without a key after which a filter that is being typed is checked."""
SLICE = 0.02
"""Seconds of work on a new view before keys get their turn."""
SEARCHED = 500
"""Messages that are searched by a regular expression between two places to leave off."""


class Listing(Moving):
    """Keys that sort, filter, and stop or go on loading."""

    _wish = ViewSpec()
    """How the messages are to be shown; the view is on its way there."""

    _arranging: Worker[None] | None = None
    _before_prompt: tuple[Filter | None, CursorPlace] = (None, CursorPlace(None, 0))
    """The filter, and where the cursor was, when the prompt was opened."""
    _checking: Timer | None = None
    """Until what is typed is checked as if it were complete."""

    # Other rows

    def rearrange(self, wish: ViewSpec, *, asked: bool = True) -> None:
        """Show the messages as ``wish`` says; work on an earlier wish ends.

        ``asked``: by the user, who wants to see the cursor then.
        """
        self._wish = wish
        work = self._rearrange(wish, asked=asked)
        self._arranging = self.run_worker(
            work, group="rearrange", exclusive=True, exit_on_error=False
        )

    async def _rearrange(self, wish: ViewSpec, *, asked: bool) -> None:
        try:
            if wish.filter is not None and wish.filter.slow:
                await self._search(wish.filter)
            until = perf_counter() + SLICE
            for _ in self.view.make(self._mailbox.listing.entries, wish):
                if perf_counter() > until:
                    await asyncio.sleep(0)
                    until = perf_counter() + SLICE
        except FilterError as fault:
            self._wish = self.view.wish
            self._filter_failed(fault)
        else:
            self.show_view(asked=asked)
            self._mailbox.aim(self.messages.on_screen(), None if wish.filter else self.view.entries)

    async def _search(self, wanted: Filter) -> None:
        """Ask ``wanted``, which may take long, beside the event loop: keys stay alive, and Esc
        leaves it off. It remembers its answers for the view. Raises FilterError."""
        entries = iter(self._mailbox.listing.entries)
        while asked := list(islice(entries, SEARCHED)):
            await run_detached(partial(wanted.select, asked))

    def rows_changed(self, entries: Iterable[MessageEntry]) -> None:
        """Messages changed: put them where they belong, and draw them again."""
        changed = list(entries)
        try:
            moved = self.view.update(changed)
        except FilterError as fault:
            self._filter_failed(fault)
            return
        if moved:
            self.show_view(asked=False)
        else:
            self.messages.update_entries(changed)

    def show_view(self, *, asked: bool) -> None:
        """Show the rows of the view; the cursor stays on its message."""
        wish = self.view.wish
        self.messages.placeholder = NOTHING if wish.filter and self.view.total else EMPTY
        self.show_rows(asked=asked)
        self.show_status()

    def show_rows(self, *, asked: bool) -> None:
        """Show the messages of the view."""
        wish = self.view.wish
        self.messages.show(self.view.entries, wish.order, descending=wish.descending, asked=asked)

    async def arranged(self) -> None:
        """Wait until what is shown is what was wished for, unless that fails."""
        if self._arranging is not None:
            with suppress(WorkerError):
                await self._arranging.wait()

    def remarks(self) -> Sequence[str]:
        """What the status line says beside the usual."""
        return ()

    def show_status(self) -> None:
        """Say how things stand."""
        wanted = self.view.wish.filter
        narrowed = Narrowed(len(self.view.entries), wanted.text) if wanted else None
        self.status.show(self._mailbox, narrowed, self.remarks())
        online = self._mailbox.state is ConnectionState.ONLINE
        self.messages.look(expects=self._mailbox.missing > 0 or not online)

    # Actions

    def action_sort(self) -> None:
        """Sort by the next column, in the direction that is its usual one."""
        order = self._wish.order.next
        if order is SortKey.SPAM and not any(e.score is not None for e in self.view.entries):
            order = order.next
        self._sort(replace(self._wish, order=order, descending=order.descends))

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._sort(replace(self._wish, descending=not self._wish.descending))

    def _sort(self, wish: ViewSpec) -> None:
        self.rearrange(wish)
        self.say(f"{wish.sentence} {self.still_to_come(wish)}")

    def action_pause(self) -> None:
        """Stop loading headers, or go on."""
        if self._mailbox.paused:
            self._mailbox.resume_loading()
            self.say("Headers go on loading.")
        elif self._mailbox.missing:
            self._mailbox.pause_loading()
            self.say("Only headers of rows on screen are loaded now; p goes on with the others.")
        else:
            self.say("There are no more headers to load.")
        self.show_status()

    def ask_filter(self) -> None:
        """Ask for a filter; the list follows what is typed."""
        wanted = self._wish.filter
        self._before_prompt = (wanted, self.messages.place)
        self.prompt.begin(wanted.text if wanted else "")

    # What is typed at the prompt

    def filter_typed(self, text: str) -> None:
        """Narrow the list while a filter is typed; a wrong one leaves the last good one.

        What is wrong is said once the user stops typing: half a word is no mistake yet.
        """
        self._stop_checking()
        self._checking = self.set_timer(CHECK_AFTER_S, partial(self._check_filter, text))
        try:
            wanted = self._parse(text, typing=True)
        except FilterError as fault:
            self.prompt.point_at(fault)
        else:
            self.prompt.point_at(None)
            self._narrow_to(wanted)

    def filter_kept(self, text: str) -> None:
        """The filter is complete."""
        self._stop_checking()
        try:
            wanted = self._parse(text, typing=not text.strip())
        except FilterError as fault:
            self._filter_failed(fault)
            return
        self._leave_prompt()
        self._narrow_to(wanted)
        if self._wish.filter:
            self.say(self.still_to_come(self._wish))

    def filter_cancelled(self) -> None:
        """Back to the filter and to the message under the cursor before the prompt."""
        self._leave_prompt()
        wanted, place = self._before_prompt
        self.messages.return_to(place)
        self.narrow(wanted)

    def clear_filter(self) -> None:
        """Show all messages again."""
        self.narrow(None)

    def action_back(self) -> None:
        """Close the prompt first if that is open."""
        if self.prompt.open:
            self.filter_cancelled()
        else:
            super().action_back()

    def _leave_prompt(self) -> None:
        self._stop_checking()
        self.prompt.point_at(None)
        self.prompt.end()
        self.focus_pane(self.messages)

    def _stop_checking(self) -> None:
        if self._checking is not None:
            self._checking.stop()
            self._checking = None

    def _check_filter(self, text: str) -> None:
        """Say what is wrong with a filter that nobody goes on typing."""
        try:
            self._parse(text, typing=not text.strip())
        except FilterError as fault:
            self._filter_failed(fault)

    def _parse(self, text: str, *, typing: bool) -> Filter:
        return parse(text, typing=typing, scope=self._mailbox.appraisal.policy.scope)

    def _narrow_to(self, wanted: Filter) -> None:
        self.narrow(wanted if wanted.text else None)

    def narrow(self, wanted: Filter | None) -> None:
        """Show only what matches; None: all."""
        if wanted and wanted.headers:
            self._mailbox.want_headers(wanted.headers)
        if (wanted and wanted.text) != (self._wish.filter and self._wish.filter.text):
            self.rearrange(replace(self._wish, filter=wanted))

    def _filter_failed(self, fault: FilterError) -> None:
        self.prompt.point_at(fault)
        self.say(str(fault), fault=True)

    def still_to_come(self, wish: ViewSpec) -> str:
        """A sentence on what ``wish`` cannot count with yet."""
        listing = self._mailbox.listing
        if not wish.waits or listing.loaded >= len(listing.entries):
            return ""
        known = f"{count(listing.loaded)} of {count(len(listing.entries))} headers known"
        if self._mailbox.paused:
            return f"{known}; p goes on with the rest."
        return f"{known}; the rest joins as it arrives." if self._mailbox.missing else f"{known}."
