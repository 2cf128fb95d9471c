"""Decode a block into a header; choose the header fields to keep and the messages to skip."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from poptui.mail.headers.header import Header, shared
from poptui.mailbox.decoding.codec import unpack
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.state import MailboxState
from poptui.triage.spam.verdict import Context, Verdict

if TYPE_CHECKING:
    from poptui.mail.headers.decode import SplitHeader

logger = logging.getLogger(__name__)


@cache
def _readers() -> tuple[Callable[..., SplitHeader], Callable[..., Header], Callable[..., Verdict]]:
    """Import these with the first header, so that connecting doesn't wait for them."""
    from poptui.mail.headers.decode import decode_fields, split_header
    from poptui.triage.spam.judge import judge

    return split_header, decode_fields, judge


class HeaderDecoder:
    """Decodes and judges headers, and knows which fields to keep and which messages to skip."""

    def __init__(self, state: MailboxState, context: Context | None = None) -> None:
        """``context`` says who receives the mail, for the verdicts."""
        self._state = state
        self._context = context or Context()
        self.names: frozenset[str] = frozenset()
        """Lower-case names of header fields to keep in ``Header.extra``."""
        self.paused = False
        """Load only the headers of visible rows."""
        self.given_up: set[MessageEntry] = set()
        """Messages whose header never ended: it isn't asked for again."""
        self.suspects: set[MessageEntry] = set()
        """Messages whose header timed out once."""

    def is_complete(self, entry: MessageEntry) -> bool:
        """Whether the header of ``entry`` is loaded, with all fields in ``names``."""
        header = entry.header
        return header is not None and (not self.names or self.names <= header.extra.keys())

    def count(self, listing: MailboxListing) -> None:
        """Set ``listing.loaded``."""
        listing.loaded = sum(map(self.is_complete, listing.entries))

    def fill(self, entry: MessageEntry, block: bytes) -> None:
        """Decode ``block``, which this session sent, and set the header and verdict of ``entry``.

        Never raises: a block that poptui fails to decode gives an empty header.
        """
        split, decode, judge = _readers()
        try:
            fields = split(block)
            header = decode(fields, self.names)
            verdict = shared(judge(fields, header, self._context))
        except Exception:
            logger.exception("a header could not be read")
            header, verdict = Header(extra=dict.fromkeys(self.names, "")), Verdict()
        if entry.header is not None and entry.header.fingerprint() != header.fingerprint():
            entry.opened, entry.tagged, entry.new = False, False, True
        entry.fresh, entry.unproven = True, False
        self._set(entry, header, verdict)

    def restore(self, entry: MessageEntry, packed: bytes) -> None:
        """Set the header and verdict of ``entry`` from the cache, unless ``packed`` is damaged."""
        if (cached := unpack(packed)) is not None:
            self._set(entry, *cached)

    def _set(self, entry: MessageEntry, header: Header, verdict: Verdict) -> None:
        before = self.is_complete(entry)
        entry.header, entry.verdict = header, verdict
        self._state.listing.loaded += self.is_complete(entry) - before
