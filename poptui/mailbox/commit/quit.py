"""The protocol steps of a commit: check, send QUIT, read its reply, and verify the result."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence, Set
from contextlib import suppress
from operator import attrgetter
from typing import NamedTuple

from poptui.errors import PoptuiError, ServerError, quoted
from poptui.mailbox.commit.comparison import Comparison, compare
from poptui.mailbox.commit.outcome import Outcome, Proof
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing, shifted
from poptui.mailbox.listing_request import ListingReplies, request_listing
from poptui.mailbox.session.backoff import retry_while_refused
from poptui.mailbox.session.workers import SessionWorkers
from poptui.net.login import LoggedInClient
from poptui.pop3.errors import LocalError

RECHECK_DELAY_S = 2.0
"""List the mailbox again after this long if messages are still there: a server without a lock may
accept a login before it has deleted them."""


class SessionLostError(ServerError):
    """The session ended before QUIT, so it deleted nothing."""

    def __init__(self, workers: SessionWorkers, error: PoptuiError) -> None:
        super().__init__(f"{error} Nothing was deleted.")
        self.error = error
        self.reached = len(workers.client.protocol.deleted)
        """The number of DELEs that were answered +OK."""
        self.suspect = min(workers.client.protocol.unanswered_deletions, default=None)
        """The number of the message whose DELE got no reply; None if all did."""


class OtherMessagesHeldError(ServerError):
    """QUIT would have deleted a message that was not marked, so it was not sent."""

    def __init__(self, sentence: str, *, shifted: bool) -> None:
        """``shifted``: the UIDs moved to other messages."""
        super().__init__(sentence)
        self.shifted = shifted


class QuitAnswer(NamedTuple):
    """The reply to QUIT, and the outcome that it confirms."""

    outcome: Outcome
    """Its ``deleted`` has what the server held as deleted when QUIT was sent."""
    ok: bool | None
    """Whether it was ``+OK``; None if there was no reply."""
    contradicted: frozenset[MessageEntry] = frozenset()
    """The listing before QUIT contradicted the replies to their DELE."""


async def settle(workers: SessionWorkers) -> None:
    """Send the marks to the server. Raises ServerError after dropping the session."""
    try:
        await workers.reconciler.settle()
    except PoptuiError as error:
        raise _lose(workers, error) from None


async def check(workers: SessionWorkers, listing: MailboxListing) -> Comparison:
    """Compare the listings before QUIT. Raises ServerError after dropping the session."""
    try:
        comparison = await compare(workers, listing)
    except PoptuiError as error:
        raise _lose(workers, error) from None
    if comparison.missing:
        address = workers.client.server.address
        raise OtherMessagesHeldError(
            str(
                _give_up(
                    workers,
                    f"{address} marked different messages for deletion than poptui asked for.",
                )
            ),
            shifted=comparison.misplaced and listing.uids_are_numbers,
        )
    return comparison


def _lose(workers: SessionWorkers, error: PoptuiError) -> SessionLostError:
    lost = SessionLostError(workers, error)
    workers.stop()
    workers.client.fail(lost)
    return lost


def _give_up(workers: SessionWorkers, sentence: str) -> ServerError:
    error = ServerError(f"{sentence} Nothing was deleted.")
    workers.stop()
    workers.client.fail(error)
    return error


async def commit(
    workers: SessionWorkers,
    confirmed: Sequence[MessageEntry],
    contradicted: frozenset[MessageEntry] = frozenset(),
) -> QuitAnswer:
    """Delete ``confirmed`` by QUIT, over a session whose marks are reconciled.

    Raises PoptuiError only if QUIT was not sent.
    """
    claimed = _reconciled(workers, confirmed)
    try:
        reply = await workers.client.quit(frozenset(entry.number for entry in claimed.deleted))
    except LocalError as error:
        raise ServerError(f"Nothing was deleted: {error}.") from None
    except PoptuiError as error:
        return QuitAnswer(claimed._replace(reply=str(error)), None, contradicted)
    return QuitAnswer(claimed._replace(reply=quoted(reply.text)), reply.ok, contradicted)


def _reconciled(workers: SessionWorkers, confirmed: Sequence[MessageEntry]) -> Outcome:
    """Return what the server holds as deleted now, what it refused, and what it doesn't hold."""
    held, refusals = workers.client.protocol.deleted, workers.reconciler.refused
    refused = tuple(entry for entry in confirmed if entry.number in refusals)
    return Outcome(
        deleted=tuple(entry for entry in confirmed if entry.number in held),
        refused=refused,
        remaining=tuple(e for e in confirmed if e.number not in held and e.number not in refusals),
        reasons={entry.key: refusals[entry.number] for entry in refused},
    )


async def verify_outcome(
    answer: QuitAnswer,
    before: MailboxListing,
    log_in: Callable[[], Awaitable[LoggedInClient]],
    waiting: Callable[[float, PoptuiError], None] = lambda seconds, error: None,
) -> Outcome:
    """Connect again and compare the UIDs with those ``before``. Never raises PoptuiError.

    ``waiting`` is called before each wait for a server that refuses logins for now.
    """
    outcome = _decide_by_listing(answer, await _list_again(log_in, waiting), before)
    if outcome.proof is Proof.LISTING and answer.ok is not False and still_there(answer, outcome):
        await asyncio.sleep(RECHECK_DELAY_S)
        replies = await _list_again(log_in, waiting)
        return outcome if replies is None else _decide_by_listing(answer, replies, before)
    return outcome


def still_there(answer: QuitAnswer, outcome: Outcome) -> frozenset[MessageEntry]:
    """Return what QUIT should have deleted and did not."""
    return frozenset(answer.outcome.deleted).intersection(outcome.remaining)


def _decide_by_listing(
    answer: QuitAnswer, replies: ListingReplies | None, before: MailboxListing
) -> Outcome:
    if replies is None:
        return unverified(answer)
    if not replies.has_uidl or before.uids_shift:
        return _counted(answer, list(replies.sizes.values()), before)
    return _compared(answer, replies, before)


def unverified(answer: QuitAnswer) -> Outcome:
    """Decide without a new listing: believe the server unless something contradicts it."""
    claimed = answer.outcome
    by_reply = [e for e in claimed.deleted if answer.ok and e not in answer.contradicted]
    return _decided(answer, deleted=by_reply)


def _counted(answer: QuitAnswer, sizes: Sequence[int], before: MailboxListing) -> Outcome:
    """Decide by sizes: they prove something only if all messages remain, or all but the deleted."""
    claimed = answer.outcome
    held = frozenset(claimed.deleted)
    oldest_first = sorted(before.entries, key=attrgetter("number"))
    rest = [entry.size for entry in oldest_first if entry not in held]
    if list(sizes) == rest and answer.ok:
        return _decided(answer, deleted=claimed.deleted)
    if list(sizes) == [entry.size for entry in oldest_first]:
        return _decided(answer, remaining=claimed.deleted, proof=Proof.LISTING)
    return unverified(answer)


def _compared(answer: QuitAnswer, replies: ListingReplies, before: MailboxListing) -> Outcome:
    """Decide by the UIDs that are listed now."""
    listed_uids = {replies.uids.get(number) for number in replies.sizes}
    claimed = answer.outcome
    if shifted(before, replies, {entry.key for entry in (*claimed.deleted, *claimed.refused)}):
        shifted_uids = _with_shifted_uids(answer, len(replies.sizes), before)
        return shifted_uids._replace(uids_shifted=True)
    comparable = _comparable(listed_uids, before, claimed.deleted)
    named = [entry for entry in claimed.deleted if entry.uid and not entry.ambiguous]
    fewer, as_before = _copies(replies, before, claimed.deleted)
    remaining = [entry for entry in named if entry.uid in listed_uids]
    gone = [entry for entry in named if entry.uid not in listed_uids] if comparable else []
    if comparable:
        gone += [entry for entry in fewer if entry not in answer.contradicted]
        remaining += as_before
    certain = frozenset(remaining).union(gone)
    undecided = [entry for entry in claimed.deleted if entry not in certain]
    by_reply = [e for e in undecided if answer.ok and e not in answer.contradicted]
    outcome = _decided(
        answer,
        deleted=(*gone, *by_reply),
        remaining=remaining,
        proof=Proof.NONE if undecided else Proof.LISTING,
        comparable=comparable,
    )
    outcome = outcome._replace(
        vanished=_vanished(listed_uids, before, claimed) if comparable else ()
    )
    return _refused_but_gone(outcome, listed_uids) if comparable else outcome


def _copies(
    replies: ListingReplies, before: MailboxListing, deleted: Sequence[MessageEntry]
) -> tuple[list[MessageEntry], list[MessageEntry]]:
    """Decide about deleted messages that share a UID, by the number of messages left with it.

    Returns those whose UID has exactly as many fewer as were deleted, and those whose UID has as
    many as before.
    """
    shared = [entry for entry in deleted if entry.uid and entry.ambiguous]
    if not shared:
        return [], []
    now = Counter(replies.uids.get(number) for number in replies.sizes)
    was = Counter(entry.uid for entry in before.entries if entry.ambiguous)
    claimed_counts = Counter(entry.uid for entry in shared)
    fewer = [
        entry for entry in shared if now[entry.uid] == was[entry.uid] - claimed_counts[entry.uid]
    ]
    return fewer, [entry for entry in shared if now[entry.uid] == was[entry.uid]]


def _vanished(
    listed_uids: Set[str | None], before: MailboxListing, claimed: Outcome
) -> tuple[MessageEntry, ...]:
    """Return messages that are gone although they were not marked."""
    claimed_counts = {*claimed.deleted, *claimed.remaining, *claimed.refused}
    others = [e for e in before.entries if e.uid and not e.ambiguous and e not in claimed_counts]
    return tuple(entry for entry in others if entry.uid not in listed_uids)


def _decided(
    answer: QuitAnswer,
    *,
    deleted: Sequence[MessageEntry] = (),
    remaining: Sequence[MessageEntry] = (),
    proof: Proof = Proof.NONE,
    comparable: bool = False,
) -> Outcome:
    """Make the outcome; what QUIT should have deleted and is in neither sequence is unknown.

    Unless ``comparable``, a message that was refused, but no longer listed before QUIT, is unknown.
    """
    claimed, decided = answer.outcome, frozenset(deleted).union(remaining)
    doubtful = (
        frozenset[MessageEntry]()
        if comparable
        else answer.contradicted.intersection(claimed.refused)
    )
    return claimed._replace(
        deleted=tuple(deleted),
        remaining=(*remaining, *claimed.remaining),
        refused=tuple(entry for entry in claimed.refused if entry not in doubtful),
        unknown=(*(entry for entry in claimed.deleted if entry not in decided), *doubtful),
        proof=proof,
    )


def _refused_but_gone(outcome: Outcome, listed_uids: Set[str | None]) -> Outcome:
    """Count a message as deleted if the server refused its DELE but it is gone."""
    gone = [e for e in outcome.refused if e.uid and not e.ambiguous and e.uid not in listed_uids]
    if not gone:
        return outcome
    return outcome._replace(
        deleted=(*outcome.deleted, *gone),
        refused=tuple(entry for entry in outcome.refused if entry not in frozenset(gone)),
    )


def _with_shifted_uids(answer: QuitAnswer, count: int, before: MailboxListing) -> Outcome:
    """Decide if UIDs have moved to other messages: only the number of messages may confirm it."""
    confirms = count == len(before.entries) - len(answer.outcome.deleted)
    return unverified(answer) if confirms else _decided(answer)


def _comparable(
    listed_uids: Set[str | None], before: MailboxListing, deleted: Sequence[MessageEntry]
) -> bool:
    """Whether a UID that is no longer listed proves that its message is gone.

    It doesn't if some message has no UID now, or if none of the messages that should have stayed is
    listed: all UIDs may be new, or the server may not list its mail.
    """
    if None in listed_uids:
        return False
    emptied = not listed_uids and len(deleted) == len(before.entries)
    return emptied or any(entry.uid in listed_uids for entry in before.entries)


async def _list_again(
    log_in: Callable[[], Awaitable[LoggedInClient]], waiting: Callable[[float, PoptuiError], None]
) -> ListingReplies | None:
    async def attempt() -> ListingReplies:
        return await _request_and_quit(await log_in())

    try:
        return await retry_while_refused(attempt, waiting)
    except PoptuiError:
        return None


async def _request_and_quit(session: LoggedInClient) -> ListingReplies:
    try:
        replies = await request_listing(session)
        with suppress(PoptuiError):
            await session.client.quit()
        return replies
    finally:
        session.client.close()
