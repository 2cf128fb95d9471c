"""The headers of a mailbox over all its sessions: kept, fetched, decoded, judged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from importlib import import_module

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.cache import Cache, CachedHeaders
from poptui.mailbox.headers.decode_queue import DecodeQueue
from poptui.mailbox.headers.decoder import HeaderDecoder
from poptui.mailbox.headers.loader import HeaderLoader
from poptui.mailbox.listing import MailboxListing
from poptui.net.client import Client
from poptui.triage.spam.verdict import Context


class HeaderService:
    """What the mailbox does for the headers of its listing."""

    def __init__(
        self,
        open_cache: Callable[[], Cache] | None,
        context: Context,
        told: Callable[[tuple[MessageEntry, ...]], None],
        lacks: Callable[[str], None],
        *,
        background: bool,
    ) -> None:
        """``told`` hears of entries that have their headers now, or won't have them.

        ``lacks`` is told, once, what the server cannot do. Without ``background`` only what is
        asked for is loaded.
        """
        self.wishes = HeaderDecoder(context)
        self._kept = CachedHeaders(open_cache)
        self._told, self._lacks, self._background = told, lacks, background
        self._backlog = DecodeQueue(self.wishes, self.arrived, unasked=background)
        self._listing = MailboxListing()
        self._loader: HeaderLoader | None = None

    @property
    def trouble(self) -> str:
        """A sentence on what is wrong with the cache, empty if nothing is."""
        return self._kept.trouble

    async def recall(self, listing: MailboxListing) -> int:
        """Have at hand what the cache keeps for ``listing``, that of a new session.

        Returns how many headers are to come over the wire.
        """
        self.wishes.count(listing)
        packed = await self._kept.recall(listing)
        lacking = len(listing.entries) - listing.loaded - len(packed)
        if lacking:
            await asyncio.to_thread(import_module, "poptui.triage.spam.judge")
        self._backlog.move(listing, packed)
        self._listing = listing
        return lacking

    def begin(self, client: Client, listing: MailboxListing) -> HeaderLoader:
        """Load the headers of ``listing`` over a session that has been surveyed."""
        self._loader = HeaderLoader(
            client,
            listing,
            lambda: client.deleted,
            self._backlog,
            self._told,
            self._lacks,
            self.wishes,
            background=self._background,
        )
        return self._loader

    def aim(self, visible: Iterable[MessageEntry], then: Iterable[MessageEntry] | None) -> None:
        """``visible`` are on screen, and come before the others, whose order is ``then``."""
        entries = tuple(visible)
        self._backlog.aim(entries)
        if self._loader is not None:
            self._loader.aim(entries, then)

    def pending(self, entries: Iterable[MessageEntry]) -> bool:
        """Whether the header of any of ``entries`` may still come."""
        loader = self._loader
        return loader is not None and any(map(loader.pending, entries))

    @property
    def loading(self) -> bool:
        """Whether headers are on their way, or will be asked for unprompted."""
        return self._loader is not None and self._loader.loading

    @property
    def missing(self) -> int:
        """How many headers may still come in this session."""
        return 0 if self._loader is None else self._loader.missing

    def pause(self) -> None:
        """Ask for no more than the rows on screen."""
        self.wishes.paused = True

    def resume(self) -> None:
        """Go on."""
        self.wishes.paused = False
        if self._loader is not None:
            self._loader.go_on()

    def want(self, names: Iterable[str]) -> None:
        """Keep these headers too; what is here without them comes again."""
        self.wishes.names |= {name.lower() for name in names}
        if self._loader is not None:
            self._loader.start_over()

    def opened(self, entry: MessageEntry, block: bytes) -> None:
        """The header of a message that was fetched whole, where TOP did not give it."""
        no_top = self._loader is not None and not self._loader.top_works
        if entry.header is None or (no_top and not entry.fresh):
            self.wishes.fill(self._listing, entry, block)
            entry.trouble = ""
            self.arrived((entry,))

    def arrived(self, entries: tuple[MessageEntry, ...]) -> None:
        """Headers of ``entries`` are here now: keep them, tell of them, ask for more."""
        self._kept.keep(entries)
        if self._loader is not None:
            self._loader.missed(entry for entry in entries if not self.wishes.met(entry))
            self._loader.go_on()
        self._told(entries)

    async def flush(self) -> None:
        """Have the cache written, and what the server no longer has dropped from it."""
        await self._kept.flush(self._listing)
