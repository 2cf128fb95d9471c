"""The last check before QUIT: the server must hold only marked messages as deleted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence, Set
from typing import NamedTuple

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.session.workers import SessionWorkers
from poptui.pop3.commands import List, Uidl
from poptui.pop3.listing import parse_list, parse_uidl_rows


class ServerListing(NamedTuple):
    """The server's listing now, without messages held as deleted (RFC 1939 section 5)."""

    numbers: Set[int] | None = None
    """None if LIST was not sent, or was refused."""
    uids: Sequence[tuple[int, str | None]] | None = None
    """None if UIDL was not sent, or was refused."""


class Comparison(NamedTuple):
    """Result of comparing the server's listing before QUIT with its replies to DELE."""

    missing: bool = False
    """A message is no longer listed that was not marked: QUIT would delete it."""
    contradicted: frozenset[MessageEntry] = frozenset()
    """The listing contradicts the reply to their DELE, so the outcome must be verified."""

    @property
    def misplaced(self) -> bool:
        """Whether an unmarked UID is gone while a deleted one is still listed.

        Then a DELE hit another message, or the UIDs moved to other messages.
        """
        return self.missing and bool(self.contradicted)


async def compare(workers: SessionWorkers, listing: MailboxListing) -> Comparison:
    """Compare what the server lists now with ``listing`` and the marks. Raises PoptuiError.

    UIDs decide, because some servers renumber their listings after DELE, although commands still
    take the old numbers. Numbers decide if there are no UIDs, or if they can't be trusted.
    """
    by_uid = not listing.uids_shift and any(entry.uid is not None for entry in listing.entries)
    by_number = any(entry.uid is None or entry.ambiguous for entry in listing.entries)
    listed = await _listed(workers, numbers=by_number or not by_uid, uids=by_uid)
    if by_uid and listed.uids is None and listed.numbers is None:
        listed = await _listed(workers, numbers=True, uids=False)
    held, refused = (
        frozenset(workers.client.protocol.deleted),
        frozenset(workers.reconciler.refused),
    )
    return await asyncio.to_thread(_compared, listing, held, refused, listed)


async def _listed(workers: SessionWorkers, *, numbers: bool, uids: bool) -> ServerListing:
    """Ask for the listings in one batch."""
    scan = workers.client.submit(List()) if numbers else None
    uidl = workers.client.submit(Uidl()) if uids else None
    scanned = await scan if scan else None
    named = await uidl if uidl else None
    return ServerListing(
        (await asyncio.to_thread(parse_list, scanned.body)).keys()
        if scanned is not None and scanned.ok
        else None,
        await asyncio.to_thread(parse_uidl_rows, named.body)
        if named is not None and named.ok
        else None,
    )


def _compared(
    listing: MailboxListing, held: Set[int], refused: Set[int], listed: ServerListing
) -> Comparison:
    entries = listing.entries
    kept = [entry for entry in entries if entry.number not in held and entry.number not in refused]
    if listed.uids is not None:
        return _compared_by_uid(entries, kept, held, refused, listed)
    if listed.numbers is None:
        return Comparison(contradicted=frozenset(e for e in entries if e.number in held))
    renumbered = listing.uids_shift and listed.numbers == set(range(1, len(listed.numbers) + 1))
    if renumbered and len(listed.numbers) == len(entries) - len(held):
        return Comparison()
    return _compared_by_number(entries, kept, held, refused, listed.numbers)


def _compared_by_number(
    entries: Sequence[MessageEntry],
    kept: Sequence[MessageEntry],
    held: Set[int],
    refused: Set[int],
    numbers: Set[int],
) -> Comparison:
    return Comparison(
        any(entry.number not in numbers for entry in kept),
        frozenset(
            entry
            for entry in entries
            if (entry.number in held and entry.number in numbers)
            or (entry.number in refused and entry.number not in numbers)
        ),
    )


def _compared_by_uid(
    entries: Sequence[MessageEntry],
    kept: Sequence[MessageEntry],
    held: Set[int],
    refused: Set[int],
    listed: ServerListing,
) -> Comparison:
    """Compare how often each UID is listed, or else the message numbers if they are unchanged."""
    assert listed.uids is not None
    rows = frozenset(listed.uids)
    renumbered = any(
        (entry.number, entry.uid) not in rows for entry in kept if entry.uid and not entry.ambiguous
    )
    by_number = [e for e in entries if e.uid is None or (e.ambiguous and not renumbered)]
    by_uid = set(entries).difference(by_number)
    there = Counter(uid for _, uid in listed.uids)
    expected = Counter(entry.uid for entry in by_uid if entry.number not in held)
    needed = Counter(entry.uid for entry in kept if entry in by_uid)
    contradicted = frozenset(
        entry
        for entry in by_uid
        if (entry.number in held and there[entry.uid] > expected[entry.uid])
        or (entry.number in refused and there[entry.uid] < expected[entry.uid])
    )
    by_uid_alone = Comparison(any(there[uid] < n for uid, n in needed.items()), contradicted)
    if not by_number or listed.numbers is None:
        return by_uid_alone
    if renumbered:
        return Comparison(by_uid_alone.missing or len(listed.numbers) < len(kept), contradicted)
    others = [entry for entry in kept if entry not in by_uid]
    more = _compared_by_number(by_number, others, held, refused, listed.numbers)
    return Comparison(by_uid_alone.missing or more.missing, contradicted | more.contradicted)
