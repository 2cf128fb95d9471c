"""Counts the messages that each saved filter finds, and keeps the counts up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from poptui.mailbox.entry import MessageEntry
from poptui.threads import run_detached
from poptui.triage.filters.error import FilterError
from poptui.triage.filters.text import text_of
from poptui.triage.policy.saved_filters import MatchCounts, SavedFilter
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.pacing import SLICE_S, sliced

if TYPE_CHECKING:
    from poptui.triage.filters.filter import Filter

STATUS_FILTERS = ("is:spam", "is:tagged")
"""The filters whose messages the status line counts."""
MAX_COUNTED_AT_ONCE = 1500
"""If more messages than this change at once, all are counted again in slices."""


class FilterCounts:
    """Counts all messages once, then only those that change."""

    def __init__(
        self,
        mailbox: MailboxProtocol,
        host: Host,
        saved: Sequence[SavedFilter],
        on_counted: Callable[[], None],
    ) -> None:
        self._mailbox, self._host = mailbox, host
        self._saved, self._on_counted = saved, on_counted
        self._counts = MatchCounts(())
        self._changed_meanwhile: set[MessageEntry] | None = None
        """Messages that changed while all are being counted."""

    @property
    def saved(self) -> Sequence[int]:
        """The number of messages that each saved filter finds."""
        found = self._counts.counts[: -len(STATUS_FILTERS)]
        return found or [0] * len(self._saved)

    @property
    def spam_and_tagged(self) -> tuple[int, int]:
        """Return the counts for the status line."""
        spam, tagged = self._counts.counts[-len(STATUS_FILTERS) :] or (0, 0)
        return spam, tagged

    def recount_all(self) -> None:
        """Count all messages, because the listing is new."""
        self._host.background(self._count(), group="count", exclusive=True)

    def entries_changed(self, entries: Sequence[MessageEntry]) -> None:
        """Count these messages again."""
        if len(entries) > MAX_COUNTED_AT_ONCE:
            self.recount_all()
            return
        self._counts.update(entries)
        if self._changed_meanwhile is not None:
            self._changed_meanwhile.update(entries)

    async def _count(self) -> None:
        from poptui.triage.filters.filter import parse

        scope = self._mailbox.scoring.scorer.policy.scope
        filters = [saved.filter(scope) for saved in self._saved]
        counts = MatchCounts([*filters, *(parse(text, scope=scope) for text in STATUS_FILTERS)])
        self._changed_meanwhile = changed = set[MessageEntry]()
        for slow in filters:
            await self._search_ahead(slow)
        async for entry in sliced(self._mailbox.listing.entries):
            counts.update((entry,))
        counts.update(changed)
        self._counts, self._changed_meanwhile = counts, None
        await self.flag_duplicates()
        self._on_counted()
        await self._fold_texts(self._mailbox.listing.entries)

    async def _search_ahead(self, saved: Filter) -> None:
        """Run regular expressions in a thread; one that takes too long finds nothing."""
        entries = tuple(self._mailbox.listing.entries)
        if saved.slow:
            with suppress(FilterError):
                await run_detached(lambda: saved.search_ahead(entries))

    async def _fold_texts(self, entries: Iterable[MessageEntry]) -> None:
        """Prepare the texts that filters search, before the first filter is typed.

        This isn't urgent, so it uses only half of the event loop's time.
        """
        async for entry in sliced(entries, seconds=SLICE_S / 2, rest_s=SLICE_S / 2):
            text_of(entry)

    async def flag_duplicates(self) -> None:
        """Find messages that are copies of others, once all headers are loaded."""
        if self._mailbox.headers.missing == 0:
            await self._mailbox.scoring.flag_duplicates()
