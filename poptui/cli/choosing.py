"""Which messages a batch command means: by a filter, with what the user has settled."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from poptui.cli.progress import Progress
from poptui.faults import UsageFault
from poptui.maildrop.entry import Entry
from poptui.maildrop.maildrop import Maildrop
from poptui.storage.config import Config
from poptui.triage.duplicates import Keep, flag_duplicates
from poptui.triage.filter import Filter, FilterFault, parse
from poptui.triage.filter_scope import ALL
from poptui.triage.settings import policy_of


class Chooser:
    """Loads headers, appraises, and chooses."""

    def __init__(self, config: Config) -> None:
        """Raises UsageFault where the user's settlements are not understood."""
        self.policy = policy_of(config)
        self._keep = Keep(config.duplicates)

    def filter(self, text: str | None) -> Filter | None:
        """The filter of the command line; None where there is none.

        Raises FilterFault, having pointed at its place on standard error.
        """
        if text is None:
            return None
        try:
            return parse(text, scope=self.policy.scope)
        except FilterFault as fault:
            print(fault.caret, file=sys.stderr)
            raise

    async def chosen(self, maildrop: Maildrop, filter_: Filter | None) -> Sequence[Entry]:
        """The messages that ``filter_`` matches, loaded as far as that takes. Raises Fault."""
        entries = maildrop.listing.entries
        if filter_ is None:
            return entries
        maildrop.want_headers(filter_.headers | self.policy.headers)
        undecided = [
            entry for entry in entries if not filter_.matches(entry) and not filter_.rejects(entry)
        ]
        await self.load(maildrop, entries if ALL in filter_.needs else undecided)
        if ALL in filter_.needs:
            flag_duplicates(entries, self._keep)
        return filter_.select(entries)

    async def load(self, maildrop: Maildrop, entries: Sequence[Entry]) -> None:
        """Have the headers of ``entries``, and appraise these. Raises Fault."""
        if not entries:
            return
        maildrop.want_headers(self.policy.headers)
        maildrop.changed = Progress(len(entries))
        await maildrop.loaded(entries)
        self.policy.apply(entries)
        if self.policy.trouble:
            raise UsageFault(self.policy.trouble)
