"""Headers kept from one start to the next: read before anything is asked, written behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from poptui.mail.header import Header
from poptui.maildrop.entry import Entry
from poptui.maildrop.listing import Listing
from poptui.maildrop.packing import pack, unpack
from poptui.triage.verdict import Verdict

BATCH = 256
"""Headers written at a time."""


class Cache(Protocol):
    """What keeps packed headers by UID; its calls may block, so they run in a thread."""

    trouble: str
    known: bool
    """Whether an earlier start has used it for this account; told by ``load``."""

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
        self._recalled = False

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
                entry.header, entry.verdict = headers[entry.uid]
                listing.loaded += 1
        if self._cache and self._cache.known and not self._recalled:
            _mark_new(listing.entries)
        self._recalled = True

    def _load(self, wanted: dict[str, int]) -> dict[str, tuple[Header, Verdict]]:
        if self._cache is None and self._open is not None:
            self._cache = self._open()
        packed = self._cache.load(wanted) if self._cache else {}
        found = ((uid, unpack(octets)) for uid, octets in packed.items())
        return {uid: both for uid, both in found if both is not None}

    def keep(self, entries: Iterable[Entry]) -> None:
        """Write these headers behind, some at a time."""
        if self._cache is None:
            return
        self._waiting += [
            (entry.uid, entry.size, pack(entry.header, entry.verdict))
            for entry in entries
            if entry.uid and entry.header and entry.verdict is not None and _cacheable(entry)
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


def _mark_new(entries: Iterable[Entry]) -> None:
    """New is what stands above the newest message that was kept.

    Older ones that are not kept were listed before too: their headers did not come in time.
    """
    for entry in entries:
        if entry.header is not None:
            return
        entry.new = _cacheable(entry)
