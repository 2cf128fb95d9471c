"""Load, decode, judge and cache the headers of a mailbox, over all its sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from importlib import import_module

from poptui.errors import EndlessReplyError, PipeliningError, PoptuiError, ReplyTimeoutError
from poptui.mailbox.decoding.decode_queue import DecodeQueue
from poptui.mailbox.decoding.decoder import HeaderDecoder
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.cache import Cache, CachedHeaders
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.session.header_loader import HeaderLoader
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.state import MailboxState
from poptui.net.client import Client
from poptui.triage.spam.verdict import Context

MAX_RETRIES = 4
"""Maximum number of sessions for headers that ended the session before."""

UNLOCK_WAIT_S = 0.3
"""A server that is still sending needs this long to notice that the session ended and to unlock the
mailbox."""


class HeaderService:
    """The headers of a mailbox, over all its sessions."""

    def __init__(
        self,
        state: MailboxState,
        sessions: SessionManager,
        context: Context,
        open_cache: Callable[[], Cache] | None,
        *,
        background: bool,
    ) -> None:
        """Without ``background`` only the headers that ``load`` asks for are loaded."""
        self._state, self._sessions = state, sessions
        self.decoder = HeaderDecoder(state, context)
        self.cached = CachedHeaders(open_cache)
        self._background = background
        self._queue = DecodeQueue(self.decoder, self.decoded, background=background)
        self._loader: HeaderLoader | None = None
        """The loader of the present session, or of the last one."""
        self._from_cache: dict[MessageEntry, bytes] = {}
        self.on_loaded: Callable[[tuple[MessageEntry, ...]], None] = lambda entries: None
        """Called with messages whose headers have arrived, or can't be loaded."""

    # --- sessions

    def drop_undecoded(self) -> None:
        """Drop the headers of the last session that are not decoded yet."""
        self._queue.clear()

    async def load_cached(self, listing: MailboxListing) -> int:
        """Read the cache for the ``listing`` of a new session.

        Returns how many headers have to be loaded from the server.
        """
        self.decoder.count(listing)
        self._from_cache = await self.cached.load(listing)
        missing_count = len(listing.entries) - listing.loaded - len(self._from_cache)
        if missing_count:
            # Importing it takes longer than the first headers need to arrive.
            await asyncio.to_thread(import_module, "poptui.triage.spam.judge")
        return missing_count

    def start_decoding(self) -> None:
        """Decode what ``load_cached`` found, now that its listing is the present one."""
        blocks, self._from_cache = self._from_cache, {}
        self._queue.start(blocks)

    def start_loader(self, client: Client) -> HeaderLoader:
        """Load the headers of the present listing over a new session."""
        self._loader = HeaderLoader(
            client, self._state, self._queue, self.decoder, background=self._background
        )
        self._loader.on_refused = self.on_loaded
        return self._loader

    # --- loading

    def prioritize(
        self, visible: Iterable[MessageEntry], rest: Iterable[MessageEntry] | None = None
    ) -> None:
        """Load the headers of ``visible`` rows first, then the others in the order ``rest``.

        Without ``rest`` the others keep their last order, at first the newest first.
        """
        rows = tuple(visible)
        self._queue.prioritize(rows)
        if self._loader is None:
            return
        self._loader.prioritize(rows, rest)
        if any(map(self._loader.pending, rows)):
            self._sessions.connect_if_released()

    async def load(self, entries: Iterable[MessageEntry]) -> None:
        """Load the headers of ``entries``, as far as the server sends them.

        A server that loses pipelined commands is asked again, one command at a time. After a
        header that doesn't end, or a time-out within one, the others are loaded over another
        session. Raises PoptuiError.
        """
        wanted = tuple(entries)
        workers = await self._sessions.online()
        await workers.loader.load(wanted)
        for _ in range(MAX_RETRIES):
            if not _may_load_others(workers.client.error):
                break
            if isinstance(workers.client.error, ReplyTimeoutError):
                await asyncio.sleep(UNLOCK_WAIT_S)
            workers = await self._sessions.online()
            await workers.loader.load(wanted)
        if workers.client.error is not None:
            raise workers.client.error

    @property
    def loading(self) -> bool:
        """Whether headers are being loaded, or will be without being asked for."""
        return self._loader is not None and self._loader.loading

    @property
    def missing(self) -> int:
        """The number of headers that can still arrive in this session."""
        return 0 if self._loader is None else self._loader.missing

    @property
    def paused(self) -> bool:
        """Whether the user paused loading."""
        return self.decoder.paused

    def pause(self) -> None:
        """Load only the headers of visible rows, in later sessions too."""
        self.decoder.paused = True

    def resume(self) -> None:
        """Load all headers again."""
        self.decoder.paused = False
        if self._loader is not None:
            self._loader.resume()

    def want(self, names: Iterable[str]) -> None:
        """Keep the fields ``names`` too, in ``Header.extra``; reload headers without them."""
        self.decoder.names |= {name.lower() for name in names}
        if self._loader is not None:
            self._loader.start_over()

    # --- what arrived

    def downloaded(self, entry: MessageEntry, block: bytes) -> None:
        """Take the header of a downloaded message if TOP didn't deliver it."""
        no_top = self._loader is not None and not self._loader.top_works
        if entry.header is None or (no_top and not entry.fresh):
            self.decoder.fill(entry, block)
            entry.problem = ""
            self.decoded((entry,))

    def decoded(self, entries: tuple[MessageEntry, ...]) -> None:
        """Cache and report the new headers of ``entries``, then ask for more."""
        self.cached.store(entries)
        if self._loader is not None:
            self._loader.load_again(
                entry for entry in entries if not self.decoder.is_complete(entry)
            )
            self._loader.resume()
        self.on_loaded(entries)

    async def flush(self) -> None:
        """Write the cache, and drop from it the headers of messages that are gone."""
        await self.cached.flush(self._state.listing)


def _may_load_others(error: PoptuiError | None) -> bool:
    """Whether another session can load the headers that this one, ended by ``error``, did not."""
    within_header = isinstance(error, ReplyTimeoutError) and error.number != 0
    return within_header or isinstance(error, (PipeliningError, EndlessReplyError))
