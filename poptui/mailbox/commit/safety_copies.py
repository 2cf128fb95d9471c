"""Copy messages before they are deleted; one without a copy is deleted only if the user agrees.

Invariants: while copies are made the server holds nothing as deleted, so everything can be read and
a lost connection deletes nothing. No copy is published before all are on the disk. A copy of a
message that seems to have stayed on the server is removed only after a later session has found the
same message there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
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
from poptui.mailbox.commit.copier import Copier, CopyStatus
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.quit import settle
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.messages.service import MessageService
from poptui.mailbox.messages.spool import header_lines
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.session.workers import SessionWorkers
from poptui.mailbox.state import MailboxState
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.pop3.commands import Top
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.storage.safety_copies import SafetyCopyStore, reason

MAX_SESSIONS_WITHOUT_PROGRESS = 4
"""Give up after this many sessions in a row that made no progress."""

UNLOCK_WAITS_S = (0.3, 1.0, 3.0)
"""Waits, one after another, for a server that still holds the lock of our lost session."""


class SafetyCopyError(PoptuiError):
    """Nothing was deleted, because copies failed or the user stopped the commit."""

    exit_code = ExitCode.FAILURE
    is_temporary = False


class Decision(Enum):
    """The user's decision if not everything could be copied."""

    ALL = "delete all, copied or not"
    COPIED = "delete what was copied"
    NOTHING = "delete nothing"


class IncompleteCopies(NamedTuple):
    """The messages that could be copied, and those that could not."""

    copied: tuple[MessageEntry, ...]
    missing: Mapping[MessageEntry, str]
    """The reason for each: printable, for use after a colon."""

    def __str__(self) -> str:
        """``38 of 40 could be copied (the disk is full)``, with the first of the reasons."""
        total = len(self.copied) + len(self.missing)
        why = next(iter(self.missing.values()))
        return f"{len(self.copied):,} of {total:,} could be copied ({why})"


async def _delete_nothing(incomplete: IncompleteCopies) -> Decision:
    return Decision.NOTHING


class CommitCallbacks(NamedTuple):
    """Functions that a commit calls to report progress, and to ask for a decision."""

    on_copying: Callable[[CopyStatus], None] = lambda copying: None
    """Called with the progress of the safety copies."""
    on_incomplete: Callable[[IncompleteCopies], Awaitable[Decision]] = _delete_nothing
    """Called to decide what to delete if some messages couldn't be copied."""
    on_waiting: Callable[[float, PoptuiError], None] = lambda seconds, error: None
    """Called with the seconds that the commit waits before it verifies the deletion, and the
    reason."""
    on_deleting: Callable[[int, int], None] = lambda done, total: None
    """Called with the numbers of messages done and in total, if one session can't delete them
    all."""


@dataclass
class PreparedDeletion:
    """The messages that may be deleted, now that copies are made."""

    entries: Sequence[MessageEntry]
    left: Mapping[MessageEntry, str] = field(default_factory=dict)
    """The messages that must not be deleted after all, with the reasons."""
    paths: dict[MessageEntry, Path] = field(default_factory=dict)
    """The files of the copies."""
    copies: SafetyCopyStore | None = None
    """The store they are in."""

    async def keep_in_doubt(self, entries: Iterable[MessageEntry]) -> None:
        """Keep the copies of messages that seem to have stayed, until that is certain."""
        paths = {
            self.paths[entry]: entry.uid
            for entry in set(entries)
            if entry in self.paths and entry.uid is not None and not entry.ambiguous
        }
        if paths and self.copies is not None:
            await asyncio.to_thread(self.copies.add_unproved, paths)

    def completed(self, outcome: Outcome) -> Outcome:
        """Add the messages that were left out, and the number of copies, to the outcome."""
        reasons = {entry.key: f"not copied: {why}" for entry, why in self.left.items()}
        return outcome._replace(
            remaining=(*outcome.remaining, *self.left),
            reasons={**outcome.reasons, **reasons},
            copied=len(self.paths.keys() & set(outcome.deleted)),
        )


class SafetyCopyStep:
    """Makes safety copies if the user wants them."""

    def __init__(
        self,
        state: MailboxState,
        sessions: SessionManager,
        marks: MarkService,
        messages: MessageService,
        open_copies: Callable[[], SafetyCopyStore] | None,
    ) -> None:
        """Without ``open_copies`` no copies are made."""
        self._state, self._sessions = state, sessions
        self._marks, self._messages = marks, messages
        self._open_copies = open_copies
        self._copying: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def on(self) -> bool:
        """Whether copies are wanted."""
        return self._open_copies is not None

    def stop(self) -> None:
        """Stop the commit if it is still copying; nothing is deleted then."""
        if self._copying is not None:
            self._stopped = self._copying.cancel() or self._stopped

    async def prepare(
        self, requested: Sequence[MessageEntry], callbacks: CommitCallbacks
    ) -> PreparedDeletion:
        """Copy ``requested``; return what may be deleted. Raises PoptuiError if that is nothing."""
        if self._open_copies is None:
            return PreparedDeletion(requested)
        copies = self._open_copies()
        copier = Copier(copies, self._messages, self._progress_reporter(callbacks), len(requested))
        try:
            with self._nothing_deleted():
                await self._run(copier, copies, requested)
                decision = await _decision(copier, requested, callbacks)
                return await _publish(copier, copies, requested, decision)
        finally:
            copier.drop()

    def _progress_reporter(self, callbacks: CommitCallbacks) -> Callable[[CopyStatus], None]:
        def report(copying: CopyStatus) -> None:
            self._sessions.touch()
            callbacks.on_copying(copying)

        return report

    @contextmanager
    def _nothing_deleted(self) -> Iterator[None]:
        """In this block the server holds nothing as deleted; after it, the marks apply again."""
        try:
            with self._marks.only(()):
                yield
        finally:
            self._marks.reconcile_soon()

    async def _run(
        self, copier: Copier, copies: SafetyCopyStore, requested: Sequence[MessageEntry]
    ) -> None:
        self._stopped = False
        self._copying = asyncio.create_task(self._copy(copier, copies, requested), name="copies")
        try:
            await self._copying
        except asyncio.CancelledError:
            if not self._stopped:
                raise
            raise SafetyCopyError("Stopped while copying; nothing was deleted.") from None
        finally:
            self._copying = None

    async def _copy(
        self, copier: Copier, copies: SafetyCopyStore, requested: Sequence[MessageEntry]
    ) -> None:
        try:
            await asyncio.to_thread(copies.open)
        except OSError as error:
            copier.missing.update(dict.fromkeys(requested, reason(error)))
            return
        without_progress, settled = 0, False
        while without_progress < MAX_SESSIONS_WITHOUT_PROGRESS:
            before = copier.progress
            workers = await self._undeleted_session()
            if not settled:
                settled = await self._resolve_unproved(copies, workers.client)
            try:
                return await self._copy_over(workers, copier, requested)
            except PoptuiError as error:
                self._after_loss(error, copier, requested, before)
            without_progress = 0 if copier.progress > before else without_progress + 1
        raise ServerError("The server keeps ending the connection. Nothing was deleted.")

    def _after_loss(
        self, error: PoptuiError, copier: Copier, requested: Sequence[MessageEntry], before: int
    ) -> None:
        """Prepare for another session. Raises ServerError if another one can't help."""
        no_progress = copier.progress == before
        if isinstance(error, EndlessReplyError):
            copier.missing.update(_endless(error, self._marks.present(requested)))
        elif isinstance(error, BrokenReplyError) or (no_progress and not copier.one_at_a_time):
            copier.one_at_a_time = True
        elif no_progress and not isinstance(error, PipeliningError):
            raise ServerError(f"{error} Nothing was deleted.") from None

    async def _copy_over(
        self, workers: SessionWorkers, copier: Copier, requested: Sequence[MessageEntry]
    ) -> None:
        """Copy over this session; if stopped, drop it, because POP3 can't stop a reply."""
        try:
            await copier.copy(workers, self._marks.present(requested))
        except asyncio.CancelledError:
            workers.drop()
            self._sessions.reconnect_if_lost(workers)
            raise

    async def _resolve_unproved(self, copies: SafetyCopyStore, client: Client) -> bool:
        """Remove copies of earlier commits whose messages are still there in this session.

        Returns whether that was completed; never raises.
        """
        undecided = await asyncio.to_thread(copies.find_decidable, client.connection.age_s)
        superfluous: list[Path] = []
        needed: list[Path] = []
        try:
            for uid, paths in undecided.items():
                entry = self._state.listing.find(uid)
                if entry is None:
                    needed += paths
                    continue
                reply = await client.execute(Top(entry.number), Priority.VISIBLE)
                if reply.ok:
                    superfluous += await asyncio.to_thread(_same_message, reply.body, paths)
        except PoptuiError:
            return False
        if undecided:
            await asyncio.to_thread(copies.resolve, superfluous, needed)
        return True

    async def _undeleted_session(self) -> SessionWorkers:
        """Return a session that holds nothing as deleted, waiting for our last one's lock."""
        for pause in UNLOCK_WAITS_S:
            try:
                return await self._try_undeleted_session()
            except MailboxLockedError:
                await asyncio.sleep(pause)
        return await self._try_undeleted_session()

    async def _try_undeleted_session(self) -> SessionWorkers:
        """Return a session that holds nothing as deleted: a new one if RSET is refused."""
        workers = await self._sessions.online()
        try:
            await settle(workers)
        except PoptuiError:
            return await self._sessions.online()
        return workers


async def _decision(
    copier: Copier, requested: Sequence[MessageEntry], callbacks: CommitCallbacks
) -> Decision:
    """Ask what to delete if copies are missing. Raises SafetyCopyError if nothing is."""
    if not copier.missing:
        return Decision.ALL
    incomplete = IncompleteCopies(tuple(e for e in requested if e in copier.drafts), copier.missing)
    decision = await callbacks.on_incomplete(incomplete)
    if decision is Decision.NOTHING:
        raise SafetyCopyError(f"Nothing was deleted: {incomplete}.")
    return decision


async def _publish(
    copier: Copier, copies: SafetyCopyStore, requested: Sequence[MessageEntry], decision: Decision
) -> PreparedDeletion:
    """Publish the copies. Raises SafetyCopyError if that fails."""
    left = copier.missing if decision is Decision.COPIED else {}
    try:
        paths = await asyncio.to_thread(copies.publish, list(copier.drafts.values()))
    except OSError as error:
        raise SafetyCopyError(
            f"Nothing was deleted: the copies are lost, {reason(error)}."
        ) from None
    drafts, copier.drafts = copier.drafts, {}
    entries = [entry for entry in requested if entry not in left]
    return PreparedDeletion(entries, dict(left), dict(zip(drafts, paths, strict=True)), copies)


def _same_message(block: bytes, paths: Iterable[Path]) -> list[Path]:
    """Return the copies that begin with this header: a UID alone may be another message's."""
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


def _endless(
    error: EndlessReplyError, requested: Iterable[MessageEntry]
) -> dict[MessageEntry, str]:
    return {e: "its header does not end" for e in requested if e.number == error.number}
