"""What is wanted of the headers, over all sessions of a mailbox, and how they come to be that."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from poptui.mail.headers.header import Header, shared
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.codec import unpack
from poptui.mailbox.listing import MailboxListing
from poptui.triage.spam.verdict import Context, Verdict

if TYPE_CHECKING:
    from poptui.mail.headers.decode import SplitHeader

logger = logging.getLogger(__name__)


@cache
def _readers() -> tuple[Callable[..., SplitHeader], Callable[..., Header], Callable[..., Verdict]]:
    """What reads a header, imported when the first one is here: the wire does not wait for it."""
    from poptui.mail.headers.decode import decode_fields, split_header
    from poptui.triage.spam.judge import judge

    return split_header, decode_fields, judge


@dataclass
class HeaderDecoder:
    """Set by the user's side, read by each session's loader."""

    context: Context = field(default_factory=Context)
    """Who receives the mail: what verdicts are made in."""
    names: frozenset[str] = frozenset()
    """Lower-case names of headers to keep in ``Header.extra``."""
    paused: bool = False
    """Nothing is loaded beyond what is on screen."""

    given_up: set[MessageEntry] = field(default_factory=set)
    """Whose header is never asked for again: it did not end."""
    suspects: set[MessageEntry] = field(default_factory=set)
    """Amid whose header a connection fell silent, once."""

    def met(self, entry: MessageEntry) -> bool:
        """Whether all that is wanted of the entry's header is here."""
        header = entry.header
        return header is not None and (not self.names or self.names <= header.extra.keys())

    def count(self, listing: MailboxListing) -> None:
        """Count ``listing.loaded`` anew."""
        listing.loaded = sum(map(self.met, listing.entries))

    def fill(self, listing: MailboxListing, entry: MessageEntry, block: bytes) -> None:
        """Give ``entry``, a message of ``listing``, the header in ``block``, judged and counted.

        Never raises: what our own reading fails at is a message with an empty header.
        """
        split, decode, judge = _readers()
        try:
            fields = split(block)
            header = decode(fields, self.names)
            verdict = shared(judge(fields, header, self.context))
        except Exception:
            logger.exception("a header could not be read")
            header, verdict = Header(extra=dict.fromkeys(self.names, "")), Verdict()
        if entry.header is not None and entry.header.fingerprint() != header.fingerprint():
            entry.opened, entry.tagged, entry.new = False, False, True
        entry.fresh, entry.unproven = True, False
        self._give(listing, entry, header, verdict)

    def recall(self, listing: MailboxListing, entry: MessageEntry, packed: bytes) -> None:
        """Give ``entry`` what the cache kept for it, unless that is damaged."""
        if (kept := unpack(packed)) is not None:
            self._give(listing, entry, *kept)

    def _give(
        self, listing: MailboxListing, entry: MessageEntry, header: Header, verdict: Verdict
    ) -> None:
        before = self.met(entry)
        entry.header, entry.verdict = header, verdict
        listing.loaded += self.met(entry) - before
