"""What is wanted of the headers, over all sessions of a maildrop, and how they come to be that."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from poptui.mail.header import Header, shared
from poptui.maildrop.entry import Entry
from poptui.maildrop.listing import Listing
from poptui.maildrop.packing import unpack
from poptui.triage.verdict import Context, Verdict

if TYPE_CHECKING:
    from poptui.mail.split import SplitHeader

_log = logging.getLogger(__name__)


@cache
def _readers() -> tuple[Callable[..., SplitHeader], Callable[..., Header], Callable[..., Verdict]]:
    """What reads a header, imported when the first one is here: the wire does not wait for it."""
    from poptui.mail.decode import decode_fields
    from poptui.mail.split import split_header
    from poptui.triage.judging import judge

    return split_header, decode_fields, judge


@dataclass
class Wishes:
    """Set by the user's side, read by each session's loader."""

    context: Context = field(default_factory=Context)
    """Who receives the mail: what verdicts are made in."""
    names: frozenset[str] = frozenset()
    """Lower-case names of headers to keep in ``Header.extra``."""
    paused: bool = False
    """Nothing is loaded beyond what is on screen."""

    given_up: set[Entry] = field(default_factory=set)
    """Whose header is never asked for again: it did not end."""
    suspects: set[Entry] = field(default_factory=set)
    """Amid whose header a connection fell silent, once."""

    def met(self, entry: Entry) -> bool:
        """Whether all that is wanted of the entry's header is here."""
        header = entry.header
        return header is not None and (not self.names or self.names <= header.extra.keys())

    def count(self, listing: Listing) -> None:
        """Count ``listing.loaded`` anew."""
        listing.loaded = sum(map(self.met, listing.entries))

    def fill(self, listing: Listing, entry: Entry, block: bytes) -> None:
        """Give ``entry``, a message of ``listing``, the header in ``block``, judged and counted.

        Never raises: what our own reading fails at is a message with an empty header.
        """
        split, decode, judge = _readers()
        try:
            fields = split(block)
            header = decode(fields, self.names)
            verdict = shared(judge(fields, header, self.context))
        except Exception:
            _log.exception("a header could not be read")
            header, verdict = Header(extra=dict.fromkeys(self.names, "")), Verdict()
        entry.fresh = True
        self._give(listing, entry, header, verdict)

    def recall(self, listing: Listing, entry: Entry, packed: bytes) -> None:
        """Give ``entry`` what the cache kept for it, unless that is damaged."""
        if (kept := unpack(packed)) is not None:
            self._give(listing, entry, *kept)

    def _give(self, listing: Listing, entry: Entry, header: Header, verdict: Verdict) -> None:
        before = self.met(entry)
        entry.header, entry.verdict = header, verdict
        listing.loaded += self.met(entry) - before
