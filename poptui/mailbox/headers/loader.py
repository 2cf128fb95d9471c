"""Fetches headers by TOP: what is on screen first, then the rest, in the order of the list.

Little is asked ahead, so that a jump to another place is served at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from poptui.errors import EndlessReplyError, PoptuiError, ReplyTimeoutError, quoted
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.decode_queue import DecodeQueue
from poptui.mailbox.headers.decoder import HeaderDecoder
from poptui.mailbox.state import MailboxState
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.pop3.commands import Top
from poptui.pop3.events import Reply

AHEAD = 64
"""Commands queued beyond the window: the wire is never idle for want of one."""

TRUST = 4 * 1024 * 1024
"""Octets of whole messages that are risked before a reply shows that TOP sends headers alone."""

LEAK = 4096
"""Octets of body in a TOP 0 reply that show a server which sends whole messages."""

NO_TOP = "The server refuses TOP: {}. Headers appear only for messages that are opened."
ENDLESS = "The server sends no end to this header: it is not asked for again."
WHOLE = "This server sends whole messages for TOP: headers are asked for rows on screen alone."


class HeaderLoader:
    """The loading of one session's headers."""

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
        self.whole = False
        """The server sends whole messages for TOP."""
        self.on_refused: Callable[[tuple[MessageEntry, ...]], None] = lambda entries: None
        """Called with messages whose header won't come, or may come after all."""
        listing = state.listing
        self._client, self._state, self._listing, self._queue = client, state, listing, queue
        self._decoder, self._background = decoder, background
        self._visible: Iterator[MessageEntry] = iter(())
        self._demanded: deque[MessageEntry] = deque()
        self._rest: Iterator[MessageEntry] = iter(listing.entries)
        self._late: deque[MessageEntry] = deque()
        self._asked: dict[int, MessageEntry] = {}
        self._good = self._leaks = self._risk = 0
        self._refused: dict[MessageEntry, None] = {}
        self._settled = asyncio.Event()
        """Something came, or will not come."""
        self._stopped = False
        asyncio.get_running_loop().call_soon(self._fill)

    # --- what is wanted

    def aim(
        self, visible: Iterable[MessageEntry], then: Iterable[MessageEntry] | None = None
    ) -> None:
        """``visible`` are on screen: they come before all others.

        The others follow in the order ``then``, or in that of the last time.
        """
        self._visible = iter(tuple(visible))
        if then is not None:
            self._rest = iter(then)
        self._fill()

    async def load(self, entries: Iterable[MessageEntry]) -> None:
        """Wait until all of ``entries`` have their headers, as far as these will come."""
        wanted = tuple(entries)
        self._demanded.extend(wanted)
        self._fill()
        self._queue.urge(entry for entry in wanted if self._queue.holds(entry))
        for entry in wanted:
            while self._coming(entry):
                self._settled.clear()
                await self._settled.wait()

    def missed(self, entries: Iterable[MessageEntry]) -> None:
        """The cache did not have all that is wanted of these, as had been thought."""
        if not self.whole:
            (self._late if self._background else self._demanded).extend(entries)

    def start_over(self) -> None:
        """What is here may no longer be all that is wanted of it."""
        self._decoder.count(self._listing)
        self._rest = iter(self._listing.entries)
        self._fill()

    def go_on(self) -> None:
        """There may be room again, or reason, to ask for more; somebody may have waited for it."""
        self._settled.set()
        self._fill()

    def stop(self) -> None:
        """Ask for nothing more."""
        if not self._stopped:
            self._lay_to_header(self._client.error)
        self._stopped = True
        self._settled.set()

    # --- how it stands

    @property
    def loading(self) -> bool:
        """Whether headers are on their way, or will be asked for without being aimed at."""
        if self._stopped:
            return False
        return bool(self._asked) or (
            self._background and not self._decoder.paused and self.missing > 0
        )

    @property
    def missing(self) -> int:
        """How many headers may still come."""
        if not self.top_works or self._stopped:
            return 0
        refused = sum(e.header is None for e in {*self._refused, *self._decoder.given_up})
        return max(0, len(self._listing.entries) - self._listing.loaded - refused)

    def pending(self, entry: MessageEntry) -> bool:
        """Whether the entry's header may still come over the wire, or came and is not decoded."""
        asked = self.top_works and self._asked.get(entry.number) is entry
        return asked or self._queue.came(entry) or self._lacking(entry)

    def _coming(self, entry: MessageEntry) -> bool:
        """Whether something of the entry's header is under way, on the wire or in the queue."""
        if self._stopped:
            return False
        if self._asked.get(entry.number) is entry or self._queue.holds(entry):
            return True
        busy = self._asked or self._demanded
        return bool(busy) and self._lacking(entry) and entry.number not in self._client.deleted

    def _lacking(self, entry: MessageEntry) -> bool:
        return (
            not self._decoder.met(entry)
            and self.top_works
            and entry not in self._refused
            and entry not in self._decoder.given_up
            and not self._queue.holds(entry)
        )

    def _unproven(self, entry: MessageEntry) -> bool:
        return entry.unproven and self.top_works and entry not in self._refused

    # --- asking

    def _fill(self) -> None:
        """Keep the queue as full as it is good for."""
        if self._stopped or self._queue.full:
            return
        self._ask(self._visible, Priority.VISIBLE, again=True)
        self._ask(_taken(self._demanded), Priority.REST)
        if self._background and not self._decoder.paused:
            self._ask(self._rest, Priority.REST)
            self._ask(_taken(self._late), Priority.REST)

    def _ask(
        self, source: Iterator[MessageEntry], priority: Priority, *, again: bool = False
    ) -> None:
        """``again``: also for headers of an earlier session that may be another message's."""
        room = AHEAD + self._client.window - len(self._asked)
        if room > 0 and (chosen := self._choose(source, room, again=again)):
            self._client.submit_all([Top(entry.number) for entry in chosen], priority, self._came)

    def _choose(
        self, source: Iterator[MessageEntry], room: int, *, again: bool
    ) -> list[MessageEntry]:
        """The next of ``source`` that are to be asked for, at most ``room``."""
        asked, hidden = self._asked, self._client.deleted
        chosen: list[MessageEntry] = []
        while len(chosen) < room and self._trusted() and (entry := next(source, None)):
            number = entry.number
            wanted = self._lacking(entry) or (again and self._unproven(entry))
            if number not in asked and number not in hidden and wanted:
                asked[number] = entry
                chosen.append(entry)
                self._risk += entry.size
        return chosen

    def _trusted(self) -> bool:
        return self._good - self._leaks >= 2 or self._risk < TRUST or not self._asked

    # --- what came

    def _came(self, replies: list[Reply]) -> None:
        for reply in replies:
            self._take(reply)
        self._queue.go_on()
        self.go_on()

    def _take(self, reply: Reply) -> None:
        assert isinstance(reply.command, Top)
        entry = self._asked.pop(reply.command.number)
        if reply.ok:
            self._good += 1
            self._queue.put(entry, reply.body)
            if len(reply.body) >= LEAK:
                self._watch_for_leaks(reply.body)
        elif self.top_works and entry.number not in self._client.deleted:
            entry.trouble = quoted(reply.text)
            self._refused[entry] = None
            self._watch_for_refusals(entry)

    def _watch_for_refusals(self, entry: MessageEntry) -> None:
        """Without TOP no refusal is about its message: the one notice stands for all of them."""
        if self._good or len(self._refused) < min(2, len(self._listing.entries)):
            self.on_refused((entry,))
            return
        self.top_works = False
        words = entry.trouble
        for other in self._refused:
            other.trouble = ""
        self.on_refused(tuple(self._refused))
        self._state.notice_once(NO_TOP.format(words))

    def _lay_to_header(self, error: PoptuiError | None) -> None:
        """A header that ended the session, by its size or twice by silence, is not asked again."""
        if not isinstance(error, (EndlessReplyError, ReplyTimeoutError)):
            return
        entry = self._asked.get(error.number)
        if entry is None:
            return
        if isinstance(error, ReplyTimeoutError) and entry not in self._decoder.suspects:
            self._decoder.suspects.add(entry)
            return
        self._decoder.given_up.add(entry)
        entry.trouble = ENDLESS
        self.on_refused((entry,))

    def _watch_for_leaks(self, block: bytes) -> None:
        """Two bodies where headers were asked for: no more than need be is asked for."""
        end = block.find(b"\r\n\r\n")
        if end < 0 or len(block) - end < LEAK:
            return
        self._leaks += 1
        if self._leaks == 2:
            self.whole = True
            if self._background:
                self._background = False
                self._state.notice_once(WHOLE)


def _taken(queue: deque[MessageEntry]) -> Iterator[MessageEntry]:
    """The entries of ``queue``, each taken out of it."""
    while queue:
        yield queue.popleft()
