"""Delete marked messages: reconcile, send QUIT, and verify the outcome. Nothing else deletes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence, Set
from typing import Any, NamedTuple

from poptui.errors import (
    MailboxLockedError,
    PipeliningError,
    PoptuiError,
    ServerError,
    UsageError,
)
from poptui.mailbox.commit import quit as quit_steps
from poptui.mailbox.commit.batches import BatchPlan
from poptui.mailbox.commit.comparison import Comparison
from poptui.mailbox.commit.outcome import Outcome, Proof
from poptui.mailbox.commit.quit import (
    OtherMessagesHeldError,
    QuitAnswer,
    SessionLostError,
    check,
    commit,
    settle,
    still_there,
    unverified,
    verify_outcome,
)
from poptui.mailbox.commit.safety_copies import CommitCallbacks, SafetyCopyStep
from poptui.mailbox.commit.verification import DeletionVerifier
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.session.backoff import retry_while_refused
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.session.workers import SessionWorkers
from poptui.mailbox.state import MailboxState
from poptui.mailbox.wording import READ_ONLY, names
from poptui.net.server_profile import ServerFact
from poptui.pop3.capabilities import AfterDownload
from poptui.threads import run_detached

logger = logging.getLogger(__name__)

ENDS_SESSION = "the server ends the session at its DELE"
"""The reason of a refusal that the server didn't put in words."""

MAX_SESSIONS = 3
"""Try at most this many sessions before QUIT is sent."""


class CommitService:
    """Commits over the sessions of a mailbox."""

    def __init__(
        self,
        state: MailboxState,
        sessions: SessionManager,
        marks: MarkService,
        verifier: DeletionVerifier,
        safety_copies: SafetyCopyStep,
    ) -> None:
        self._state, self._sessions, self._marks = state, sessions, marks
        self._verifier, self._safety_copies = verifier, safety_copies
        self._callbacks = CommitCallbacks()
        self._waited = 0.0
        """Seconds that the present commit has waited for a server that refuses logins."""
        self._checking: asyncio.Task[Outcome] | None = None
        self.in_doubt = False
        """A QUIT was sent, or is about to be, and its outcome hasn't been reported yet."""
        self.on_verified: Callable[[Sequence[MessageEntry], Set[MessageEntry]], None]
        """Called with the messages that a commit is proved to have deleted, and with those that
        remain."""
        self.on_finished: Callable[[], Awaitable[None]]
        """Called when a commit is over."""

    @property
    def makes_copies(self) -> bool:
        """Whether safety copies are made before a deletion."""
        return self._safety_copies.on

    def stop_copying(self) -> None:
        """Stop the commit, with nothing deleted, if it is still making safety copies."""
        self._safety_copies.stop()

    def stop_checking(self) -> None:
        """Stop waiting for the verification; believe the server's reply, if there is one."""
        if self._checking is not None:
            self._checking.cancel()

    async def run(
        self,
        *,
        stay: bool,
        confirmed: Iterable[MessageEntry] | None = None,
        callbacks: CommitCallbacks | None = None,
    ) -> Outcome:
        """Delete ``confirmed``, or everything that is marked, and return the outcome.

        Nothing else is deleted. Without ``callbacks`` nothing is deleted either if a safety copy
        fails. With ``stay`` a new session follows. Raises PoptuiError only if nothing was deleted,
        and UsageError if the mailbox is read-only.
        """
        if self._marks.readonly:
            raise UsageError(READ_ONLY)
        requested = self._marks.marked() if confirmed is None else list(confirmed)
        before = self._state.listing.entries
        outcome = await self._run(requested, callbacks or CommitCallbacks(), stay=stay)
        if outcome.deleted and outcome.proof is not Proof.NONE and not outcome.falsely_confirmed:
            self.on_verified(outcome.deleted, set(before).difference(requested))
        await self.on_finished()
        self.in_doubt = False
        return outcome

    async def _run(
        self, requested: Sequence[MessageEntry], callbacks: CommitCallbacks, *, stay: bool
    ) -> Outcome:
        self._callbacks, self._waited = callbacks, 0.0
        logger.info("commit of %d messages: %s", len(requested), _MessageNumbers(requested))
        prepared = await self._safety_copies.prepare(requested, callbacks)
        logger.info("safety copies let %d of them be deleted", len(prepared.entries))
        try:
            outcome = await self._commit_all(prepared.entries, stay=stay)
        except PoptuiError as error:
            logger.warning("the commit deleted nothing: %s", error)
            self.in_doubt = False
            self._marks.not_deleted(requested)
            await prepared.keep_in_doubt(requested)
            raise
        await prepared.keep_in_doubt((*outcome.remaining, *outcome.refused))
        return prepared.completed(outcome)

    async def _commit_all(self, requested: Sequence[MessageEntry], *, stay: bool) -> Outcome:
        """Commit in as many sessions as needed. Raises PoptuiError only if nothing was deleted."""
        plan, total, sessions_lost = BatchPlan(requested), Outcome(), 0
        stopped: PoptuiError | None = None
        while (batch := plan.next()) and stopped is None:
            more = len(batch) < len(plan.left)
            try:
                if sessions_lost:
                    await self._connect_again()
                outcome, ok = await self._commit(batch, stay=stay or more, alone=sessions_lost > 0)
            except SessionLostError as lost:
                sessions_lost += 1
                stopped = self._after_loss(lost, plan, batch, sessions_lost)
                continue
            except PoptuiError as error:
                stopped = stopped or error
                break
            if ok is None and len(batch) > 1 and _all_there(outcome, batch):
                sessions_lost += 1
                plan.lost(batch, len(batch), None)
                continue
            plan.done(batch)
            total = total.plus(outcome)
            self._callbacks.on_deleting(len(requested) - len(plan.left), len(requested))
            seen = ok is None and outcome.proof is Proof.LISTING and outcome.deleted
            if plan.left and (outcome.falsely_confirmed or outcome.unknown or not (ok or seen)):
                break
        if stopped is not None and not (total.deleted or total.unknown):
            raise stopped
        return self._completed(total, plan, stopped)

    def _after_loss(
        self,
        lost: SessionLostError,
        plan: BatchPlan,
        batch: Sequence[MessageEntry],
        sessions_lost: int,
    ) -> SessionLostError | None:
        """Plan the next batch after a lost session; return the error if that can't help."""
        logger.info(
            "the session ended after %d DELEs, amid that of %s: %s",
            *(lost.reached, lost.suspect, lost.error),
        )
        if any(map(_is_session_only, plan.left)):
            return lost
        if isinstance(lost.error, PipeliningError) and sessions_lost == 1:
            return None
        return None if plan.lost(batch, lost.reached, lost.suspect) else lost

    async def _connect_again(self) -> None:
        """Connect after a lost session, whose lock may still be held. Raises PoptuiError."""
        try:
            await self._sessions.connect()
        except MailboxLockedError:
            await retry_while_refused(self._sessions.connect, self._waiting)

    def _completed(self, total: Outcome, plan: BatchPlan, stopped: PoptuiError | None) -> Outcome:
        """Add the messages that were set aside, or not deleted by any session, to the outcome."""
        self._marks.not_deleted((*plan.left, *plan.set_aside))
        self._marks.set_aside(plan.set_aside, ENDS_SESSION)
        return total._replace(
            remaining=(*total.remaining, *plan.left),
            refused=(*total.refused, *plan.set_aside),
            reasons={**total.reasons, **{entry.key: ENDS_SESSION for entry in plan.set_aside}},
            reply=total.reply if stopped is None else str(stopped),
        )

    async def _commit(
        self, requested: Sequence[MessageEntry], *, stay: bool, alone: bool
    ) -> tuple[Outcome, bool | None]:
        """Commit one batch; return the outcome and whether QUIT was answered +OK.

        ``alone``: load no headers in this session.
        """
        workers, refused, comparison = await self._reconciled(requested, alone=alone)
        present = [entry for entry in self._marks.present(requested) if entry not in refused]
        before = self._state.listing
        unconfirmed = workers.client.protocol.downloaded - workers.client.protocol.deleted
        async with self._sessions.ending(workers):
            self.in_doubt = True
            logger.info("the listing agrees: sending QUIT")
            self._state.commits.confirmed |= {entry.key for entry in present}
            answer = await commit(workers, present, comparison.contradicted)
            logger.info("QUIT was answered %s: %s", _REPLY_NAMES[answer.ok], answer.outcome.reply)
            outcome = await self._verified(answer, before, verify=bool(unconfirmed))
            self._note(outcome)
            logger.info("the outcome, by %s: %s", outcome.proof.value, _log_text(outcome))
            if outcome.uids_shifted:
                await _learn_shift(workers)
        if stay:
            outcome = await self._unless_stopped(self._stay(outcome), outcome)
        falsely_confirmed = bool(answer.ok and still_there(answer, outcome))
        if answer.ok:
            await self._verifier.learn(outcome.proof, falsely_confirmed=falsely_confirmed)
        lost = set(requested).difference(present, refused)
        claimed = outcome._replace(
            unknown=(*outcome.unknown, *lost),
            refused=(*outcome.refused, *refused),
            reasons={**outcome.reasons, **{e.key: why for e, why in refused.items()}},
            falsely_confirmed=falsely_confirmed,
        )
        return claimed, answer.ok

    async def _reconciled(
        self, requested: Sequence[MessageEntry], *, alone: bool
    ) -> tuple[SessionWorkers, dict[MessageEntry, str], Comparison]:
        """Return a session that holds ``requested`` as deleted, and whose QUIT removes no others.

        Also returns those of ``requested`` that an earlier session refused to delete, and why. If
        QUIT might also remove messages that were only downloaded (RFC 2449 section 6.7), that
        session is dropped without QUIT and another one begun. Raises PoptuiError if nothing was
        deleted.
        """
        refused: dict[MessageEntry, str] = {}
        workers = await self._sessions.online()
        if alone:
            workers.loader.stop()
        for _ in range(MAX_SESSIONS):
            present = [entry for entry in self._marks.present(requested) if entry not in refused]
            with self._marks.only(present):
                if _at_risk(workers, present, {entry.number for entry in present}):
                    workers = await self._renew(workers, present)
                    present = self._marks.present(present)
                await self._marks.committing(present)
                await settle(workers)
                logger.info(
                    "the server holds as deleted: %s", sorted(workers.client.protocol.deleted)
                )
                try:
                    comparison = await check(workers, self._state.listing)
                except OtherMessagesHeldError as error:
                    if error.shifted:
                        await _learn_shift(workers)
                    raise
            if not _at_risk(workers, present, workers.client.protocol.deleted):
                return workers, refused, comparison
            refusals = workers.reconciler.refused
            refused.update({e: refusals[e.number] for e in present if e.number in refusals})
        unsafe = ServerError(
            "Nothing was deleted: the server would delete messages that were only downloaded."
        )
        workers.stop()
        workers.client.fail(unsafe)
        raise unsafe

    async def _renew(
        self, workers: SessionWorkers, present: Sequence[MessageEntry]
    ) -> SessionWorkers:
        """Begin a session that downloads nothing. Raises PoptuiError if that fails."""
        if any(map(_is_session_only, present)) and workers.client.protocol.quit_is_unsafe:
            raise ServerError(
                "Nothing was deleted: nobody knows what a command that you typed has done to this"
                " session, and without UIDs the marks don't reach another one."
                " Refresh, then mark again."
            )
        if any(map(_is_session_only, present)):
            left = workers.client.protocol.removed_by_quit({entry.number for entry in present})
            read = [entry for entry in self._state.listing.entries if entry.number in left]
            raise ServerError(
                "Nothing was deleted: this server would also delete what was downloaded and isn't"
                f" marked ({names(read)}), and without UIDs the marks don't reach another session."
                " Refresh, then mark without opening other messages."
            )
        logger.info("QUIT here might delete more than is confirmed: taking a new session")
        try:
            return await self._sessions.renew()
        except PoptuiError as error:
            raise ServerError(
                "Nothing was deleted: QUIT might delete more than what you confirmed, so the"
                f" deletion needs a new connection. {error}"
            ) from None

    async def _verified(
        self, answer: QuitAnswer, before: MailboxListing, *, verify: bool
    ) -> Outcome:
        """Return the outcome; verify it in a new session if it is in doubt or ``verify`` is set."""
        claimed = answer.outcome
        doubtful = answer.contradicted or (claimed.deleted and (verify or not answer.ok))
        if not (doubtful or (claimed.deleted and await self._verifier.doubts())):
            return claimed
        logger.info("connecting again to see what was deleted")
        looking = verify_outcome(answer, before, self._sessions.log_in, self._waiting)
        outcome = await self._unless_stopped(looking, unverified(answer))
        # A slow server may delete what an earlier commit confirmed only now.
        vanished = tuple(e for e in outcome.vanished if e.key not in self._state.commits.confirmed)
        return outcome._replace(vanished=vanished)

    async def _unless_stopped(
        self, checking: Coroutine[Any, Any, Outcome], otherwise: Outcome
    ) -> Outcome:
        """Wait for ``checking``; return ``otherwise`` if the user stops that."""
        self._checking = asyncio.create_task(checking, name="verify")
        try:
            return await self._checking
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                self._checking.cancel()
                raise
            return otherwise
        finally:
            self._checking = None

    def _waiting(self, seconds: float, error: PoptuiError) -> None:
        self._waited += seconds
        self._callbacks.on_waiting(seconds, error)

    def _note(self, outcome: Outcome) -> None:
        commits = self._state.commits
        commits.deleted_last = frozenset(entry.key for entry in outcome.deleted)
        commits.deleted |= commits.deleted_last
        self._marks.deleted(outcome.deleted)
        self._marks.not_deleted((*outcome.remaining, *outcome.refused))

    async def _stay(self, outcome: Outcome) -> Outcome:
        """Begin a new session, which also shows whether the deleted messages are gone."""
        try:
            await self._sessions.connect_after_commit(self._waiting, self._waited)
            still = self._marks.present(outcome.deleted)
            if still:
                await asyncio.sleep(quit_steps.RECHECK_DELAY_S)
                await self._sessions.refresh()
        except PoptuiError:
            return outcome
        still = self._marks.present(outcome.deleted)
        self._state.commits.deleted -= {entry.key for entry in still}
        self._marks.mark(still)
        gone = tuple(entry for entry in outcome.deleted if entry not in still)
        return outcome._replace(vanished=(), deleted=gone, remaining=(*still, *outcome.remaining))


def _at_risk(workers: SessionWorkers, present: Sequence[MessageEntry], deleting: Set[int]) -> bool:
    """Whether QUIT might delete more than ``deleting``, if another session would avoid that.

    Where the server doesn't say that it removes downloads, marks that can't reach another session
    are still committed in this one.
    """
    if workers.client.protocol.quit_is_unsafe:
        return True
    certain = workers.client.protocol.after_download is AfterDownload.REMOVED
    if not certain and any(map(_is_session_only, present)):
        return False
    return bool(workers.client.protocol.removed_by_quit(deleting))


async def _learn_shift(workers: SessionWorkers) -> None:
    """Remember that this server's UIDs move to other messages."""
    profile, address = workers.pipelining.profile, workers.client.server.address
    await run_detached(lambda: profile.learn(ServerFact.UIDS_SHIFT, address, True))


def _all_there(outcome: Outcome, batch: Sequence[MessageEntry]) -> bool:
    """Whether the verification showed that QUIT did nothing."""
    return outcome.proof is Proof.LISTING and len(outcome.remaining) == len(batch)


def _is_session_only(entry: MessageEntry) -> bool:
    """Whether its mark ends with the session, because it has no unique UID."""
    return entry.uid is None or entry.ambiguous


_REPLY_NAMES = {True: "+OK", False: "-ERR", None: "by nothing"}


class _MessageNumbers(NamedTuple):
    """Formats messages for the log as number and UID, but only if they are logged."""

    entries: Iterable[MessageEntry]

    def __str__(self) -> str:
        return _named(self.entries)


def _named(entries: Iterable[MessageEntry]) -> str:
    return ", ".join(f"{entry.number} ({entry.uid or 'no UID'})" for entry in entries) or "none"


def _log_text(outcome: Outcome) -> str:
    """Return the outcome as a line for the log."""
    groups = ("deleted", "remaining", "refused", "unknown")
    return "; ".join(f"{group}: {_named(getattr(outcome, group))}" for group in groups)
