"""The connection fails at any byte: nothing unconfirmed is deleted, and no report is false."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import product
from typing import TypeVar

import pytest

from poptui.errors import PoptuiError
from poptui.mailbox.commit.outcome import Outcome
from tests.kit.odd import OddServer
from tests.kit.relay import Direction, FaultKind, FaultyRelay, LineFault
from tests.mailbox.watched import PATIENCE, Watched, make_messages

T = TypeVar("T")

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(StreamWriter|socket.socket|_SelectorTransport):pytest.PytestUnraisableExceptionWarning"
)
"""The servers may be closed before they serve a connection, and asyncio may leave the socket of a
cancelled attempt to the garbage collector; other tests check that our sockets are closed."""

COUNT = 6
MARKED = {"uid-0001", "uid-0003", "uid-0004"}
"""The marks at the end of the session below, which are confirmed."""
TIMEOUT = 0.3
"""Timeout for a silent server: a stalled connection costs one."""
BREAKING_FAULTS = [kind for kind in FaultKind if kind is not FaultKind.CORRUPT]
"""Garbling is tested by ``tests.soak``, which checks the notices too."""
POINTS = 22
"""Number of faults of each kind, spread over all bytes of the session."""
LAST = 40
"""Number of bytes at the end of the session that contain QUIT and its reply."""


async def steps(watched: Watched) -> Outcome:
    """Mark, open, undo and commit; repeat a step that the fault hit."""
    mailbox = watched.mailbox
    await retry(mailbox.session.connect)
    mailbox.marks.mark([watched.entry("uid-0001"), watched.entry("uid-0002")])
    mailbox.marks.mark([watched.entry("uid-0005")])
    await retry(lambda: watched.read(watched.entry("uid-0002")))
    mailbox.marks.undo()
    mailbox.marks.unmark([watched.entry("uid-0002")])
    mailbox.marks.mark([watched.entry("uid-0003"), watched.entry("uid-0004")])
    await retry(lambda: watched.read(watched.entry("uid-0004")))
    return await retry(lambda: mailbox.commit.run(stay=False))


async def retry(step: Callable[[], Awaitable[T]]) -> T:
    """Try up to three times: the fault happens once, and a busy machine may look like another."""
    for _ in range(2):
        with suppress(PoptuiError):
            return await step()
    return await step()


async def bytes_per_direction() -> dict[Direction, int]:
    """Return the number of bytes in each direction of a session without faults."""
    async with OddServer(make_messages(COUNT)) as server, FaultyRelay(server.port) as relay:
        watched = Watched(relay.port, timeout=PATIENCE)
        outcome = await steps(watched)
        assert {entry.uid for entry in outcome.deleted} == MARKED
        await asyncio.sleep(0)
        return relay.passed


def check(watched: Watched, server: OddServer, outcome: Outcome) -> None:
    """Check the outcome against the server."""
    there = set(server.uids)
    gone = {f"uid-{number:04}" for number in range(1, COUNT + 1)} - there
    deleted = {entry.uid for entry in outcome.deleted}
    still = {entry.uid for entry in (*outcome.remaining, *outcome.refused)}
    assert gone <= MARKED
    assert deleted <= gone
    assert still <= there
    assert deleted | still | {entry.uid for entry in outcome.unknown} == MARKED
    assert {entry.uid for entry in watched.mailbox.marks.marked()} == MARKED - deleted


async def survives(fault: LineFault) -> bool:
    """Run a session with ``fault`` in it; return whether the fault happened."""
    async with OddServer(make_messages(COUNT)) as server, FaultyRelay(server.port, fault) as relay:
        watched = Watched(relay.port, timeout=TIMEOUT)
        try:
            async with asyncio.timeout(PATIENCE):
                check(watched, server, await steps(watched))
            return relay.failed
        except (AssertionError, TimeoutError) as error:
            raise AssertionError(f"at {fault}") from error
        finally:
            watched.mailbox.session.abandon()


@pytest.mark.parametrize("part", range(4))
async def test_the_connection_may_end_after_any_byte(part: int) -> None:
    total = await bytes_per_direction()
    faults = [
        LineFault(direction, point * total[direction] // POINTS, kind)
        for direction, kind, point in product(Direction, BREAKING_FAULTS, range(POINTS))
    ]
    happened = [await survives(fault) for fault in faults[part::4]]
    assert sum(happened) > 0.8 * len(happened)


@pytest.mark.parametrize("kind", [FaultKind.CUT, FaultKind.RESET])
async def test_the_connection_may_end_after_each_byte_around_quit(kind: FaultKind) -> None:
    total = await bytes_per_direction()
    faults = [
        LineFault(direction, total[direction] - back, kind)
        for direction, back in product(Direction, range(1, LAST, 2))
    ]
    happened = [await survives(fault) for fault in faults]
    assert sum(happened) > 0.8 * len(happened)
