"""Before a deletion: what is to go is copied, and nothing goes uncopied unless the user says so.

What this file keeps: while copies are made the server holds nothing as deleted, so that all can be
read and the loss of the line deletes nothing; no copy is published before all are on the disk; and
a copy of what seems to have stayed on the server is taken away only when a later session has found
the very message there after a wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from poptui.errors import (
    BrokenReplyError,
    EndlessReplyError,
    ExitCode,
    MailboxLockedError,
    PipeliningError,
    PoptuiError,
    ServerError,
)
from poptui.mail.headers.decode import decode_header
from poptui.mailbox.commit.copier import Copier, Copying
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.quit import settle
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.messages.retrieve import header_lines
from poptui.mailbox.messages.service import MessageService
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.session.workers import SessionWorkers
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.pop3.commands import Top
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.storage.safety_copies import SafetyCopyStore, reason

TRIES = 4
"""Sessions in a row that may bring nothing, where the next does without what ended the last."""

LET_GO_S = (0.3, 1.0, 3.0)
"""Seconds to wait, each time, for a server that still holds the lock of a session that we lost."""


class SafetyCopyError(PoptuiError):
    """Nothing was deleted, for want of copies or because the user stopped it."""

    exit_code = ExitCode.NO
    may_pass = False


class Decision(Enum):
    """What becomes of a deletion of which not everything could be copied."""

    ALL = "delete all, copied or not"
    COPIED = "delete what was copied"
    NOTHING = "delete nothing"


class IncompleteCopies(NamedTuple):
    """What could be copied and what not."""

    copied: tuple[MessageEntry, ...]
    missing: Mapping[MessageEntry, str]
    """Why, for each; clean, to stand after a colon."""

    def __str__(self) -> str:
        """``38 of 40 could be copied (the disk is full)``, with the first of the reasons."""
        total = len(self.copied) + len(self.missing)
        why = next(iter(self.missing.values()))
        return f"{len(self.copied):,} of {total:,} could be copied ({why})"


async def _nothing(shortfall: IncompleteCopies) -> Decision:
    return Decision.NOTHING


class CommitCallbacks(NamedTuple):
    """What a commit reports, and the decision it asks for."""

    on_copying: Callable[[Copying], None] = lambda copying: None
    """Called with the progress of the safety copies."""
    on_incomplete: Callable[[IncompleteCopies], Awaitable[Decision]] = _nothing
    """Called to decide what to delete if some messages couldn't be copied."""
    on_waiting: Callable[[float, PoptuiError], None] = lambda seconds, error: None
    """Called with how long the commit waits before it connects to see what was deleted, and why."""
    on_deleting: Callable[[int, int], None] = lambda done, total: None
    """Called with how many messages of all are dealt with, if one session can't delete them all."""


@dataclass
class PreparedDeletion:
    """What may be deleted now."""

    entries: Sequence[MessageEntry]
    left: Mapping[MessageEntry, str] = field(default_factory=dict)
    """What is not to be deleted after all, and why."""
    paths: dict[MessageEntry, Path] = field(default_factory=dict)
    """The copies."""
    copies: SafetyCopyStore | None = None
    """Where they are."""

    async def doubt(self, entries: Iterable[MessageEntry]) -> None:
        """These seem to have stayed on the server; their copies wait until that is proved."""
        paths = {
            self.paths[entry]: entry.uid
            for entry in set(entries)
            if entry in self.paths and entry.uid is not None and not entry.ambiguous
        }
        if paths and self.copies is not None:
            await asyncio.to_thread(self.copies.add_unproved, paths)

    def told(self, outcome: Outcome) -> Outcome:
        """The outcome, with what was left out of it and how much was copied."""
        reasons = {entry.key: f"not copied: {why}" for entry, why in self.left.items()}
        return replace(
            outcome,
            remaining=(*outcome.remaining, *self.left),
            reasons={**outcome.reasons, **reasons},
            copied=len(self.paths.keys() & set(outcome.deleted)),
        )


class SafetyCopyStep:
    """Makes safety copies where the user wants them."""

    def __init__(
        self,
        sessions: SessionManager,
        marks: MarkService,
        messages: MessageService,
        open_copies: Callable[[], SafetyCopyStore] | None,
    ) -> None:
        """Without ``open_copies`` no copies are made."""
        self._sessions, self._marks, self._messages = sessions, marks, messages
        self._open_copies = open_copies
        self._copying: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def on(self) -> bool:
        """Whether copies are wanted."""
        return self._open_copies is not None

    def stop(self) -> None:
        """Have the commit that copies now end, with nothing deleted; later it does nothing."""
        if self._copying is not None:
            self._stopped = self._copying.cancel() or self._stopped

    async def secure(
        self, asked: Sequence[MessageEntry], callbacks: CommitCallbacks
    ) -> PreparedDeletion:
        """Copy ``asked``; which of them may be deleted. Raises PoptuiError: nothing was deleted."""
        if self._open_copies is None:
            return PreparedDeletion(asked)
        copies = self._open_copies()
        copier = Copier(copies, self._messages.downloaded, self._telling(callbacks), len(asked))
        try:
            with self._nothing_deleted():
                await self._copied(copier, copies, asked)
                decision = await _decision(copier, asked, callbacks)
                return await _secured(copier, copies, asked, decision)
        finally:
            copier.drop()

    def _telling(self, callbacks: CommitCallbacks) -> Callable[[Copying], None]:
        def tell(copying: Copying) -> None:
            self._sessions.touch()
            callbacks.on_copying(copying)

        return tell

    @contextmanager
    def _nothing_deleted(self) -> Iterator[None]:
        """The server is to hold nothing as deleted meanwhile; the marks follow again."""
        try:
            with self._marks.only(()):
                yield
        finally:
            self._marks.poke()

    async def _copied(
        self, copier: Copier, copies: SafetyCopyStore, asked: Sequence[MessageEntry]
    ) -> None:
        self._stopped = False
        self._copying = asyncio.create_task(self._copy(copier, copies, asked), name="copies")
        try:
            await self._copying
        except asyncio.CancelledError:
            if not self._stopped:
                raise
            raise SafetyCopyError("Stopped while copying; nothing was deleted.") from None
        finally:
            self._copying = None

    async def _copy(
        self, copier: Copier, copies: SafetyCopyStore, asked: Sequence[MessageEntry]
    ) -> None:
        try:
            await asyncio.to_thread(copies.open)
        except OSError as error:
            copier.missing.update(dict.fromkeys(asked, reason(error)))
            return
        fruitless, settled = 0, False
        while fruitless < TRIES:
            before = copier.progress
            workers = await self._freed()
            if not settled:
                settled = await self._settle_doubts(copies, workers.client)
            try:
                return await self._over(workers, copier, asked)
            except PoptuiError as error:
                self._survive(error, copier, asked, before)
            fruitless = 0 if copier.progress > before else fruitless + 1
        raise ServerError("The server ends the connection again and again. Nothing was deleted.")

    def _survive(
        self, error: PoptuiError, copier: Copier, asked: Sequence[MessageEntry], before: int
    ) -> None:
        """Raises ServerError where another session would do no better than this one did."""
        in_vain = copier.progress == before
        if isinstance(error, EndlessReplyError):
            copier.missing.update(_endless(error, self._marks.present(asked)))
        elif isinstance(error, BrokenReplyError) or (in_vain and not copier.careful):
            copier.careful = True
        elif in_vain and not isinstance(error, PipeliningError):
            raise ServerError(f"{error} Nothing was deleted.") from None

    async def _over(
        self, workers: SessionWorkers, copier: Copier, asked: Sequence[MessageEntry]
    ) -> None:
        """Copy over this session; stopped, it goes, for POP3 cannot stop a reply."""
        try:
            await copier.copy(workers, self._marks.present(asked))
        except asyncio.CancelledError:
            workers.drop()
            self._sessions.come_back(workers)
            raise

    async def _settle_doubts(self, copies: SafetyCopyStore, client: Client) -> bool:
        """Take away copies of earlier commits whose messages are still there, as this session says.

        Returns whether that is done; never raises.
        """
        doubted = await asyncio.to_thread(copies.find_decidable, client.age_s)
        needless: list[Path] = []
        needed: list[Path] = []
        try:
            for uid, paths in doubted.items():
                entry = self._marks.find(uid)
                if entry is None:
                    needed += paths
                    continue
                reply = await client.execute(Top(entry.number), Priority.VISIBLE)
                if reply.ok:
                    needless += await asyncio.to_thread(_same_message, reply.body, paths)
        except PoptuiError:
            return False
        if doubted:
            await asyncio.to_thread(copies.resolve, needless, needed)
        return True

    async def _freed(self) -> SessionWorkers:
        """A session that holds nothing as deleted; it waits for our last one to be let go of."""
        for pause in LET_GO_S:
            try:
                return await self._freed_now()
            except MailboxLockedError:
                await asyncio.sleep(pause)
        return await self._freed_now()

    async def _freed_now(self) -> SessionWorkers:
        """A session that holds nothing as deleted: a new one where marks are not taken back."""
        workers = await self._sessions.online()
        try:
            await settle(workers)
        except PoptuiError:
            return await self._sessions.online()
        return workers


async def _decision(
    copier: Copier, asked: Sequence[MessageEntry], callbacks: CommitCallbacks
) -> Decision:
    """Raises SafetyCopyError where nothing is to be deleted."""
    if not copier.missing:
        return Decision.ALL
    shortfall = IncompleteCopies(tuple(e for e in asked if e in copier.drafts), copier.missing)
    decision = await callbacks.on_incomplete(shortfall)
    if decision is Decision.NOTHING:
        raise SafetyCopyError(f"Nothing was deleted: {shortfall}.")
    return decision


async def _secured(
    copier: Copier, copies: SafetyCopyStore, asked: Sequence[MessageEntry], decision: Decision
) -> PreparedDeletion:
    """Publish the copies. Raises SafetyCopyError where that fails."""
    left = copier.missing if decision is Decision.COPIED else {}
    try:
        paths = await asyncio.to_thread(copies.publish, list(copier.drafts.values()))
    except OSError as error:
        raise SafetyCopyError(
            f"Nothing was deleted: the copies are lost, {reason(error)}."
        ) from None
    drafts, copier.drafts = copier.drafts, {}
    entries = [entry for entry in asked if entry not in left]
    return PreparedDeletion(entries, dict(left), dict(zip(drafts, paths, strict=True)), copies)


def _same_message(block: bytes, paths: Iterable[Path]) -> list[Path]:
    """Those of the copies that begin with this header: a UID alone may be another message's."""
    wanted = decode_header(header_lines(block)).fingerprint()
    same = []
    for path in paths:
        with suppress(OSError), path.open("rb") as file:
            header = decode_header(
                header_lines(file.read(MAX_HEADER_BYTES)).replace(b"\n", b"\r\n")
            )
            if header.fingerprint() == wanted:
                same.append(path)
    return same


def _endless(error: EndlessReplyError, asked: Iterable[MessageEntry]) -> dict[MessageEntry, str]:
    return {e: "its header does not end" for e in asked if e.number == error.number}
