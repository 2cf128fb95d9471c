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
from tests.mailbox.drops import PATIENCE, Watched, make_messages

T = TypeVar("T")

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(StreamWriter|socket.socket|_SelectorTransport):pytest.PytestUnraisableExceptionWarning"
)
"""The kit may be closed before it serves a connection, and asyncio may leave the socket of a
cancelled attempt to be collected; other tests, whose lines hold, see to it that ours are closed."""

COUNT = 6
MARKED = {"uid-0001", "uid-0003", "uid-0004"}
"""What the session below marks in the end, and confirms."""
TIMEOUT = 0.3
"""Seconds that a silent server gets: a stalled line costs one of them."""
BREAKS = [manner for manner in FaultKind if manner is not FaultKind.CORRUPT]
"""What garbles is told apart from what breaks by ``tests.soak``, which hears the notices too."""
POINTS = 22
"""Faults of a kind, spread over all the octets of the session."""
LAST = 40
"""Octets before the end of the session in which QUIT and its answer stand."""


async def steps(watched: Watched) -> Outcome:
    """Mark, open, undo and commit; a step that the fault hit is taken again."""
    drop = watched.drop
    await again(drop.session.connect)
    drop.marks.mark([watched.entry("uid-0001"), watched.entry("uid-0002")])
    drop.marks.mark([watched.entry("uid-0005")])
    await again(lambda: watched.read(watched.entry("uid-0002")))
    drop.marks.undo()
    drop.marks.unmark([watched.entry("uid-0002")])
    drop.marks.mark([watched.entry("uid-0003"), watched.entry("uid-0004")])
    await again(lambda: watched.read(watched.entry("uid-0004")))
    return await again(lambda: drop.commit.run(stay=False))


async def again(step: Callable[[], Awaitable[T]]) -> T:
    """Try again, twice: the fault happens once, and a busy machine may look like another."""
    for _ in range(2):
        with suppress(PoptuiError):
            return await step()
    return await step()


async def octets() -> dict[Direction, int]:
    """How many octets a session without faults has, each way."""
    async with OddServer(make_messages(COUNT)) as server, FaultyRelay(server.port) as relay:
        watched = Watched(relay.port, timeout=PATIENCE)
        outcome = await steps(watched)
        assert {entry.uid for entry in outcome.deleted} == MARKED
        await asyncio.sleep(0)
        return relay.passed


def check(watched: Watched, server: OddServer, outcome: Outcome) -> None:
    """The server is the witness."""
    there = set(server.uids)
    gone = {f"uid-{number:04}" for number in range(1, COUNT + 1)} - there
    deleted = {entry.uid for entry in outcome.deleted}
    still = {entry.uid for entry in (*outcome.remaining, *outcome.refused)}
    assert gone <= MARKED
    assert deleted <= gone
    assert still <= there
    assert deleted | still | {entry.uid for entry in outcome.unknown} == MARKED
    assert {entry.uid for entry in watched.drop.marks.marked()} == MARKED - deleted


async def survives(fault: LineFault) -> bool:
    """A session with ``fault`` in it; whether it happened."""
    async with OddServer(make_messages(COUNT)) as server, FaultyRelay(server.port, fault) as relay:
        watched = Watched(relay.port, timeout=TIMEOUT)
        try:
            async with asyncio.timeout(PATIENCE):
                check(watched, server, await steps(watched))
            return relay.failed
        except (AssertionError, TimeoutError) as error:
            raise AssertionError(f"at {fault}") from error
        finally:
            watched.drop.session.abandon()


@pytest.mark.parametrize("part", range(4))
async def test_the_connection_may_end_after_any_byte(part: int) -> None:
    total = await octets()
    faults = [
        LineFault(way, point * total[way] // POINTS, manner)
        for way, manner, point in product(Direction, BREAKS, range(POINTS))
    ]
    happened = [await survives(fault) for fault in faults[part::4]]
    assert sum(happened) > 0.8 * len(happened)


@pytest.mark.parametrize("manner", [FaultKind.CUT, FaultKind.RESET])
async def test_the_connection_may_end_after_each_byte_around_quit(manner: FaultKind) -> None:
    total = await octets()
    faults = [
        LineFault(way, total[way] - back, manner)
        for way, back in product(Direction, range(1, LAST, 2))
    ]
    happened = [await survives(fault) for fault in faults]
    assert sum(happened) > 0.8 * len(happened)
