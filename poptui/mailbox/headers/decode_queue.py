"""Headers that are here and not decoded yet: the wire comes first, then what is on screen.

Decoding costs more than receiving. What is on screen is decoded as soon as it is here; the rest
in moments in which the line has nothing for us, in slices between which the event loop has its
turn. What waits is bounded: a full queue is worked off before more is asked for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from time import perf_counter

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.decoder import HeaderDecoder
from poptui.mailbox.headers.memory import give_back
from poptui.threads import run_detached

SLICE = 0.004
"""Seconds of decoding before the event loop gets its turn; one header more may go beyond."""

MOST = 32 * 1024 * 1024
"""Octets of blocks that may wait."""

TURNS = 3
"""Turns of the event loop that an octet needs at most from the socket to here."""

MUCH = 4 * 1024 * 1024
"""Octets let go of, after which memory is given back to the system."""

QUIET = 0.002
"""Seconds without a block after which the line is taken to rest."""

PATIENCE = 0.05
"""Seconds of a busy line after which a slice is due all the same: a slow line never rests."""


class DecodeQueue:
    """Blocks from the wire and octets from the cache, until they are headers of entries."""

    def __init__(
        self,
        decoder: HeaderDecoder,
        decoded: Callable[[tuple[MessageEntry, ...]], None],
        *,
        unasked: bool = True,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        """``decoded`` is told of each slice.

        With ``unasked`` all that the cache had is unpacked, else only what is on screen or urged.
        """
        self._decoder, self._decoded = decoder, decoded
        self._unasked, self._clock = unasked, clock
        self._blocks: dict[MessageEntry, bytes] = {}
        self._packed: dict[MessageEntry, bytes] = {}
        self._visible: frozenset[MessageEntry] = frozenset()
        self._urgent: deque[MessageEntry] = deque()
        self._in_turn: deque[MessageEntry] = deque()
        """Those of ``_blocks``, and some that were urgent meanwhile. A dict would do, but to find
        its first key takes as long as keys were taken out before it."""
        self._kept_in_turn: deque[MessageEntry] = deque()
        self._octets = self._arrivals = 0
        self._freed = 0
        """Octets that were let go of since memory was given back."""
        self._work: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether no more should be asked for."""
        return self._octets > MOST

    def holds(self, entry: MessageEntry) -> bool:
        """Whether the entry's header is here, from the wire or the cache, to be decoded."""
        return entry in self._blocks or entry in self._packed

    def came(self, entry: MessageEntry) -> bool:
        """Whether it came over the wire in this session."""
        return entry in self._blocks

    def clear(self) -> None:
        """Drop everything: blocks of one session prove nothing about the messages of the next."""
        self._blocks, self._packed, self._octets = {}, {}, 0
        self._in_turn.clear()
        self._kept_in_turn.clear()

    def start(self, packed: dict[MessageEntry, bytes]) -> None:
        """Begin a new session; ``packed`` is what the cache has for its listing."""
        self.clear()
        self._packed = packed
        self._kept_in_turn = deque(packed)
        self._go()

    def put(self, entry: MessageEntry, block: bytes) -> None:
        """A block came over the wire."""
        self._blocks[entry] = block
        self._in_turn.append(entry)
        self._octets += len(block)
        self._arrivals += 1
        if entry in self._visible:
            self._urgent.append(entry)

    def aim(self, visible: Iterable[MessageEntry]) -> None:
        """These are on screen."""
        self._visible = frozenset(visible)
        self.urge(entry for entry in self._visible if self.holds(entry))

    def urge(self, entries: Iterable[MessageEntry]) -> None:
        """Somebody waits for these: they are next."""
        self._urgent.extend(entries)
        self._go()

    def go_on(self) -> None:
        """Something was put in."""
        self._go()

    def stop(self) -> None:
        """Decode nothing more."""
        if self._work is not None:
            self._work.cancel()

    def _go(self) -> None:
        if self._due and (self._work is None or self._work.done()):
            self._work = asyncio.create_task(self._work_off(), name="decode headers")

    @property
    def _due(self) -> bool:
        return bool(self._urgent or self._blocks or (self._unasked and self._packed))

    async def _work_off(self) -> None:
        while self._due:
            await self._decode_all()
            if self._freed > MUCH:
                self._freed = 0
                await run_detached(give_back)

    async def _decode_all(self) -> None:
        seen = -1
        while self._due:
            if seen != self._arrivals:
                await self._quiet()
            seen = self._arrivals
            self._slice()
            for _ in range(TURNS):
                await asyncio.sleep(0)

    async def _quiet(self) -> None:
        """Wait until the line rests, unless somebody waits for us or it takes long."""
        loop = asyncio.get_running_loop()
        until, before = loop.time() + PATIENCE, -1
        while before != self._arrivals and not (self._urgent or self.full or loop.time() > until):
            before = self._arrivals
            await asyncio.sleep(QUIET)

    def _slice(self) -> None:
        until = self._clock() + SLICE
        done: list[MessageEntry] = []
        while self._due and (not done or self._clock() < until):
            if self._decode(entry := self._next()):
                done.append(entry)
        if done:
            self._decoded(tuple(done))

    def _next(self) -> MessageEntry:
        return (self._urgent or self._in_turn or self._kept_in_turn).popleft()

    def _decode(self, entry: MessageEntry) -> bool:
        """Whether there was something to decode."""
        if (block := self._blocks.pop(entry, None)) is not None:
            self._octets -= len(block)
            self._freed += len(block)
            self._packed.pop(entry, None)
            self._decoder.fill(entry, block)
            return True
        if (packed := self._packed.pop(entry, None)) is not None:
            self._freed += len(packed)
            self._decoder.recall(entry, packed)
            return True
        return False
