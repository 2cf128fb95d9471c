"""The commit: QUIT with what was confirmed, its answer read, and a look where it is in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from poptui.errors import PoptuiError, ServerError, words
from poptui.mailbox.commit.outcome import Outcome, Proof
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.session_workers import SessionWorkers
from poptui.mailbox.survey import Survey, survey
from poptui.net.login import LoggedIn
from poptui.pop3.commands import List
from poptui.pop3.errors import LocalError
from poptui.pop3.listing import parse_list

LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each try to look at a mailbox whose old session may still hold the lock."""

LONG = 15.0
"""Seconds: where the server asks for more before the next login, nobody waits for a look."""

AGAIN = 2.0
"""Seconds after which what is still there is looked at once more: without a lock we may have come
before the server had obeyed."""


class QuitAnswer(NamedTuple):
    """What QUIT came to: the outcome if the server's word is taken for it."""

    outcome: Outcome
    """``deleted`` is what the server held as deleted when QUIT was sent."""
    ok: bool | None
    """``+OK``, ``-ERR``, or no answer at all."""


async def settle(visit: SessionWorkers) -> None:
    """Have the server hold what is confirmed. Raises ServerFault, the session being dropped."""
    try:
        await visit.reconciler.settle()
    except PoptuiError as fault:
        raise _given_up(visit, str(fault)) from None


async def compare(visit: SessionWorkers, listing: MailboxListing) -> None:
    """See that no message is gone from the server's list that was not to be marked there.

    A number may be garbled on the line, or mistaken by the server: LIST leaves out what is held
    as deleted (RFC 1939 section 5). Raises ServerFault, the session being dropped.
    """
    try:
        reply = await visit.client.execute(List())
    except PoptuiError as fault:
        raise _given_up(visit, str(fault)) from None
    there = await asyncio.to_thread(parse_list, reply.body)
    known = there.keys() | visit.client.deleted | visit.reconciler.refused.keys()
    if reply.ok and not all(entry.number in known for entry in listing.entries):
        address = visit.client.server.address
        raise _given_up(visit, f"{address} holds other messages as deleted than poptui asked for.")


def _given_up(visit: SessionWorkers, sentence: str) -> ServerError:
    fault = ServerError(f"{sentence} Nothing was deleted; the marks are kept.")
    visit.stop()
    visit.client.fail(fault)
    return fault


async def commit(visit: SessionWorkers, confirmed: Sequence[MessageEntry]) -> QuitAnswer:
    """Delete ``confirmed`` by QUIT, over a session whose marks are reconciled.

    Raises Fault only where QUIT was not sent.
    """
    told = _reconciled(visit, confirmed)
    try:
        reply = await visit.client.quit(frozenset(entry.number for entry in told.deleted))
    except LocalError as error:
        raise ServerError(f"Nothing was deleted: {error}.") from None
    except PoptuiError as fault:
        return QuitAnswer(replace(told, said=str(fault)), None)
    return QuitAnswer(replace(told, said=words(reply.text)), reply.ok)


def _reconciled(visit: SessionWorkers, confirmed: Sequence[MessageEntry]) -> Outcome:
    """What the server holds as deleted now, and what it does not."""
    held, refusals = visit.client.deleted, visit.reconciler.refused
    refused = tuple(entry for entry in confirmed if entry.number in refusals)
    return Outcome(
        deleted=tuple(entry for entry in confirmed if entry.number in held),
        refused=refused,
        remaining=tuple(e for e in confirmed if e.number not in held and e.number not in refusals),
        reasons={entry.key: refusals[entry.number] for entry in refused},
    )


async def look_up(
    answer: QuitAnswer, before: MailboxListing, log_in: Callable[[], Awaitable[LoggedIn]]
) -> Outcome:
    """Reconnect and compare the UIDs with those ``before``. Never raises Fault."""
    outcome = _seen_by(answer, await _look(log_in), before)
    if outcome.proof is Proof.LOOK and answer.ok is not False and still_there(answer, outcome):
        await asyncio.sleep(AGAIN)
        seen = await _look(log_in)
        return outcome if seen is None else _seen_by(answer, seen, before)
    return outcome


def still_there(answer: QuitAnswer, outcome: Outcome) -> tuple[MessageEntry, ...]:
    """What QUIT was to delete and did not."""
    return tuple(entry for entry in answer.outcome.deleted if entry in outcome.remaining)


def _seen_by(answer: QuitAnswer, seen: Survey | None, before: MailboxListing) -> Outcome:
    if seen is None or not seen.has_uidl:
        return _unseen(answer)
    return _compared(answer, [seen.uids.get(number) for number in seen.sizes], before)


def _unseen(answer: QuitAnswer) -> Outcome:
    """Nobody can look: the server's word holds, and without it nothing is known."""
    outcome = replace(answer.outcome, proof=Proof.NONE)
    return outcome if answer.ok else replace(outcome, deleted=(), unknown=outcome.deleted)


def _compared(answer: QuitAnswer, uids: Sequence[str | None], before: MailboxListing) -> Outcome:
    """What became of the messages that QUIT was to delete, now that these UIDs are there."""
    there, told = set(uids), answer.outcome
    named = [entry for entry in told.deleted if entry.uid and not entry.ambiguous]
    remaining = tuple(entry for entry in named if entry.uid in there)
    absent = tuple(entry for entry in named if entry.uid not in there)
    certain = absent if _comparable(there, before, told.deleted) else ()
    open_ = tuple(entry for entry in told.deleted if entry not in {*remaining, *certain})
    return replace(
        told,
        deleted=(*certain, *open_) if answer.ok else certain,
        remaining=(*remaining, *told.remaining),
        unknown=() if answer.ok else open_,
        proof=Proof.NONE if open_ else Proof.LOOK,
    )


def _comparable(
    there: set[str | None], before: MailboxListing, deleted: Sequence[MessageEntry]
) -> bool:
    """Whether a UID that is not seen any more means a message that is gone.

    It does not where a message has no UID now, nor where nothing is seen of what should have
    stayed: all UIDs may be new ones, or the server may not show its mail.
    """
    if None in there:
        return False
    emptied = not there and len(deleted) == len(before.entries)
    return emptied or any(entry.uid in there for entry in before.entries)


async def _look(log_in: Callable[[], Awaitable[LoggedIn]]) -> Survey | None:
    for wait in LOOKS:
        await asyncio.sleep(wait)
        try:
            return await _seen(await log_in())
        except PoptuiError as fault:
            if not fault.passing or getattr(fault, "wait", 0.0) > LONG:
                return None
    return None


async def _seen(session: LoggedIn) -> Survey:
    try:
        seen = await survey(session)
        with suppress(PoptuiError):
            await session.client.quit()
        return seen
    finally:
        session.client.close()
