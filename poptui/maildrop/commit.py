"""The commit: QUIT with what was confirmed, its answer read, and a look where it is in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from poptui.faults import Fault, LoginFault, ServerFault, words
from poptui.maildrop.entry import Entry
from poptui.maildrop.listing import Listing
from poptui.maildrop.outcome import Outcome
from poptui.maildrop.survey import Survey, survey
from poptui.maildrop.visit import Visit
from poptui.net.login import Session
from poptui.pop3.errors import LocalError

LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each try to look at a maildrop whose old session may still hold the lock."""


async def commit(
    visit: Visit,
    confirmed: Sequence[Entry],
    listing: Listing,
    log_in: Callable[[], Awaitable[Session]],
) -> Outcome:
    """Delete ``confirmed``, of ``listing``, by QUIT, over a session whose marks are reconciled.

    Raises Fault only where QUIT was not sent.
    """
    held = tuple(entry for entry in confirmed if entry.number in visit.client.deleted)
    said_no = visit.reconciler.refused
    refused = tuple(entry for entry in confirmed if entry.number in said_no)
    answered = {*held, *refused}
    reasons = {entry.key: said_no[entry.number] for entry in refused}
    others = tuple(entry for entry in confirmed if entry not in answered)
    known = Outcome(remaining=others, refused=refused, reasons=reasons)
    try:
        reply = await visit.client.quit(frozenset(entry.number for entry in held))
    except LocalError as error:
        raise ServerFault(f"Nothing was deleted: {error}.") from None
    except Fault as fault:
        return await _verified(replace(known, said=str(fault)), held, listing, log_in)
    known = replace(known, said=words(reply.text))
    if not reply.ok:
        return await _verified(known, held, listing, log_in)
    return replace(known, deleted=held)


async def settle(visit: Visit) -> None:
    """Have the server hold what is confirmed. Raises ServerFault, the session being dropped."""
    try:
        await visit.reconciler.settle()
    except Fault as fault:
        visit.stop()
        visit.client.fail(fault)
        raise ServerFault(f"{fault} Nothing was deleted; the marks are kept.") from None


async def _verified(
    known: Outcome,
    held: tuple[Entry, ...],
    listing: Listing,
    log_in: Callable[[], Awaitable[Session]],
) -> Outcome:
    """Nobody knows what QUIT did: reconnect and compare the UIDs."""
    seen = await _look(log_in)
    if seen is None or not seen.has_uidl:
        return replace(known, unknown=held)
    there = set(seen.uids.values())
    named = [entry for entry in held if entry.uid and not entry.ambiguous]
    remaining = tuple(entry for entry in named if entry.uid in there)
    absent = tuple(entry for entry in named if entry.uid not in there)
    deleted = absent if _comparable(seen, listing) else ()
    told = {*remaining, *deleted}
    unknown = tuple(entry for entry in held if entry not in told)
    return replace(
        known, deleted=deleted, remaining=(*remaining, *known.remaining), unknown=unknown
    )


def _comparable(seen: Survey, before: Listing) -> bool:
    """Whether a UID that is not seen any more means a message that is gone.

    It does not where a message has no UID now, nor where all UIDs are new ones.
    """
    there = {seen.uids.get(number) for number in seen.sizes}
    return None not in there and (not there or any(e.uid in there for e in before.entries))


async def _look(log_in: Callable[[], Awaitable[Session]]) -> Survey | None:
    for wait in LOOKS:
        await asyncio.sleep(wait)
        try:
            return await _seen(await log_in())
        except LoginFault:
            return None
        except Fault:
            continue
    return None


async def _seen(session: Session) -> Survey:
    try:
        seen = await survey(session)
        with suppress(Fault):
            await session.client.quit()
        return seen
    finally:
        session.client.close()
