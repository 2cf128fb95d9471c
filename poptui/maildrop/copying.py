"""Safety copies over one session: each message by RETR, or its header by TOP, into a draft."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from poptui.faults import words
from poptui.maildrop.entry import Entry
from poptui.maildrop.letter import Letter
from poptui.maildrop.retrieval import header_lines
from poptui.maildrop.visit import Visit
from poptui.net.queue import Priority
from poptui.pop3.commands import Retr, Top
from poptui.storage.copies import CHUNK, Copies, Draft, NoCopy

MESSAGES, HEADERS = 16, 256
"""How many are asked for at a time: enough that no round trip is lost."""


class Copying(NamedTuple):
    """How far the copies have come."""

    done: int
    total: int
    octets: int


class Copier:
    """Copies messages, over one session after another where that is needed."""

    def __init__(
        self,
        copies: Copies,
        at_hand: Callable[[Entry], Letter | None],
        told: Callable[[Copying], None],
        total: int,
    ) -> None:
        """``at_hand`` gives a message that was fetched before; ``told`` hears of the progress."""
        self.drafts: dict[Entry, Draft] = {}
        """What was copied."""
        self.missing: dict[Entry, str] = {}
        """What cannot be, and why."""
        self._copies, self._at_hand, self._told, self._total = copies, at_hand, told, total
        self._octets = 0

    async def copy(self, visit: Visit, entries: Iterable[Entry]) -> None:
        """Copy those of ``entries`` that are not yet dealt with. Raises Fault: the session ended.

        The server must hold none of them as deleted.
        """
        rest = iter([e for e in entries if e not in self.drafts and e not in self.missing])
        workers = [
            asyncio.create_task(self._work(visit, rest), name="safety copy")
            for _ in range(MESSAGES if self._copies.whole else HEADERS)
        ]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, visit: Visit, entries: Iterator[Entry]) -> None:
        for entry in entries:
            try:
                self.drafts[entry] = await self._one(visit, entry)
            except NoCopy as problem:
                self.missing[entry] = str(problem)
            self._tell(0)

    async def _one(self, visit: Visit, entry: Entry) -> Draft:
        draft = self._copies.draft(entry.size, self._tell)
        try:
            await self._fill(draft, visit, entry)
            await asyncio.to_thread(draft.finish)
        except BaseException:
            draft.drop()
            raise
        return draft

    async def _fill(self, draft: Draft, visit: Visit, entry: Entry) -> None:
        letter = self._at_hand(entry)
        if not self._copies.whole:
            await _fetch_header(draft, visit, entry)
        elif letter is None:
            await _fetch(draft, visit, entry)
        else:
            with closing(letter.reader()) as source:
                for piece in iter(lambda: source.read(CHUNK), b""):
                    draft.write(piece)

    def _tell(self, octets: int) -> None:
        self._octets += octets
        done = len(self.drafts) + len(self.missing)
        self._told(Copying(done, self._total, self._octets))

    def drop(self) -> None:
        """None of the copies is wanted."""
        for draft in self.drafts.values():
            draft.drop()
        self.drafts.clear()


async def _fetch(draft: Draft, visit: Visit, entry: Entry) -> None:
    reply = await visit.client.execute(Retr(entry.number), Priority.VISIBLE, draft)
    if not reply.ok:
        raise NoCopy(f"the server does not give it: {words(reply.text)}")
    if reply.octets != draft.octets:
        raise NoCopy("only a part of it came")


async def _fetch_header(draft: Draft, visit: Visit, entry: Entry) -> None:
    reply = await visit.client.execute(Top(entry.number), Priority.VISIBLE)
    if not reply.ok:
        raise NoCopy(f"the server does not give its header: {words(reply.text)}")
    draft.write(header_lines(reply.body).rstrip(b"\r\n") + b"\r\n\r\n")
