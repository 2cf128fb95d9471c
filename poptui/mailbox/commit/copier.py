"""Safety copies over one session: each message by RETR, or its header by TOP, into a draft."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from poptui.errors import ServerError, words
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.messages.retrieve import header_lines
from poptui.mailbox.messages.spool import EXCESS, SpooledMessage
from poptui.mailbox.session_workers import SessionWorkers
from poptui.net.queue import Priority
from poptui.pop3.commands import Retr, Top
from poptui.pop3.errors import ProtocolError
from poptui.pop3.limits import HEADER
from poptui.storage.safety_copies import CHUNK, NoCopyError, PendingCopy, SafetyCopyStore, reason

MESSAGES, HEADERS = 32, 256
"""How many are asked for at a time: enough that no round trip is lost."""


class Copying(NamedTuple):
    """How far the copies have come."""

    done: int
    """Copied, or known to have no copy."""
    total: int
    octets: int
    failed: int = 0
    """Of those that are done, how many have no copy."""


class Copier:
    """Copies messages, over one session after another where that is needed."""

    def __init__(
        self,
        copies: SafetyCopyStore,
        at_hand: Callable[[MessageEntry], SpooledMessage | None],
        told: Callable[[Copying], None],
        total: int,
    ) -> None:
        """``at_hand`` gives a message that was fetched before; ``told`` hears of the progress."""
        self.drafts: dict[MessageEntry, PendingCopy] = {}
        """What was copied."""
        self.missing: dict[MessageEntry, str] = {}
        """What cannot be, and why."""
        self._copies, self._at_hand, self._told, self._total = copies, at_hand, told, total
        self._octets = 0

    @property
    def dealt_with(self) -> int:
        """How many were copied or cannot be."""
        return len(self.drafts) + len(self.missing)

    async def copy(self, visit: SessionWorkers, entries: Iterable[MessageEntry]) -> None:
        """Copy those of ``entries`` that are not yet dealt with. Raises Fault: the session ended.

        The server must hold none of them as deleted.
        """
        rest = [e for e in entries if e not in self.drafts and e not in self.missing]
        self.tell()
        await visit.pipelining.expect(len(rest))
        todo = iter(rest)
        workers = [
            asyncio.create_task(self._work(visit, todo), name="safety copy")
            for _ in range(MESSAGES if self._copies.whole else HEADERS)
        ]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, visit: SessionWorkers, entries: Iterator[MessageEntry]) -> None:
        for entry in entries:
            try:
                self.drafts[entry] = await self._one(visit, entry)
            except (NoCopyError, OSError) as problem:
                self.missing[entry] = reason(problem)
            self.tell()

    async def _one(self, visit: SessionWorkers, entry: MessageEntry) -> PendingCopy:
        draft = self._copies.draft(entry.size, self.tell)
        try:
            await self._fill(draft, visit, entry)
            await asyncio.to_thread(draft.finish)
        except BaseException:
            draft.drop()
            raise
        return draft

    async def _fill(self, draft: PendingCopy, visit: SessionWorkers, entry: MessageEntry) -> None:
        letter = self._at_hand(entry)
        if not self._copies.whole:
            _put_header(draft, await _header(visit, entry) if letter is None else _start(letter))
        elif letter is None:
            await _fetch(draft, visit, entry)
        else:
            await _pour(letter, draft)

    def tell(self, octets: int = 0) -> None:
        """Say how far the copies have come, now that so many octets more are here."""
        self._octets += octets
        self._told(Copying(self.dealt_with, self._total, self._octets, len(self.missing)))

    def drop(self) -> None:
        """None of the copies is wanted."""
        for draft in self.drafts.values():
            draft.drop()
        self.drafts.clear()


class _Bounded(NamedTuple):
    """A draft, and how much a message that announced its size may bring."""

    draft: PendingCopy
    octets: int

    @property
    def full(self) -> bool:
        return self.draft.octets > self.octets

    def write(self, data: bytes) -> None:
        """Raises ProtocolError past all bounds."""
        self.draft.write(data)
        if self.full:
            raise ProtocolError("a message far longer than it announced")


async def _fetch(draft: PendingCopy, visit: SessionWorkers, entry: MessageEntry) -> None:
    """By RETR, each certain by itself: what came before a loss of the line need not come again."""
    sink = _Bounded(draft, 2 * entry.size + EXCESS)
    try:
        reply = await visit.client.execute(Retr(entry.number), Priority.OPEN, sink)
    except ServerError:
        if sink.full:
            raise NoCopyError("it is far longer than it announced") from None
        raise
    if not reply.ok:
        raise NoCopyError(f"the server does not give it: {words(reply.text)}")
    if reply.octets != draft.octets:
        raise NoCopyError("only a part of it came")


async def _pour(letter: SpooledMessage, draft: PendingCopy) -> None:
    """What was fetched before, in pieces that hold nobody up."""
    with closing(letter.reader()) as source:
        for piece in iter(lambda: source.read(CHUNK), b""):
            draft.write(piece)
            await asyncio.sleep(0)


def _start(letter: SpooledMessage) -> bytes:
    with closing(letter.reader()) as source:
        return source.read(HEADER)


async def _header(visit: SessionWorkers, entry: MessageEntry) -> bytes:
    reply = await visit.client.execute(Top(entry.number), Priority.VISIBLE)
    if not reply.ok:
        raise NoCopyError(f"the server does not give its header: {words(reply.text)}")
    return reply.body


def _put_header(draft: PendingCopy, start: bytes) -> None:
    """The header out of the first octets of a message; all of it, or none."""
    header = header_lines(start)
    if len(header) >= HEADER:
        raise NoCopyError("its header is too long")
    draft.write(header.rstrip(b"\r\n") + b"\r\n\r\n")
