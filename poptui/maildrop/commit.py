"""The commit: QUIT with what was confirmed, its answer read, and a look where it is in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from poptui.faults import Fault, LoginFault, ServerFault, words
from poptui.maildrop.entry import Entry
from poptui.maildrop.outcome import Outcome
from poptui.maildrop.survey import Survey, survey
from poptui.maildrop.visit import Visit
from poptui.net.login import Session
from poptui.pop3.errors import LocalError

LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each try to look at a maildrop whose old session may still hold the lock."""


async def commit(
    visit: Visit, confirmed: Sequence[Entry], log_in: Callable[[], Awaitable[Session]]
) -> Outcome:
    """Delete ``confirmed`` by QUIT, over a session whose marks are reconciled.

    Raises Fault only where QUIT was not sent.
    """
    held = tuple(entry for entry in confirmed if entry.number in visit.client.deleted)
    said_no = visit.reconciler.refused
    refused = tuple(entry for entry in confirmed if entry.number in said_no)
    reasons = {entry.key: said_no[entry.number] for entry in refused}
    others = tuple(entry for entry in confirmed if entry not in held and entry not in refused)
    known = Outcome(remaining=others, refused=refused, reasons=reasons)
    try:
        reply = await visit.client.quit(frozenset(entry.number for entry in held))
    except LocalError as error:
        raise ServerFault(f"Nothing was deleted: {error}.") from None
    except Fault as fault:
        return await _verified(replace(known, said=str(fault)), held, log_in)
    known = replace(known, said=words(reply.text))
    if not reply.ok:
        return await _verified(known, held, log_in)
    return replace(known, deleted=held)


async def _verified(
    known: Outcome, held: tuple[Entry, ...], log_in: Callable[[], Awaitable[Session]]
) -> Outcome:
    """Nobody knows what QUIT did: reconnect and compare the UIDs."""
    seen = await _look(log_in)
    if seen is None or not seen.has_uidl:
        return replace(known, unknown=held)
    there = set(seen.uids.values())
    named = [entry for entry in held if entry.uid and not entry.ambiguous]
    return replace(
        known,
        deleted=tuple(entry for entry in named if entry.uid not in there),
        remaining=(*(entry for entry in named if entry.uid in there), *known.remaining),
        unknown=tuple(entry for entry in held if entry not in named),
    )


async def _look(log_in: Callable[[], Awaitable[Session]]) -> Survey | None:
    for wait in LOOKS:
        await asyncio.sleep(wait)
        try:
            session = await log_in()
            seen = await survey(session)
        except LoginFault:
            return None
        except Fault:
            continue
        with suppress(Fault):
            await session.client.quit()
        return seen
    return None
