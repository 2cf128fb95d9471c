"""Headers kept from one start to the next: read before anything is asked, written behind.

Packing is by JSON, one array a header; a change of its shape counts ``PACKING`` up, which begins
the cache anew.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from poptui.mail.header import Address, Header
from poptui.maildrop.entry import Entry
from poptui.maildrop.listing import Listing

PACKING = 1
"""The version of the packed form."""

BATCH = 256
"""Headers written at a time."""


class Cache(Protocol):
    """What keeps packed headers by UID; its calls may block, so they run in a thread."""

    trouble: str

    def load(self, wanted: dict[str, int], /) -> dict[str, bytes]:
        """Of the UIDs with these sizes, the headers that are kept."""

    def store(self, rows: list[tuple[str, int, bytes]], /) -> None:
        """Keep these."""

    def prune(self, uids: set[str], /) -> None:
        """Drop all others."""


class KeptHeaders:
    """The cache's part in a maildrop; does nothing where there is no cache."""

    def __init__(self, open_cache: Callable[[], Cache] | None) -> None:
        """``open_cache`` is called once, in a thread, when it is first needed."""
        self._open = open_cache
        self._cache: Cache | None = None
        self._waiting: list[tuple[str, int, bytes]] = []
        self._writing: asyncio.Task[None] | None = None

    @property
    def trouble(self) -> str:
        """A sentence on what is wrong with the cache, empty if nothing is."""
        return self._cache.trouble if self._cache else ""

    async def recall(self, listing: Listing) -> None:
        """Give the messages of ``listing`` the headers that are kept for them."""
        wanted = {e.uid: e.size for e in listing.entries if _cacheable(e) and e.uid}
        if self._open is None:
            return
        headers = await asyncio.to_thread(self._load, wanted)
        for entry in listing.entries:
            if entry.header is None and _cacheable(entry) and entry.uid in headers:
                entry.header = headers[entry.uid]
                listing.loaded += 1

    def _load(self, wanted: dict[str, int]) -> dict[str, Header]:
        if self._cache is None and self._open is not None:
            self._cache = self._open()
        packed = self._cache.load(wanted) if self._cache else {}
        found = ((uid, unpack(octets)) for uid, octets in packed.items())
        return {uid: header for uid, header in found if header is not None}

    def keep(self, entries: Iterable[Entry]) -> None:
        """Write these headers behind, some at a time."""
        if self._cache is None:
            return
        self._waiting += [
            (entry.uid, entry.size, pack(entry.header))
            for entry in entries
            if entry.uid and entry.header and _cacheable(entry)
        ]
        if len(self._waiting) >= BATCH and (self._writing is None or self._writing.done()):
            self._writing = asyncio.create_task(self._write(), name="write the header cache")

    async def flush(self, listing: Listing) -> None:
        """Have everything written, and dropped what the server no longer has."""
        if self._writing is not None:
            await self._writing
        await self._write()
        if self._cache is not None:
            uids = {entry.uid for entry in listing.entries if entry.uid}
            await asyncio.to_thread(self._cache.prune, uids)

    async def _write(self) -> None:
        rows, self._waiting = self._waiting, []
        if self._cache is not None and rows:
            await asyncio.to_thread(self._cache.store, rows)


def _cacheable(entry: Entry) -> bool:
    return entry.uid is not None and not entry.ambiguous and entry.size > 0


def pack(header: Header) -> bytes:
    """A header as octets."""
    return json.dumps(
        [
            header.from_.name,
            header.from_.address,
            header.to,
            header.subject,
            header.date.isoformat() if header.date else "",
            header.list_id,
            header.message_id,
            header.attachments,
        ],
        separators=(",", ":"),
    ).encode()


def unpack(packed: bytes) -> Header | None:
    """The header that was packed; None for octets that are none."""
    try:
        name, address, to, subject, date, list_id, message_id, attachments = json.loads(packed)
        when = datetime.fromisoformat(date) if date else None
    except (ValueError, TypeError):
        return None
    return Header(Address(name, address), to, subject, when, list_id, message_id, attachments)
