"""Actions on saved filters, and the counts of what each of them finds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import cached_property, partialmethod
from time import perf_counter

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.scoring.from_config import saved_filters
from poptui.printable import printable_line
from poptui.text.format import count
from poptui.triage.filters.filter import Filter, parse
from poptui.triage.filters.text import text_of
from poptui.triage.filters.tree import ALL
from poptui.triage.policy.saved_filters import SavedFilter, Tally
from poptui.tui.screens.mail.grouping import Grouping
from poptui.tui.screens.mail.listing import SLICE
from poptui.tui.screens.saved import SavedFiltersScreen

OWN = ("is:spam", "is:tagged")
"""What the status line counts."""
MANY = 1500
"""Messages that are not counted at one go."""


class SavedFilters(Grouping):
    """Keys that apply a saved filter; counts are kept up as headers arrive."""

    _tally = Tally(())
    _late: set[MessageEntry] | None = None
    """What changed while all is being counted anew."""

    @cached_property
    def saved(self) -> Sequence[SavedFilter]:
        """The menu."""
        return saved_filters(self.poptui.settings)

    @property
    def counts(self) -> Sequence[int]:
        """By saved filter, what it finds."""
        found = self._tally.counts[: -len(OWN)]
        return found or [0] * len(self.saved)

    # Counting

    def count_anew(self) -> None:
        """The listing is another one."""
        self.run_worker(self._count(), group="count", exclusive=True, exit_on_error=False)

    async def _count(self) -> None:
        scope = self._mailbox.appraisal.policy.scope
        filters = [saved.filter(scope) for saved in self.saved]
        tally = Tally([*filters, *(parse(text, scope=scope) for text in OWN)])
        self._late = late = set[MessageEntry]()
        await self._in_slices(tally, self._mailbox.listing.entries)
        tally.update(late)
        self._tally, self._late = tally, None
        await self.flag_duplicates()
        self.show_status()
        await self._fold_texts()

    async def _in_slices(self, tally: Tally, entries: Sequence[MessageEntry]) -> None:
        until = perf_counter() + SLICE
        for entry in entries:
            tally.update((entry,))
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + SLICE

    async def _fold_texts(self) -> None:
        """Have ready what words are looked for in, before the first one is typed."""
        until = perf_counter() + SLICE / 2
        for entry in self._mailbox.listing.entries:
            text_of(entry)
            if perf_counter() > until:
                await asyncio.sleep(SLICE / 2)
                until = perf_counter() + SLICE / 2

    async def flag_duplicates(self) -> None:
        """See which messages are copies of others, unless more headers are about to come."""
        if self._mailbox.missing == 0:
            await self._mailbox.flag_duplicates()

    def rows_changed(self, entries: Iterable[MessageEntry]) -> None:
        """Counts follow."""
        changed = list(entries)
        if len(changed) > MANY:
            self.count_anew()
        else:
            self._tally.update(changed)
            if self._late is not None:
                self._late.update(changed)
        super().rows_changed(changed)

    def remarks(self) -> Sequence[str]:
        """What the status line says of groups, tags and spam."""
        spam, tagged = self._tally.counts[-len(OWN) :] or (0, 0)
        by = self.outline.by
        return [
            *([f"by {by.value}"] if by else []),
            *([f"{count(tagged)} tagged"] if tagged else []),
            *([f"spam {count(spam)}"] if spam else []),
        ]

    # Actions

    def narrow(self, wanted: Filter | None) -> None:
        """Copies are looked for where the filter asks for them."""
        if wanted and ALL in wanted.needs:
            self.poptui.background(self._mailbox.flag_duplicates(), group="duplicates")
        super().narrow(wanted)

    async def action_saved(self) -> None:
        """The menu."""
        await self.poptui.ask(self._choose)

    async def _choose(self) -> None:
        place = await self.app.push_screen_wait(SavedFiltersScreen(self.saved, lambda: self.counts))
        if place is not None:
            self._apply(place)

    def _apply(self, place: int) -> None:
        """Show what a saved filter finds; if that is shown, all messages."""
        if place >= len(self.saved):
            self.say(f"There are {len(self.saved)} saved filters; 0 lists them.")
            return
        saved = self.saved[place]
        wanted = saved.filter(self._mailbox.appraisal.policy.scope)
        before = self._wish.filter
        again = before is not None and before.text == wanted.text
        self.focus_pane(self.messages)
        self.narrow(None if again else wanted)
        name = printable_line(saved.name)
        told = f"Saved filter {name}. {self.still_to_come(self._wish)}"
        self.say("All messages." if again else told.rstrip())

    action_saved_1 = partialmethod(_apply, 0)
    action_saved_2 = partialmethod(_apply, 1)
    action_saved_3 = partialmethod(_apply, 2)
    action_saved_4 = partialmethod(_apply, 3)
    action_saved_5 = partialmethod(_apply, 4)
    action_saved_6 = partialmethod(_apply, 5)
    action_saved_7 = partialmethod(_apply, 6)
    action_saved_8 = partialmethod(_apply, 7)
    action_saved_9 = partialmethod(_apply, 8)
