"""Verify that a message is the one that was marked, although numbers and UIDs may change.

The UID alone doesn't prove it: some servers give one UID to several messages, or to another message
later. So a mark has the header's fingerprint too, and if the header hasn't arrived in this session,
TOP loads it again before DELE is sent. The size is only a hint, because some servers change it from
session to session (they add status headers). It counts only if the header can't be loaded, and not
if UIDs are plain numbers, which move to other messages.
"""

from __future__ import annotations

import asyncio

from poptui.mailbox.decoding.decoder import HeaderDecoder
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.session.header_loader import BODY_BYTES, HeaderLoader
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.pop3.commands import Top
from poptui.pop3.events import Reply
from poptui.storage.mark_record import MarkRecord

FIRST_BATCH, BATCH = 8, 256
"""Number of TOPs at a time: few until TOP is known to return only headers, then as many as the user
can wait for after a change of mind."""


def may_be(mark: MarkRecord, entry: MessageEntry) -> bool:
    """Whether ``entry``, which has the mark's UID, may be the marked message.

    A fingerprint decides once the header has come; a mark without one has only its size.
    """
    return bool(mark.fingerprint) or 0 < entry.size == mark.size


class MarkVerifier:
    """Verifies that the messages of one session are those that were marked."""

    def __init__(
        self, client: Client, loader: HeaderLoader, listing: MailboxListing, decoder: HeaderDecoder
    ) -> None:
        self._client, self._loader = client, loader
        self._listing, self._decoder = listing, decoder
        self._verified: set[MessageEntry] = set()
        self._asked: set[MessageEntry] = set()
        self._sent_bodies = 0

    @property
    def top_is_useful(self) -> bool:
        """Whether TOP can verify marks; if not, UID and size decide."""
        loader = self._loader
        return loader.top_works and not loader.sends_whole and self._sent_bodies <= 1

    def is_verified(self, entry: MessageEntry, mark: MarkRecord | None) -> bool:
        """Whether ``entry`` is verified to be the message of ``mark``."""
        if mark is None or not mark.fingerprint or entry in self._verified:
            return True
        if entry.fresh and entry.header is not None:
            same = entry.header.fingerprint() == mark.fingerprint
        else:
            by_size = self._top_unavailable(entry) and not self._listing.uids_are_numbers
            same = by_size and 0 < entry.size == mark.size
        if same:
            self._verified.add(entry)
        return same

    def needs_top(self, entry: MessageEntry, mark: MarkRecord | None) -> bool:
        """Whether the header must be loaded again to verify the mark."""
        return not (self.is_verified(entry, mark) or entry.fresh or self._top_unavailable(entry))

    def is_unverifiable(self, entry: MessageEntry, mark: MarkRecord | None) -> bool:
        """Whether the mark can't be verified in this session."""
        return not (self.is_verified(entry, mark) or entry.fresh) and self._top_unavailable(entry)

    def batch_size(self) -> int:
        """The number of headers to ask for now."""
        return BATCH if len(self._asked) >= FIRST_BATCH else FIRST_BATCH

    async def load_again(self, entries: list[MessageEntry]) -> tuple[MessageEntry, ...]:
        """Load the headers of ``entries`` again; return those that arrived. Raises PoptuiError."""
        tops = (self._client.execute(Top(entry.number), Priority.MARKS) for entry in entries)
        replies = await asyncio.gather(*tops)
        self._asked.update(entries)
        pairs = list(zip(entries, replies, strict=True))
        for entry, reply in pairs:
            self._take(entry, reply)
        return tuple(entry for entry, reply in pairs if reply.ok)

    def _take(self, entry: MessageEntry, reply: Reply) -> None:
        if reply.ok:
            self._decoder.fill(entry, reply.body)
            self._sent_bodies += len(reply.body.partition(b"\r\n\r\n")[2]) >= BODY_BYTES

    def _top_unavailable(self, entry: MessageEntry) -> bool:
        """Whether TOP was refused or is useless: then UID and size decide."""
        return entry in self._asked or not self.top_is_useful
