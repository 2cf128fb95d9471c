"""Choose the messages a batch command acts on."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.cli.progress import Progress
from poptui.cli.streams import say
from poptui.errors import UsageError
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.mailbox import Mailbox
from poptui.mailbox.scoring.scorer import Scorer
from poptui.triage.filters.context import ALL
from poptui.triage.filters.filter import Filter, FilterError, parse


class MessageSelector:
    """Load headers, let the mailbox's scorer score them, and choose by a filter."""

    def __init__(self, scorer: Scorer) -> None:
        """``scorer`` must be the one that the mailbox was made with."""
        self.scorer = scorer
        self.policy = scorer.policy

    def filter(self, text: str | None) -> Filter | None:
        """The filter of the command line; None where there is none.

        Raises FilterError, having pointed at its place on standard error.
        """
        if text is None:
            return None
        try:
            return parse(text, scope=self.policy.scope)
        except FilterError as fault:
            say(fault.caret)
            raise

    async def chosen(self, mailbox: Mailbox, filter_: Filter | None) -> Sequence[MessageEntry]:
        """Return the messages that match ``filter_``, loading what it needs. Raises PoptuiError."""
        entries = mailbox.listing.entries
        if filter_ is None:
            return entries
        mailbox.want_headers(filter_.headers | self.policy.headers)
        undecided = [
            entry for entry in entries if not filter_.matches(entry) and not filter_.rejects(entry)
        ]
        await self.load(mailbox, entries if ALL in filter_.needs else undecided)
        if ALL in filter_.needs:
            await self.scorer.flag_duplicates(entries)
        return filter_.select(entries)

    async def load(self, mailbox: Mailbox, entries: Sequence[MessageEntry]) -> None:
        """Have the headers of ``entries``, and with them their scores. Raises PoptuiError."""
        if not entries:
            return
        mailbox.want_headers(self.policy.headers)
        mailbox.changed = Progress(len(entries))
        await mailbox.loaded(entries)
        self.scorer.take(entry for entry in entries if entry.header is None)
        if self.policy.trouble:
            raise UsageError(self.policy.trouble)
