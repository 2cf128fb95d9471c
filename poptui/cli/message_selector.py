"""Which messages a batch command means: by a filter, with what the user has settled."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from poptui.cli.progress import Progress
from poptui.errors import UsageError
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.mailbox import Mailbox
from poptui.storage.config import Config
from poptui.triage.duplicates import Keep, flag_duplicates
from poptui.triage.filters.context import ALL
from poptui.triage.filters.filter import Filter, FilterError, parse
from poptui.triage.policy.from_config import policy_of


class MessageSelector:
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
        except FilterError as fault:
            print(fault.caret, file=sys.stderr)
            raise

    async def chosen(self, mailbox: Mailbox, filter_: Filter | None) -> Sequence[MessageEntry]:
        """The messages that ``filter_`` matches, loaded as far as that takes. Raises Fault."""
        entries = mailbox.listing.entries
        if filter_ is None:
            return entries
        mailbox.want_headers(filter_.headers | self.policy.headers)
        undecided = [
            entry for entry in entries if not filter_.matches(entry) and not filter_.rejects(entry)
        ]
        await self.load(mailbox, entries if ALL in filter_.needs else undecided)
        if ALL in filter_.needs:
            flag_duplicates(entries, self._keep)
        return filter_.select(entries)

    async def load(self, mailbox: Mailbox, entries: Sequence[MessageEntry]) -> None:
        """Have the headers of ``entries``, and appraise these. Raises Fault."""
        if not entries:
            return
        mailbox.want_headers(self.policy.headers)
        mailbox.changed = Progress(len(entries))
        await mailbox.loaded(entries)
        self.policy.apply(entries)
        if self.policy.trouble:
            raise UsageError(self.policy.trouble)
