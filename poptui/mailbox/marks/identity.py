"""Which message a mark means, whatever numbers and UIDs the next session gives.

A UID alone does not say: servers give one to several messages, or to another message later. So a
mark keeps the header's fingerprint beside it, and a message whose header has not come over the
wire in this session is looked at again by TOP before its DELE goes. The size is only a hint, for
some servers change it from session to session (they add status headers): it counts only where no
header can be had, and not where UIDs are mere numbers, which move to other messages.
"""

from __future__ import annotations

import asyncio

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.decoder import HeaderDecoder
from poptui.mailbox.headers.loader import LEAK, HeaderLoader
from poptui.mailbox.listing import MailboxListing
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.pop3.commands import Top
from poptui.pop3.events import Reply
from poptui.storage.mark_record import MarkRecord

FIRST_FLIGHT, FLIGHT = 8, 256
"""TOPs at a time: few before it is known that they bring headers alone, then as many as may well
be waited for when the user changes his mind."""


def may_be(mark: MarkRecord, entry: MessageEntry) -> bool:
    """Whether ``entry``, which has the mark's UID, may be the marked message.

    A fingerprint decides once the header has come; a mark without one has only its size.
    """
    return bool(mark.fingerprint) or 0 < entry.size == mark.size


class Identity:
    """Which marked messages of one session are known to be those that were marked."""

    def __init__(
        self, client: Client, loader: HeaderLoader, listing: MailboxListing, decoder: HeaderDecoder
    ) -> None:
        self._client, self._loader = client, loader
        self._listing, self._decoder = listing, decoder
        self._given: set[MessageEntry] = set()
        self._asked: set[MessageEntry] = set()
        self._leaks = 0

    @property
    def headers_come(self) -> bool:
        """Whether TOP may prove anything; else what is known must do."""
        loader = self._loader
        return loader.top_works and not loader.whole and self._leaks <= 1

    def given(self, entry: MessageEntry, mark: MarkRecord | None) -> bool:
        """Whether ``entry`` is the message of ``mark``; None for a mark made in this session."""
        if mark is None or not mark.fingerprint or entry in self._given:
            return True
        if entry.fresh and entry.header is not None:
            same = entry.header.fingerprint() == mark.fingerprint
        else:
            by_size = self._in_vain(entry) and not self._listing.uids_are_numbers
            same = by_size and 0 < entry.size == mark.size
        if same:
            self._given.add(entry)
        return same

    def wanting(self, entry: MessageEntry, mark: MarkRecord | None) -> bool:
        """Whether a TOP may give the proof that is not there."""
        return not (self.given(entry, mark) or entry.fresh or self._in_vain(entry))

    def doubtful(self, entry: MessageEntry, mark: MarkRecord | None) -> bool:
        """Whether the server gives no proof at all."""
        return not (self.given(entry, mark) or entry.fresh) and self._in_vain(entry)

    def flight(self) -> int:
        """How many may be asked for now."""
        return FLIGHT if len(self._asked) >= FIRST_FLIGHT else FIRST_FLIGHT

    async def ask(self, entries: list[MessageEntry]) -> tuple[MessageEntry, ...]:
        """Get the headers of ``entries`` again; those that came. Raises PoptuiError."""
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
            self._leaks += len(reply.body.partition(b"\r\n\r\n")[2]) >= LEAK

    def _in_vain(self, entry: MessageEntry) -> bool:
        """Whether TOP was refused, or cannot be asked for: then UID and size decide."""
        return entry in self._asked or not self.headers_come
