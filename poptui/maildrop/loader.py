"""Fetches headers by TOP: what is on screen first, then the rest, the newest first.

Little is asked ahead, so that a jump to another place is served at once, and what arrives is
decoded in short slices, so that the interface never waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Set
from time import perf_counter

from poptui.faults import words
from poptui.maildrop.entry import Entry
from poptui.maildrop.listing import Listing
from poptui.maildrop.wishes import Wishes
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.pop3.commands import Top
from poptui.pop3.events import Reply

AHEAD = 64
"""Commands queued beyond the window: the wire is never idle for want of one."""

TRUST = 4 * 1024 * 1024
"""Octets of whole messages that are risked before a reply shows that TOP sends headers alone."""

SLICE = 0.005
"""Seconds of decoding before the event loop gets its turn."""

LEAK = 4096
"""Octets of body in a TOP 0 reply that show a server which sends whole messages."""

NO_TOP = "This server has no TOP: a header is shown once its message is opened."
WHOLE = "This server sends whole messages for TOP: headers are asked for rows on screen alone."


class HeaderLoader:
    """The loading of one session's headers."""

    def __init__(
        self,
        client: Client,
        listing: Listing,
        hidden: Callable[[], Set[int]],
        arrived: Callable[[tuple[Entry, ...]], None],
        lacks: Callable[[str], None],
        wishes: Wishes,
        *,
        background: bool = True,
    ) -> None:
        """``hidden`` are numbers that the server does not show now (deleted ones).

        ``lacks`` is told, once, what the server cannot do. Without ``background`` only what
        ``aim`` names is loaded.
        """
        self.top_works = True
        self.whole = False
        """The server sends whole messages for TOP."""
        self._client, self._listing = client, listing
        self._hidden, self._arrived, self._lacks = hidden, arrived, lacks
        self._wishes, self._background = wishes, background
        self._aimed: deque[Entry] = deque()
        self._rest: Iterator[Entry] = iter(listing.entries)
        self._asked: dict[int, Entry] = {}
        self._replies: deque[Reply] = deque()
        self._good = self._leaks = self._risk = 0
        self._refused: dict[Entry, None] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._task = asyncio.create_task(self._work(), name="load headers")

    def aim(self, visible: Iterable[Entry], then: Iterable[Entry] | None = None) -> None:
        """``visible`` are on screen: they come before all others.

        The others follow in the order ``then``, or in that of the last time.
        """
        self._aimed = deque(visible)
        if then is not None:
            self._rest = iter(then)
        self.go_on()

    def go_on(self) -> None:
        """See what there is to load: something else may be wanted now."""
        self._idle.clear()
        self._wake.set()

    def start_over(self) -> None:
        """What is here may no longer be all that is wanted of it."""
        self._wishes.count(self._listing)
        self._rest = iter(self._listing.entries)
        self.go_on()

    @property
    def loading(self) -> bool:
        """Whether headers are on their way, or will be asked for without being aimed at."""
        if self._asked or self._replies:
            return True
        return self._background and not self._wishes.paused and self.missing > 0

    @property
    def missing(self) -> int:
        """How many headers may still come."""
        if not self.top_works:
            return 0
        refused = sum(entry.header is None for entry in self._refused)
        return max(0, len(self._listing.entries) - self._listing.loaded - refused)

    async def finished(self) -> None:
        """Wait until nothing is left to load, or the connection ended."""
        idle = asyncio.ensure_future(self._idle.wait())
        await asyncio.wait((idle, self._task), return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()

    def pending(self, entry: Entry) -> bool:
        """Whether the entry's header may still come."""
        return self.top_works and entry not in self._refused and not self._wishes.met(entry)

    def stop(self) -> None:
        """Ask for nothing more."""
        self._task.cancel()

    async def _work(self) -> None:
        while self._client.alive:
            self._fill()
            if not self._asked and not self._replies:
                self._idle.set()
            await self._wake.wait()
            self._wake.clear()
            while self._replies:
                self._decode_slice()
                self._fill()
                await asyncio.sleep(0)

    def _fill(self) -> None:
        room = AHEAD + self._client.window
        while self.top_works and len(self._asked) < room and self._trusted() and self._ask_next():
            pass

    def _trusted(self) -> bool:
        return self._good - self._leaks >= 2 or self._risk < TRUST or not self._asked

    def _ask_next(self) -> bool:
        while self._aimed:
            if self._ask(self._aimed.popleft(), Priority.VISIBLE):
                return True
        if self._wishes.paused:
            return False
        while self._background and (entry := next(self._rest, None)):
            if self._ask(entry, Priority.REST):
                return True
        return False

    def _ask(self, entry: Entry, priority: Priority) -> bool:
        number = entry.number
        if not self.pending(entry) or number in self._asked or number in self._hidden():
            return False
        self._asked[number] = entry
        self._risk += entry.size
        self._client.submit(Top(number), priority).add_done_callback(self._came)
        return True

    def _came(self, future: asyncio.Future[Reply]) -> None:
        if not future.cancelled() and not future.exception():
            self._replies.append(future.result())
        self._wake.set()

    def _decode_slice(self) -> None:
        until = perf_counter() + SLICE
        entries = []
        while self._replies and perf_counter() < until:
            entries.append(self._take(self._replies.popleft()))
        self._arrived(tuple(entries))

    def _take(self, reply: Reply) -> Entry:
        assert isinstance(reply.command, Top)
        entry = self._asked.pop(reply.command.number)
        if reply.ok:
            self._good += 1
            self._wishes.fill(self._listing, entry, reply.body)
            self._watch_for_leaks(reply)
        elif self.top_works and entry.number not in self._hidden():
            entry.trouble = words(reply.text)
            self._refused[entry] = None
            self._watch_for_refusals()
        return entry

    def _watch_for_refusals(self) -> None:
        """Without TOP no refusal is about its message: the one notice stands for all of them."""
        if self._good == 0 and len(self._refused) >= min(2, len(self._listing.entries)):
            self.top_works = False
            for entry in self._refused:
                entry.trouble = ""
            self._arrived(tuple(self._refused))
            self._lacks(NO_TOP)

    def _watch_for_leaks(self, reply: Reply) -> None:
        if len(reply.body) - _header_end(reply.body) < LEAK:
            return
        self._leaks += 1
        if self._leaks == 2 and not self.whole:
            self.whole = True
            if self._background:
                self._background = False
                self._lacks(WHOLE)


def _header_end(block: bytes) -> int:
    end = block.find(b"\r\n\r\n")
    return end if end >= 0 else len(block)
