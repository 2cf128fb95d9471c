"""The commit: QUIT with what was confirmed, its answer read, and a look where it is in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

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
    refused = tuple(entry for entry in confirmed if entry.number in visit.reconciler.refused)
    others = tuple(entry for entry in confirmed if entry not in held and entry not in refused)
    try:
        reply = await visit.client.quit(frozenset(entry.number for entry in held))
    except LocalError as error:
        raise ServerFault(f"Nothing was deleted: {error}.") from None
    except Fault as fault:
        return await _verified(held, others, refused, str(fault), log_in)
    if not reply.ok:
        return await _verified(held, others, refused, words(reply.text), log_in)
    return Outcome(held, others, refused, said=words(reply.text))


async def _verified(
    held: tuple[Entry, ...],
    others: tuple[Entry, ...],
    refused: tuple[Entry, ...],
    said: str,
    log_in: Callable[[], Awaitable[Session]],
) -> Outcome:
    """Nobody knows what QUIT did: reconnect and compare the UIDs."""
    seen = await _look(log_in)
    if seen is None or not seen.has_uidl:
        return Outcome((), others, refused, unknown=held, said=said)
    there = set(seen.uids.values())
    named = [entry for entry in held if entry.uid and not entry.ambiguous]
    return Outcome(
        deleted=tuple(entry for entry in named if entry.uid not in there),
        remaining=(*(entry for entry in named if entry.uid in there), *others),
        refused=refused,
        unknown=tuple(entry for entry in held if entry not in named),
        said=said,
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
