"""One session with a real Dovecot over a connection that fails once, and the checks after it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from poptui.errors import NotFoundError, PoptuiError
from poptui.mailbox.changes import Change, ConnectionState, StateChanged
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.entry import MessageEntry
from tests.kit.dovecot import Dovecot
from tests.kit.relay import Direction, FaultKind, FaultyRelay, LineFault
from tests.mailbox.journals import WatchedJournal, on_disk
from tests.mailbox.watched import Watched, make_messages

T = TypeVar("T")

COUNT = 6
TIMEOUT = 1.0
"""Timeout for a silent server: a stalled connection costs one."""
GONE = "Unmarked because they changed on the server"
LONGEST = 30.0
"""Timeout for a session that hangs."""
FIRST_WAIT_S, BOUND_S = 0.02, 0.5
"""Wait before the verification of a commit, instead of the program's own waits."""


@dataclass
class Run:
    """What a session confirmed, and the reports it got."""

    confirmed: set[int] = field(default_factory=set)
    """The numbers of the messages that the user saw and confirmed."""
    uids: dict[int, str | None] = field(default_factory=dict)
    """Their UIDs, as the program knew them then."""
    marked: set[str | None] = field(default_factory=set)
    """The marks at the end, by UID."""
    numbers: dict[MessageEntry, int] = field(default_factory=dict)
    """Their numbers then: a commit may take several sessions, which renumber what stays."""
    notices: Sequence[str] = ()
    """Other reports beside the outcome."""
    outcome: Outcome | None = None
    """None if each attempt ended in a fault: nothing was deleted."""


def number(entry: MessageEntry) -> int:
    """Return its number on Dovecot, as no message goes before the commit."""
    return entry.number


async def session(watched: Watched) -> Run:
    """Mark, open, undo, unmark and commit; repeat a step that the fault hit."""
    run = Run()
    with suppress(PoptuiError):
        await again(watched.mailbox.session.connect)
        await mark(watched)
        await commit(watched, run)
    run.marked = {entry.uid for entry in watched.mailbox.marks.marked()}
    return run


async def mark(watched: Watched) -> None:
    mailbox = watched.mailbox
    mailbox.marks.mark([entry(watched, 1), entry(watched, 2)])
    mailbox.marks.mark([entry(watched, 5)])
    await again(lambda: watched.read(entry(watched, 2)))
    mailbox.marks.undo()
    mailbox.marks.unmark([entry(watched, 2)])
    mailbox.marks.mark([entry(watched, 3), entry(watched, 4)])
    await again(lambda: watched.read(entry(watched, 4)))


async def commit(watched: Watched, run: Run) -> None:
    mailbox = watched.mailbox
    asked = mailbox.marks.marked()
    run.confirmed = set(map(number, asked))
    run.uids = {entry.number: entry.uid for entry in asked}
    run.numbers = {entry: entry.number for entry in asked}
    with suppress(PoptuiError):
        run.outcome = await again(lambda: mailbox.commit.run(stay=False, confirmed=asked))


def entry(watched: Watched, wanted: int) -> MessageEntry:
    """Return the message with a number."""
    for entry in watched.entries:
        if entry.number == wanted:
            return entry
    raise NotFoundError("It is not listed: the listing was garbled.")


async def again(step: Callable[[], Awaitable[T]]) -> T:
    """Try three times: garbling may spoil one attempt by silence and one by a wrong reply."""
    for _ in range(2):
        try:
            return await step()
        except PoptuiError:
            continue
    return await step()


@dataclass(frozen=True)
class Extent:
    """The number of bytes in each direction of a session without faults."""

    total: dict[Direction, int]
    logins: list[range]
    """The number of sent bytes that log in: if these are garbled into another user's name, and any
    name will do, we can't notice."""


async def octets(dovecot: Dovecot, path: Path) -> Extent:
    """Measure a session."""
    dovecot.deliver(make_messages(COUNT))
    async with FaultyRelay(dovecot.port) as relay:
        watched = watching(dovecot, relay.port, path, timeout=LONGEST)
        start, logins = 0, list[range]()

        def watch(change: Change) -> None:
            nonlocal start
            match change:
                case StateChanged(ConnectionState.CONNECTING):
                    start = relay.passed[Direction.UP]
                case StateChanged(ConnectionState.ONLINE):
                    logins.append(range(start, relay.passed[Direction.UP]))

        watched.mailbox.listen(watch)
        run = await session(watched)
        assert run.outcome is not None
        assert numbers(run, run.outcome.deleted) == {1, 3, 4} == run.confirmed
        await leave(watched)
        return Extent(dict(relay.passed), logins)


def watching(dovecot: Dovecot, port: int, path: Path, timeout: float = TIMEOUT) -> Watched:
    return Watched(
        port,
        user=dovecot.user,
        password=dovecot.password,
        timeout=timeout,
        open_journal=lambda: WatchedJournal(path),
    )


async def leave(watched: Watched) -> None:
    watched.mailbox.session.abandon()
    await watched.mailbox.close()


async def survives(fault: LineFault, dovecot: Dovecot, path: Path) -> bool:
    """Run a session with ``fault`` in it; return whether it happened. Raises AssertionError."""
    dovecot.deliver(make_messages(COUNT))
    async with FaultyRelay(dovecot.port, fault) as relay:
        watched = watching(dovecot, relay.port, path)
        try:
            async with asyncio.timeout(LONGEST):
                run = await session(watched)
        finally:
            await leave(watched)
        run.notices = watched.notices
        happened = relay.failed
    check(run, gone_from(dovecot), path)
    async with asyncio.timeout(LONGEST):
        await start_again(run, fault, dovecot, path)
    return happened


def gone_from(dovecot: Dovecot) -> set[int]:
    """Return the numbers of the messages whose files are no longer in the Maildir."""
    there = {int(name.split(".")[1]) for name in dovecot.files()}
    return set(range(1, COUNT + 1)) - there


def check(run: Run, gone: set[int], path: Path) -> None:
    """Check that the Maildir, the report and the journal agree."""
    assert gone <= run.confirmed, f"{gone - run.confirmed} went unconfirmed"
    kept = on_disk(path)
    if run.outcome is None:
        assert not gone, f"{gone} went, and nothing was said to have gone"
        deleted: set[int] = set()
    else:
        deleted = numbers(run, run.outcome.deleted)
        still = numbers(run, run.outcome.remaining) | numbers(run, run.outcome.refused)
        unknown = numbers(run, run.outcome.unknown)
        assert deleted <= gone, f"{deleted - gone} were said to be deleted"
        assert not still & gone, f"{still & gone} were said to be still there"
        assert deleted | still | unknown >= run.confirmed, "not all is told of"
    lost = {number for number in run.confirmed - deleted if run.uids[number] not in kept}
    untold = {number for number in lost if not taken_off(number, run)}
    assert not untold, f"the marks of {untold} are lost"


def taken_off(number: int, run: Run) -> bool:
    """Whether the mark was removed, with a report: a garbled header or UID is another message's."""
    return any(
        f"Message {number} is not the message that was marked" in notice or GONE in notice
        for notice in run.notices
    )


def numbers(run: Run, entries: Iterable[MessageEntry]) -> set[int]:
    return {run.numbers[entry] for entry in entries}


async def start_again(run: Run, fault: LineFault, dovecot: Dovecot, path: Path) -> None:
    """The next start, over a good connection, offers the marks of existing messages; none is
    deleted."""
    before = dovecot.files()
    watched = watching(dovecot, dovecot.port, path)
    while not watched.mailbox.session.reached:
        with suppress(PoptuiError):  # a busy machine may take longer than TIMEOUT; LONGEST counts
            await watched.ready()
    offer = watched.mailbox.marks.recovered.offer
    offered = {str(entry.uid) for entry, _ in offer.present} if offer else set()
    there = {entry.uid for entry in watched.entries}
    deleted = numbers(run, run.outcome.deleted) if run.outcome else set()
    kept = {run.uids[entry] for entry in run.confirmed - deleted} if run.confirmed else run.marked
    expected = kept & there  # a connection that failed too often ends a run before its commit
    if fault.kind is FaultKind.CORRUPT:
        assert offered <= {*run.uids.values(), *run.marked}, "what was not marked is offered"
    else:
        assert offered == expected, f"{offered} is offered in place of {expected}"
    await leave(watched)
    assert dovecot.files() == before
