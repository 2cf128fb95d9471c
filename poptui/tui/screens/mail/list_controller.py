"""Controls the list: sorting, filters and groups; pauses loading headers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from textual.worker import WorkerError

from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.mailbox.scoring.from_config import saved_filters
from poptui.printable import printable_line
from poptui.text.format import count
from poptui.threads import run_detached
from poptui.triage.filters.error import FilterError
from poptui.triage.policy.saved_filters import MAX_SAVED_FILTERS
from poptui.tui.host import BackgroundTask, Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.pacing import sliced
from poptui.tui.screens.mail.filter_counts import FilterCounts
from poptui.tui.screens.mail.groups import GroupController
from poptui.tui.screens.mail.panes import Handlers, Panes
from poptui.tui.view import View, ViewSpec
from poptui.tui.widgets.message_list import CursorPlace
from poptui.tui.widgets.status_line import FilteredCount

if TYPE_CHECKING:
    from poptui.triage.filters.filter import Filter

CONNECTING = "Connecting …\n{quit}  Quit"
LOADING = "loading, {pause} pauses"
EMPTY = "The mailbox is empty.\n{refresh}  Check for new mail   {quit}  Quit"
NO_MATCH = "No message matches the filter.\n{back}  Clear the filter   {filter}  Change it"
CHECK_DELAY_S = 0.5
"""After this pause a filter that is being typed is checked as if it were complete."""
REGEX_BATCH = 500
"""A search by a regular expression can be cancelled after this many messages."""


class ListController:
    """Owns the view of the listing; ``spec`` has the order and filter that the user chose last."""

    def __init__(self, mailbox: MailboxProtocol, panes: Panes, host: Host) -> None:
        self._mailbox, self._panes, self._host = mailbox, panes, host
        self.view = View()
        self.spec = ViewSpec()
        """The order and filter that the user chose last; the view may not show them yet."""
        self.groups = GroupController(panes, host, self.view)
        self.saved = saved_filters(host.settings)
        self.counts = FilterCounts(mailbox, host, self.saved, self.show_status)
        panes.messages.placeholder = host.keymap.filled(CONNECTING)
        self._arranging: BackgroundTask | None = None
        self._requested_by_user = False
        """Whether the user asked for the view that is being made."""
        self._before_prompt: tuple[Filter | None, CursorPlace] = (None, CursorPlace(None, 0))
        """The filter, and where the cursor was, when the prompt was opened."""
        self._check_timer: asyncio.TimerHandle | None = None

    @property
    def handlers(self) -> Handlers:
        """The actions that are carried out here or by the groups."""
        numbers = range(1, MAX_SAVED_FILTERS + 1)
        return {
            **self.groups.handlers,
            "sort": self.sort,
            "reverse": self.reverse,
            "pause": self.pause,
            "group": self.group,
            "saved": self.choose_saved,
            **{f"saved_{number}": partial(self.apply_saved, number - 1) for number in numbers},
        }

    # What is shown

    def show_listing(self) -> None:
        """Show a new listing, then count it: the filters are loaded behind the first picture."""
        self._arrange(self.spec, by_user=False)
        self._panes.messages.call_after_refresh(self.counts.recount_all)

    def entries_changed(self, entries: Iterable[MessageEntry]) -> None:
        """Move messages that changed to their place, and draw them again."""
        changed = list(entries)
        self.counts.entries_changed(changed)
        try:
            moved = self.view.update(changed)
        except FilterError as error:
            self._filter_failed(error)
        else:
            if moved:
                self._show_view(by_user=False)
            else:
                self._panes.messages.update_entries(changed)
        self.groups.entries_changed()

    async def arranged(self) -> None:
        """Wait until the list shows ``spec``, or that has failed."""
        if self._arranging is not None:
            with suppress(WorkerError):
                await self._arranging.wait()
        await self.groups.shown()

    def _arrange(self, spec: ViewSpec, *, by_user: bool = True) -> None:
        """Show the messages as ``spec`` says; work on an earlier one is cancelled.

        ``by_user``: the user asked for it, so the cursor will be shown, even if a new listing comes
        before that.
        """
        self.spec = spec
        self._requested_by_user = self._requested_by_user or by_user
        self._arranging = self._host.background(
            self._make_view(spec), group="arrange", exclusive=True
        )

    async def _make_view(self, spec: ViewSpec) -> None:
        try:
            if spec.filter is not None and spec.filter.slow:
                await self._search(spec.filter)
            async for _ in sliced(self.view.make(self._mailbox.listing.entries, spec)):
                pass
        except FilterError as error:
            self.spec, self._requested_by_user = self.view.spec, False
            self._filter_failed(error)
        else:
            by_user, self._requested_by_user = self._requested_by_user, False
            self._show_view(by_user=by_user)
            rest = None if spec.filter else self.view.entries
            self._mailbox.headers.prioritize(self._panes.messages.on_screen(), rest)

    async def _search(self, wanted: Filter) -> None:
        """Apply a slow filter in a thread, so that keys are answered; it keeps the answers for the
        view. Raises FilterError.
        """
        entries = iter(self._mailbox.listing.entries)
        while batch := list(islice(entries, REGEX_BATCH)):
            await run_detached(partial(wanted.search_ahead, batch))

    def _show_view(self, *, by_user: bool) -> None:
        """Show the rows of the view; the cursor stays on its message."""
        spec = self.view.spec
        nothing = NO_MATCH if spec.filter and self.view.total else EMPTY
        self._panes.messages.placeholder = self._host.keymap.filled(nothing)
        self._show_rows(by_user=by_user)
        self.show_status()

    def _show_rows(self, *, by_user: bool) -> None:
        spec, by = self.view.spec, self.groups.rows.by
        self._panes.messages.list_name = f"Inbox by {by.value}" if by else "Inbox"
        if self.groups.is_on:
            self.groups.show(by_user=by_user)
        else:
            self._panes.messages.show(
                self.view.entries, spec.order, descending=spec.descending, by_user=by_user
            )

    def show_status(self) -> None:
        """Update the status line and the list's title."""
        wanted = self.view.spec.filter
        narrowed = FilteredCount(len(self.view.entries), wanted.text) if wanted else None
        self._panes.status.show(self._mailbox, narrowed, tuple(self._remarks()))
        online = self._mailbox.session.state is ConnectionState.ONLINE
        is_loading = online and self._mailbox.headers.missing and not self._mailbox.headers.paused
        remark = self._host.keymap.filled(LOADING) if is_loading else ""
        self._panes.messages.remark = remark
        self._panes.messages.set_score_style(
            expects=self._mailbox.headers.missing > 0 or not online
        )

    def _remarks(self) -> Iterator[str]:
        spam, tagged = self.counts.spam_and_tagged
        if (by := self.groups.rows.by) is not None:
            yield f"by {by.value}"
        if tagged:
            yield f"{count(tagged)} tagged"
        if spam:
            yield f"{count(spam)} spam"

    # Order, groups, loading

    def sort(self) -> None:
        """Sort by the next column, in its usual direction."""
        order = self.spec.order.next
        if order is SortKey.SPAM and not any(e.score is not None for e in self.view.entries):
            order = order.next
        self._sort(self.spec._replace(order=order, descending=order.descends))

    def sort_by(self, order: SortKey) -> None:
        """Sort by a column; if it is sorted by that already, reverse the order."""
        if order is self.spec.order:
            self.reverse()
        else:
            self._sort(self.spec._replace(order=order, descending=order.descends))

    def reverse(self) -> None:
        """Reverse the order."""
        self._sort(self.spec._replace(descending=not self.spec.descending))

    def _sort(self, spec: ViewSpec) -> None:
        self._arrange(spec)
        self._host.say(f"{spec.sentence} {self.headers_awaited()}")

    def group(self) -> None:
        """Group by the next property, or no longer."""
        by = self.groups.rows.next_key()
        self._show_rows(by_user=True)
        self.show_status()
        self._host.say(
            f"Grouped by {by.value}; {self._host.keymap.hint('open')} opens a group."
            if by
            else "Not grouped."
        )

    def pause(self) -> None:
        """Pause loading headers, or resume."""
        if self._mailbox.headers.paused:
            self._mailbox.headers.resume()
            self._host.say("Loading headers again.")
        elif self._mailbox.headers.missing:
            self._mailbox.headers.pause()
            key = self._host.keymap.hint("pause")
            self._host.say(f"Paused: only headers of rows on screen are loaded. {key} resumes.")
        else:
            self._host.say("All headers are loaded.")
        self.show_status()

    def headers_awaited(self) -> str:
        """Return a sentence if the filter or the order waits for headers, or ""."""
        listing = self._mailbox.listing
        if not self.spec.waits or listing.loaded >= len(listing.entries):
            return ""
        known = f"{count(listing.loaded)} of {count(len(listing.entries))} headers loaded"
        if self._mailbox.headers.paused:
            return f"{known}; {self._host.keymap.hint('pause')} loads the rest."
        return (
            f"{known}; the rest is added as it arrives."
            if self._mailbox.headers.missing
            else f"{known}."
        )

    # The filter that is typed at the prompt

    async def ask_filter(self) -> None:
        """Open the prompt; the list follows what is typed."""
        wanted = self.spec.filter
        self._before_prompt = (wanted, self._panes.messages.place)
        await self._panes.ask_filter(wanted.text if wanted else "")

    def filter_typed(self, text: str) -> None:
        """Filter the list while a filter is typed; an invalid one leaves the last valid one.

        An error is shown only once the user stops typing: half a word is not a mistake.
        """
        self._stop_check()
        loop = asyncio.get_running_loop()
        self._check_timer = loop.call_later(CHECK_DELAY_S, self._check_filter, text)
        try:
            wanted = self._parse(text, typing=True)
        except FilterError as error:
            self._panes.prompt.point_at(error)
        else:
            self._panes.prompt.point_at(None)
            self._narrow_to_typed(wanted)

    def filter_kept(self, text: str) -> None:
        """Close the prompt and keep the filter, which is complete now."""
        self._stop_check()
        try:
            wanted = self._parse(text, typing=not text.strip())
        except FilterError as error:
            self._filter_failed(error)
            return
        self._close_prompt()
        self._narrow_to_typed(wanted)
        if self.spec.filter:
            self._host.say(self.headers_awaited())

    def cancel_filter(self) -> None:
        """Close the prompt; return to the filter and the cursor from before."""
        self._close_prompt()
        wanted, place = self._before_prompt
        self._panes.messages.return_to(place)
        self.narrow(wanted)

    def narrow(self, wanted: Filter | None) -> None:
        """Show only the messages that match; None: all."""
        from poptui.triage.filters.tree import ALL

        if wanted and ALL in wanted.needs:
            self._host.background(self._mailbox.scoring.flag_duplicates(), group="duplicates")
        if wanted and wanted.headers:
            self._mailbox.headers.want(wanted.headers)
        if (wanted and wanted.text) != (self.spec.filter and self.spec.filter.text):
            self._arrange(self.spec._replace(filter=wanted))

    def narrow_to(self, text: str) -> None:
        """Show only the messages that a filter finds, which the user can then edit."""
        try:
            wanted = self._parse(text, typing=False)
        except FilterError as error:
            self._filter_failed(error)
            return
        self._panes.focus_list()
        self.narrow(wanted)
        self._host.say(f"Filter: {printable_line(wanted.text)}. {self.headers_awaited()}".rstrip())

    def _narrow_to_typed(self, wanted: Filter) -> None:
        self.narrow(wanted if wanted.text else None)

    def _close_prompt(self) -> None:
        self._stop_check()
        self._panes.prompt.point_at(None)
        self._panes.prompt.end()
        self._panes.focus_list()

    def _stop_check(self) -> None:
        if self._check_timer is not None:
            self._check_timer.cancel()
            self._check_timer = None

    def _check_filter(self, text: str) -> None:
        try:
            self._parse(text, typing=not text.strip())
        except FilterError as error:
            self._filter_failed(error)

    def _parse(self, text: str, *, typing: bool) -> Filter:
        from poptui.triage.filters.filter import parse

        return parse(text, typing=typing, scope=self._mailbox.scoring.scorer.policy.scope)

    def _filter_failed(self, error: FilterError) -> None:
        self._panes.prompt.point_at(error)
        self._host.say(str(error), is_error=True)

    # Saved filters

    async def choose_saved(self) -> None:
        """Show the menu of saved filters."""
        await self._host.dialogs.run_dialog(self._choose_saved)

    async def _choose_saved(self) -> None:
        from poptui.tui.screens.saved import SavedFiltersScreen

        screen = SavedFiltersScreen(self.saved, lambda: self.counts.saved)
        if (index := await self._host.dialog(screen)) is not None:
            self.apply_saved(index)

    def apply_saved(self, index: int) -> None:
        """Apply a saved filter; if it is on already, show all messages."""
        if index >= len(self.saved):
            key = self._host.keymap.hint("saved")
            self._host.say(f"There are {len(self.saved)} saved filters; {key} lists them.")
            return
        saved = self.saved[index]
        wanted = saved.filter(self._mailbox.scoring.scorer.policy.scope)
        before = self.spec.filter
        is_shown = before is not None and before.text == wanted.text
        self._panes.focus_list()
        self.narrow(None if is_shown else wanted)
        applied = f"Saved filter {printable_line(saved.name)}. {self.headers_awaited()}"
        self._host.say("All messages." if is_shown else applied.rstrip())
