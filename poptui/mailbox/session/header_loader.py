"""Load headers by TOP: those of visible rows first, then the rest in the order of the list.

Few commands are queued ahead, so that a jump to another place in the list is served at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from poptui.errors import EndlessReplyError, PoptuiError, ReplyTimeoutError, quoted
from poptui.mailbox.decoding.decode_queue import DecodeQueue
from poptui.mailbox.decoding.decoder import HeaderDecoder
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.state import MailboxState
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.pop3.commands import Top
from poptui.pop3.events import Reply

QUEUED_AHEAD = 64
"""Queue this many commands beyond the window, so that the connection is never idle."""

MAX_RISK_BYTES = 4 * 1024 * 1024
"""Ask for messages of at most this size together before it is known that TOP sends headers only."""

BODY_BYTES = 4096
"""A TOP 0 reply with a body this long shows that the server sends whole messages."""

NO_TOP = "The server refuses TOP: {}. Headers appear only for messages that are opened."
ENDLESS = "This header never ended, so poptui does not ask for it again."
WHOLE = "This server sends whole messages for TOP, so only headers on the screen are loaded."


class HeaderLoader:
    """Loads the headers of one session."""

    def __init__(
        self,
        client: Client,
        state: MailboxState,
        queue: DecodeQueue,
        decoder: HeaderDecoder,
        *,
        background: bool = True,
    ) -> None:
        """Without ``background`` only the headers of visible or requested rows are loaded."""
        self.top_works = True
        self.sends_whole = False
        """The server answers TOP with whole messages."""
        self.on_refused: Callable[[tuple[MessageEntry, ...]], None] = lambda entries: None
        """Called with messages whose header is refused, or may arrive after all."""
        listing = state.listing
        self._client, self._state, self._listing, self._queue = client, state, listing, queue
        self._decoder, self._background = decoder, background
        self._visible: Iterator[MessageEntry] = iter(())
        self._requested: deque[MessageEntry] = deque()
        self._remaining: Iterator[MessageEntry] = iter(listing.entries)
        self._incomplete: deque[MessageEntry] = deque()
        self._asked: dict[int, MessageEntry] = {}
        self._replies = self._sent_bodies = self._risk = 0
        self._refused: dict[MessageEntry, None] = {}
        self._settled = asyncio.Event()
        """Set when a header has arrived, or turns out to be unavailable."""
        self._stopped = False
        asyncio.get_running_loop().call_soon(self._fill)

    # --- what to load

    def prioritize(
        self, visible: Iterable[MessageEntry], rest: Iterable[MessageEntry] | None = None
    ) -> None:
        """Load the headers of ``visible`` rows before all others.

        The others follow in the order ``rest``, or in their last order.
        """
        self._visible = iter(tuple(visible))
        if rest is not None:
            self._remaining = iter(rest)
        self._fill()

    async def load(self, entries: Iterable[MessageEntry]) -> None:
        """Load the headers of ``entries``; return once each has arrived or can't be loaded."""
        wanted = tuple(entries)
        self._requested.extend(wanted)
        self._fill()
        self._queue.decode_first(entry for entry in wanted if self._queue.holds(entry))
        for entry in wanted:
            while self._is_expected(entry):
                self._settled.clear()
                await self._settled.wait()

    def load_again(self, entries: Iterable[MessageEntry]) -> None:
        """Load these again, because the cache did not have all wanted fields."""
        if not self.sends_whole:
            (self._incomplete if self._background else self._requested).extend(entries)

    def start_over(self) -> None:
        """Check all headers again, because more fields are wanted now."""
        self._decoder.count(self._listing)
        self._remaining = iter(self._listing.entries)
        self._fill()

    def resume(self) -> None:
        """Ask for more if there is room again, and wake the callers that wait for a header."""
        self._settled.set()
        self._fill()

    def stop(self) -> None:
        """Stop asking."""
        if not self._stopped:
            self._blame_header(self._client.error)
        self._stopped = True
        self._settled.set()

    # --- progress

    @property
    def loading(self) -> bool:
        """Whether headers are being loaded, or will be without being asked for."""
        if self._stopped:
            return False
        return bool(self._asked) or (
            self._background and not self._decoder.paused and self.missing > 0
        )

    @property
    def missing(self) -> int:
        """The number of headers that can still arrive."""
        if not self.top_works or self._stopped:
            return 0
        refused = sum(e.header is None for e in {*self._refused, *self._decoder.given_up})
        return max(0, len(self._listing.entries) - self._listing.loaded - refused)

    def pending(self, entry: MessageEntry) -> bool:
        """Whether the header of ``entry`` can still arrive, or has arrived but isn't decoded."""
        asked = self.top_works and self._asked.get(entry.number) is entry
        return asked or self._queue.has_arrived(entry) or self._is_missing(entry)

    def _is_expected(self, entry: MessageEntry) -> bool:
        """Whether the header of ``entry`` was asked for, or waits in the queue."""
        if self._stopped:
            return False
        if self._asked.get(entry.number) is entry or self._queue.holds(entry):
            return True
        busy = self._asked or self._requested
        return (
            bool(busy)
            and self._is_missing(entry)
            and entry.number not in self._client.protocol.deleted
        )

    def _is_missing(self, entry: MessageEntry) -> bool:
        return (
            not self._decoder.is_complete(entry)
            and self.top_works
            and entry not in self._refused
            and entry not in self._decoder.given_up
            and not self._queue.holds(entry)
        )

    def _unproven(self, entry: MessageEntry) -> bool:
        return entry.unproven and self.top_works and entry not in self._refused

    # --- asking

    def _fill(self) -> None:
        """Keep enough commands queued."""
        if self._stopped or self._queue.full:
            return
        self._ask(self._visible, Priority.VISIBLE, again=True)
        self._ask(_taken(self._requested), Priority.BACKGROUND)
        if self._background and not self._decoder.paused:
            self._ask(self._remaining, Priority.BACKGROUND)
            self._ask(_taken(self._incomplete), Priority.BACKGROUND)

    def _ask(
        self, source: Iterator[MessageEntry], priority: Priority, *, again: bool = False
    ) -> None:
        """Ask for the next of ``source``, as many as there is room for.

        ``again``: also load headers of an earlier session that may be another message's.
        """
        room = QUEUED_AHEAD + self._client.window.limit - len(self._asked)
        if room > 0 and (chosen := self._choose(source, room, again=again)):
            self._client.submit_all(
                [Top(entry.number) for entry in chosen], priority, self._on_replies
            )

    def _choose(
        self, source: Iterator[MessageEntry], room: int, *, again: bool
    ) -> list[MessageEntry]:
        """Return the next of ``source`` to ask for, at most ``room``."""
        asked, hidden = self._asked, self._client.protocol.deleted
        chosen: list[MessageEntry] = []
        while len(chosen) < room and self._may_risk_more() and (entry := next(source, None)):
            number = entry.number
            wanted = self._is_missing(entry) or (again and self._unproven(entry))
            if number not in asked and number not in hidden and wanted:
                asked[number] = entry
                chosen.append(entry)
                self._risk += entry.size
        return chosen

    def _may_risk_more(self) -> bool:
        return (
            self._replies - self._sent_bodies >= 2 or self._risk < MAX_RISK_BYTES or not self._asked
        )

    # --- replies

    def _on_replies(self, replies: list[Reply]) -> None:
        for reply in replies:
            self._take(reply)
        self._queue.start_decoding()
        self.resume()

    def _take(self, reply: Reply) -> None:
        assert isinstance(reply.command, Top)
        entry = self._asked.pop(reply.command.number)
        if reply.ok:
            self._replies += 1
            self._queue.put(entry, reply.body)
            if len(reply.body) >= BODY_BYTES:
                self._watch_for_bodies(reply.body)
        elif self.top_works and entry.number not in self._client.protocol.deleted:
            entry.problem = quoted(reply.text)
            self._refused[entry] = None
            self._watch_for_refusals(entry)

    def _watch_for_refusals(self, entry: MessageEntry) -> None:
        """If all TOPs are refused, there is no TOP: show one notice instead of one per message."""
        if self._replies or len(self._refused) < min(2, len(self._listing.entries)):
            self.on_refused((entry,))
            return
        self.top_works = False
        words = entry.problem
        for other in self._refused:
            other.problem = ""
        self.on_refused(tuple(self._refused))
        self._state.notice_once(NO_TOP.format(words))

    def _blame_header(self, error: PoptuiError | None) -> None:
        """Give up a message whose TOP reply was endless, or timed out twice."""
        if not isinstance(error, (EndlessReplyError, ReplyTimeoutError)):
            return
        entry = self._asked.get(error.number)
        if entry is None:
            return
        if isinstance(error, ReplyTimeoutError) and entry not in self._decoder.suspects:
            self._decoder.suspects.add(entry)
            return
        self._decoder.given_up.add(entry)
        entry.problem = ENDLESS
        self.on_refused((entry,))

    def _watch_for_bodies(self, block: bytes) -> None:
        """After two replies with bodies, load only the headers of visible rows."""
        end = block.find(b"\r\n\r\n")
        if end < 0 or len(block) - end < BODY_BYTES:
            return
        self._sent_bodies += 1
        if self._sent_bodies == 2:
            self.sends_whole = True
            if self._background:
                self._background = False
                self._state.notice_once(WHOLE)


def _taken(queue: deque[MessageEntry]) -> Iterator[MessageEntry]:
    """Take the entries out of ``queue`` one by one."""
    while queue:
        yield queue.popleft()
