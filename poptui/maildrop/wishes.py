"""What is wanted of the headers, over all sessions of a maildrop."""

from __future__ import annotations

from dataclasses import dataclass, field

from poptui.mail.decode import decode_header
from poptui.maildrop.entry import Entry
from poptui.maildrop.listing import Listing
from poptui.triage.judging import judge
from poptui.triage.verdict import Context


@dataclass
class Wishes:
    """Set by the user's side, read by each session's loader."""

    context: Context = field(default_factory=Context)
    """Who receives the mail: what verdicts are made in."""
    names: frozenset[str] = frozenset()
    """Lower-case names of headers to keep in ``Header.extra``."""
    paused: bool = False
    """Nothing is loaded beyond what is on screen."""

    def count(self, listing: Listing) -> None:
        """Count ``listing.loaded`` anew."""
        listing.loaded = sum(map(self.met, listing.entries))

    def fill(self, listing: Listing, entry: Entry, block: bytes) -> None:
        """Give ``entry``, a message of ``listing``, the header in ``block``, judged and counted."""
        before = self.met(entry)
        entry.header = decode_header(block, self.names)
        entry.verdict = judge(block, entry.header, self.context)
        entry.fresh = True
        listing.loaded += self.met(entry) - before

    def met(self, entry: Entry) -> bool:
        """Whether all that is wanted of the entry's header is here."""
        header = entry.header
        return header is not None and (not self.names or self.names <= header.extra.keys())
