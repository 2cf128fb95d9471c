"""Make safety copies over one session: each message by RETR, or its header by TOP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import NamedTuple

from poptui.errors import BrokenReplyError, ServerError, quoted
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.messages.completeness import (
    ENDED_EARLY,
    UNCONFIRMED,
    ByteCount,
    ask_list,
    check_complete,
)
from poptui.mailbox.messages.service import MessageService
from poptui.mailbox.messages.spool import MAX_EXCESS_BYTES, SpooledMessage, header_lines
from poptui.mailbox.session.workers import SessionWorkers
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.pop3.commands import Retr, Top
from poptui.pop3.errors import ProtocolError
from poptui.pop3.events import Reply
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.storage.safety_copies import (
    CHUNK_BYTES,
    CopyFailedError,
    PendingCopy,
    SafetyCopyStore,
    reason,
)

MESSAGES_AT_ONCE, HEADERS_AT_ONCE = 32, 256
"""Number of messages to request at a time: enough that the connection is never idle."""


class CopyStatus(NamedTuple):
    """The progress of the copies."""

    done: int
    """The number of messages that were copied or can't be."""
    total: int
    octets: int
    failed: int = 0
    """The number of messages that could not be copied."""


class Copier:
    """Copies messages, over several sessions if needed."""

    def __init__(
        self,
        copies: SafetyCopyStore,
        messages: MessageService,
        on_progress: Callable[[CopyStatus], None],
        total: int,
    ) -> None:
        """``messages`` has those that were downloaded before, which need not be again."""
        self.drafts: dict[MessageEntry, PendingCopy] = {}
        """The finished copies."""
        self.missing: dict[MessageEntry, str] = {}
        """Messages that can't be copied, and why."""
        self.one_at_a_time = False
        """Whether to copy one message at a time, to find the one whose reply ends too early."""
        self._unconfirmed: set[MessageEntry] = set()
        """Messages after which the connection was lost, while copying one at a time."""
        self._copies, self._messages = copies, messages
        self._on_progress, self._total = on_progress, total
        self._octets = 0

    @property
    def done(self) -> int:
        """The number of messages that were copied or can't be."""
        return len(self.drafts) + len(self.missing)

    @property
    def progress(self) -> int:
        """A number that grows with all work that another session needn't repeat."""
        return self.done + len(self._unconfirmed)

    async def copy(self, workers: SessionWorkers, entries: Iterable[MessageEntry]) -> None:
        """Copy those of ``entries`` that have no copy yet. Raises PoptuiError if the session ends.

        The server must hold none of them as deleted.
        """
        rest = [e for e in entries if e not in self.drafts and e not in self.missing]
        self.report()
        await workers.pipelining.expect(len(rest))
        todo = iter(rest)
        tasks = [
            asyncio.create_task(self._work(workers, todo), name="safety copy")
            for _ in range(self._number_at_once())
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _number_at_once(self) -> int:
        if self.one_at_a_time:
            return 1
        return MESSAGES_AT_ONCE if self._copies.whole else HEADERS_AT_ONCE

    async def _work(self, workers: SessionWorkers, entries: Iterator[MessageEntry]) -> None:
        for entry in entries:
            if self.one_at_a_time and workers.client.error is not None:
                raise workers.client.error
            try:
                self.drafts[entry] = await self._copy_one(workers, entry)
            except (CopyFailedError, OSError) as problem:
                self.missing[entry] = reason(problem)
            except BrokenReplyError:
                if not self.one_at_a_time:
                    raise
                self.missing[entry] = ENDED_EARLY
            self.report()

    async def _copy_one(self, workers: SessionWorkers, entry: MessageEntry) -> PendingCopy:
        draft = self._copies.begin_copy(entry.size, self.report)
        try:
            await self._fill(draft, workers, entry)
            await asyncio.to_thread(draft.finish)
        except BaseException:
            draft.drop()
            raise
        return draft

    async def _fill(self, draft: PendingCopy, workers: SessionWorkers, entry: MessageEntry) -> None:
        spooled = self._messages.downloaded(entry)
        if not self._copies.whole:
            if spooled is None:
                _put_header(draft, await self._header(workers, entry))
            else:
                _put_header(draft, _start(spooled))
        elif spooled is None:
            await self._fetch(draft, workers, entry)
        else:
            await _copy_spooled(spooled, draft)

    async def _fetch(
        self, draft: PendingCopy, workers: SessionWorkers, entry: MessageEntry
    ) -> None:
        """Copy by RETR and verify at once, so that a lost connection spoils no earlier copy."""
        sink, client = _LimitedCopy(draft, 2 * entry.size + MAX_EXCESS_BYTES), workers.client
        coming = client.execute(Retr(entry.number), Priority.INTERACTIVE, sink)
        try:
            reply, answer = await self._with_answer(client, coming, entry, Priority.INTERACTIVE)
        except ServerError:
            if sink.full:
                raise CopyFailedError("it is far longer than the server announced") from None
            raise
        if not reply.ok:
            await self._check(client, answer, entry, 0, ByteCount())
            raise CopyFailedError(f"the server refuses to send it: {quoted(reply.text)}")
        if reply.octets != draft.octets:
            raise CopyFailedError("only a part of it arrived")
        await self._check(client, answer, entry, entry.size, sink.count)

    async def _header(self, workers: SessionWorkers, entry: MessageEntry) -> bytes:
        client = workers.client
        coming = client.execute(Top(entry.number), Priority.VISIBLE)
        reply, answer = await self._with_answer(client, coming, entry, Priority.VISIBLE)
        await self._check(client, answer, entry, 0, ByteCount())
        if not reply.ok:
            raise CopyFailedError(f"the server refuses to send its header: {quoted(reply.text)}")
        return reply.body

    async def _with_answer(
        self,
        client: Client,
        coming: Coroutine[None, None, Reply],
        entry: MessageEntry,
        priority: Priority,
    ) -> tuple[Reply, asyncio.Future[Reply]]:
        """Return the reply, and the LIST that proves its end; pipelined if several are copied."""
        if self.one_at_a_time:
            return await coming, ask_list(client, entry.number, priority)
        task = asyncio.create_task(coming)
        await asyncio.sleep(0)
        answer = ask_list(client, entry.number, priority)
        try:
            return await task, answer
        except BaseException:
            task.cancel()
            answer.cancel()
            raise

    async def _check(
        self,
        client: Client,
        answer: asyncio.Future[Reply],
        entry: MessageEntry,
        announced: int,
        count: ByteCount,
    ) -> None:
        """Raises CopyFailedError for an incomplete message, PoptuiError to retry in another
        session."""
        if not self.one_at_a_time and not (await asyncio.shield(answer)).ok:
            client.fail(BrokenReplyError(f"{client.server.address} refuses LIST."))
        why = await check_complete(client, answer, announced, count)
        elsewhere = why in (UNCONFIRMED, ENDED_EARLY) and not self.one_at_a_time
        if why == UNCONFIRMED and self.one_at_a_time:
            elsewhere = entry not in self._unconfirmed
            self._unconfirmed.add(entry)
        if elsewhere and client.error is not None:
            raise client.error
        if why:
            raise CopyFailedError(f"it arrived incomplete: {why}")

    def report(self, octets: int = 0) -> None:
        """Report the progress after this many more octets."""
        self._octets += octets
        self._on_progress(CopyStatus(self.done, self._total, self._octets, len(self.missing)))

    def drop(self) -> None:
        """Delete all copies that were not published."""
        for draft in self.drafts.values():
            draft.drop()
        self.drafts.clear()


@dataclass(slots=True)
class _LimitedCopy:
    """Writes to a copy, up to a limit that depends on the announced size."""

    draft: PendingCopy
    octets: int
    count: ByteCount = field(default_factory=ByteCount)

    @property
    def full(self) -> bool:
        return self.draft.octets > self.octets

    def write(self, data: bytes) -> None:
        """Write ``data``. Raises ProtocolError beyond the limit."""
        if not self.count.octets and data.startswith((b"+OK", b"-ERR ")):
            raise ProtocolError("a reply within another one")
        self.draft.write(data)
        self.count.add(data)
        if self.full:
            raise ProtocolError("a message far longer than the server announced")


async def _copy_spooled(spooled: SpooledMessage, draft: PendingCopy) -> None:
    """Copy a downloaded message in pieces, so that the event loop runs between them."""
    with closing(spooled.reader()) as source:
        for piece in iter(lambda: source.read(CHUNK_BYTES), b""):
            draft.write(piece)
            await asyncio.sleep(0)


def _start(spooled: SpooledMessage) -> bytes:
    with closing(spooled.reader()) as source:
        return source.read(MAX_HEADER_BYTES)


def _put_header(draft: PendingCopy, start: bytes) -> None:
    """Copy the header from the first bytes of a message: all of it, or none."""
    header = header_lines(start)
    if len(header) >= MAX_HEADER_BYTES:
        raise CopyFailedError("its header is too long")
    draft.write(header.rstrip(b"\r\n") + b"\r\n\r\n")
