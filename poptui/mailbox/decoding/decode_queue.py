"""Decode headers that have arrived, or that come from the cache.

Decoding takes longer than receiving. Visible headers are decoded as soon as they arrive, the others
while nothing arrives, in slices between which the event loop runs. The queue is bounded: when it is
full, no more headers are requested until it has been decoded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import perf_counter

from poptui.mailbox.decoding.decoder import HeaderDecoder
from poptui.mailbox.entry import MessageEntry
from poptui.threads import run_detached

SLICE_S = 0.004
"""Decode this long before the event loop runs; the last header may take longer."""

MAX_WAITING_BYTES = 32 * 1024 * 1024
"""Blocks of at most this size wait for decoding."""

LOOP_TURNS = 3
"""Data needs at most this many turns of the event loop from the socket to ``put``."""

TRIM_AFTER_BYTES = 4 * 1024 * 1024
"""Return freed memory to the system after decoding this much."""

QUIET_S = 0.002
"""The connection counts as idle if no block arrives for this long."""

MAX_BUSY_S = 0.05
"""Decode a slice after this long even if blocks keep arriving: a slow connection is never idle."""


class DecodeQueue:
    """Decodes blocks from the server and cached headers into the headers of entries."""

    def __init__(
        self,
        decoder: HeaderDecoder,
        on_decoded: Callable[[tuple[MessageEntry, ...]], None],
        *,
        background: bool = True,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        """``on_decoded`` is called with the entries of each slice.

        Without ``background`` cached headers are decoded only if they are visible or urgent.
        """
        self._decoder, self._on_decoded = decoder, on_decoded
        self._background, self._clock = background, clock
        self._blocks: dict[MessageEntry, bytes] = {}
        self._packed: dict[MessageEntry, bytes] = {}
        self._visible: frozenset[MessageEntry] = frozenset()
        self._urgent: deque[MessageEntry] = deque()
        self._waiting: deque[MessageEntry] = deque()
        """The keys of ``_blocks`` in order, and some that were urgent meanwhile. Taking the
        first key of a dict gets slower with every key removed before it."""
        self._waiting_cached: deque[MessageEntry] = deque()
        self._octets = self._arrivals = 0
        self._freed = 0
        """Bytes decoded since memory was last returned to the system."""
        self._work: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether no more headers should be requested for now."""
        return self._octets > MAX_WAITING_BYTES

    def holds(self, entry: MessageEntry) -> bool:
        """Whether the entry's header waits for decoding, from the server or from the cache."""
        return entry in self._blocks or entry in self._packed

    def has_arrived(self, entry: MessageEntry) -> bool:
        """Whether the header of ``entry`` came from the server and waits for decoding."""
        return entry in self._blocks

    def clear(self) -> None:
        """Drop everything: blocks of one session prove nothing about the messages of the next."""
        self._blocks, self._packed, self._octets = {}, {}, 0
        self._waiting.clear()
        self._waiting_cached.clear()

    def start(self, packed: dict[MessageEntry, bytes]) -> None:
        """Begin a new session; ``packed`` has the cached headers for its listing."""
        self.clear()
        self._packed = packed
        self._waiting_cached = deque(packed)
        self._start()

    def put(self, entry: MessageEntry, block: bytes) -> None:
        """Add a block from the server."""
        self._blocks[entry] = block
        self._waiting.append(entry)
        self._octets += len(block)
        self._arrivals += 1
        if entry in self._visible:
            self._urgent.append(entry)

    def prioritize(self, visible: Iterable[MessageEntry]) -> None:
        """Set the visible entries, which are decoded first."""
        self._visible = frozenset(visible)
        self.decode_first(entry for entry in self._visible if self.holds(entry))

    def decode_first(self, entries: Iterable[MessageEntry]) -> None:
        """Decode these next."""
        self._urgent.extend(entries)
        self._start()

    def start_decoding(self) -> None:
        """Start to decode what is in the queue."""
        self._start()

    def stop(self) -> None:
        """Stop decoding."""
        if self._work is not None:
            self._work.cancel()

    def _start(self) -> None:
        if self._due and (self._work is None or self._work.done()):
            self._work = asyncio.create_task(self._run(), name="decode headers")

    @property
    def _due(self) -> bool:
        return bool(self._urgent or self._blocks or (self._background and self._packed))

    async def _run(self) -> None:
        while self._due:
            await self._decode_all()
            if self._freed > TRIM_AFTER_BYTES:
                self._freed = 0
                await run_detached(trim_memory)

    async def _decode_all(self) -> None:
        seen = -1
        while self._due:
            if seen != self._arrivals:
                await self._wait_until_idle()
            seen = self._arrivals
            self._slice()
            for _ in range(LOOP_TURNS):
                await asyncio.sleep(0)

    async def _wait_until_idle(self) -> None:
        """Wait until nothing arrives, something is urgent, or ``MAX_BUSY_S`` have passed."""
        loop = asyncio.get_running_loop()
        until, before = loop.time() + MAX_BUSY_S, -1
        while before != self._arrivals and not (self._urgent or self.full or loop.time() > until):
            before = self._arrivals
            await asyncio.sleep(QUIET_S)

    def _slice(self) -> None:
        until = self._clock() + SLICE_S
        done: list[MessageEntry] = []
        while self._due and (not done or self._clock() < until):
            if self._decode(entry := self._next()):
                done.append(entry)
        if done:
            self._on_decoded(tuple(done))

    def _next(self) -> MessageEntry:
        return (self._urgent or self._waiting or self._waiting_cached).popleft()

    def _decode(self, entry: MessageEntry) -> bool:
        """Decode the header of ``entry``; return whether there was one."""
        if (block := self._blocks.pop(entry, None)) is not None:
            self._octets -= len(block)
            self._freed += len(block)
            self._packed.pop(entry, None)
            self._decoder.fill(entry, block)
            return True
        if (packed := self._packed.pop(entry, None)) is not None:
            self._freed += len(packed)
            self._decoder.restore(entry, packed)
            return True
        return False


def trim_memory() -> None:
    """Make the C library return unused memory to the system, if it can (glibc).

    The decoded blocks lie between objects that stay, so glibc keeps their pages. For 50,000
    headers that is 35 MiB of 138. The call takes milliseconds and does not hold the GIL.
    """
    import ctypes

    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
