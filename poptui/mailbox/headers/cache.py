"""The headers cached between runs: read before the server is asked, written in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Set
from itertools import takewhile
from typing import Protocol

from poptui.mailbox.decoding.codec import pack
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing

ROWS_PER_WRITE = 256
"""Write this many headers at a time."""


class Cache(Protocol):
    """Stores packed headers by UID. Its calls may block, so they run in a thread."""

    problem: str
    known: bool
    """Whether an earlier run used it for this account; set by ``load``."""
    resized: Set[str]
    """UIDs that are cached with another size than asked for; set by ``load``."""

    def load(self, wanted: dict[str, int], /) -> dict[str, bytes]:
        """Return the cached headers of the UIDs with these sizes."""

    def store(self, rows: list[tuple[str, int, bytes]], /) -> None:
        """Store these rows."""

    def prune(self, uids: set[str], /) -> None:
        """Drop all others."""


class CachedHeaders:
    """Reads and writes the header cache of a mailbox; does nothing if there is no cache."""

    def __init__(self, open_cache: Callable[[], Cache] | None) -> None:
        """``open_cache`` is called once, in a thread, when it is first needed."""
        self._open = open_cache
        self._cache: Cache | None = None
        self._waiting: list[tuple[str, int, bytes]] = []
        self._writing: asyncio.Task[None] | None = None
        self._loaded = False

    @property
    def problem(self) -> str:
        """A sentence about a problem with the cache; empty if there is none."""
        return self._cache.problem if self._cache else ""

    async def load(self, listing: MailboxListing) -> dict[MessageEntry, bytes]:
        """Return the packed headers that are cached for messages of ``listing`` without one."""
        if self._open is None:
            return {}
        packed = await asyncio.to_thread(self._load, listing)
        if self._cache and self._cache.known and not self._loaded:
            _mark_new(listing.entries, {str(entry.uid) for entry in packed} | self._cache.resized)
        self._loaded = True
        return packed

    def _load(self, listing: MailboxListing) -> dict[MessageEntry, bytes]:
        if self._cache is None and self._open is not None:
            self._cache = self._open()
        missing = [e for e in listing.entries if e.header is None and _cacheable(e)]
        found = self._cache.load({str(e.uid): e.size for e in missing}) if self._cache else {}
        return {entry: found[entry.uid] for entry in missing if entry.uid in found}

    def store(self, entries: Iterable[MessageEntry]) -> None:
        """Write these headers in the background, ``ROWS_PER_WRITE`` at a time."""
        if self._cache is None:
            return
        self._waiting += [
            (entry.uid, entry.size, pack(entry.header, entry.verdict))
            for entry in entries
            if entry.uid and entry.header and entry.verdict is not None and _cacheable(entry)
        ]
        if len(self._waiting) >= ROWS_PER_WRITE and (self._writing is None or self._writing.done()):
            self._writing = asyncio.create_task(self._write(), name="write the header cache")

    async def flush(self, listing: MailboxListing) -> None:
        """Write everything, and drop the headers of messages that are gone."""
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


def _cacheable(entry: MessageEntry) -> bool:
    return entry.uid is not None and not entry.ambiguous and entry.size > 0


def _mark_new(entries: Iterable[MessageEntry], kept: Set[str]) -> None:
    """Mark as new every message above the newest cached one.

    An older message without a cached header is not new: the last run ended before it was loaded.
    """
    for entry in takewhile(lambda entry: entry.uid not in kept, entries):
        entry.new = _cacheable(entry)
