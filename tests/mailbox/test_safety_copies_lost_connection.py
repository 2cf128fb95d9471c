"""The connection fails during or after safety copies: each deleted message has a complete copy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from poptui.errors import PoptuiError
from poptui.mailbox.commit.copier import CopyStatus
from poptui.mailbox.commit.safety_copies import CommitCallbacks
from tests.kit.odd import OddServer
from tests.kit.relay import Direction, FaultKind, FaultyRelay, LineFault
from tests.mailbox.keeper import MARKED, Keeper, committed, mark, stored
from tests.mailbox.watched import PATIENCE, Watched, make_message, make_messages

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(StreamWriter|socket.socket|_SelectorTransport):pytest.PytestUnraisableExceptionWarning"
)
"""As in ``test_safety_lost_connection``."""

COUNT = 8
LARGE = "y" * 300_000


async def bytes_per_direction(tmp_path: Path) -> dict[Direction, int]:
    keeper = Keeper(tmp_path / "whole")
    async with OddServer(make_messages(COUNT)) as server, FaultyRelay(server.port) as relay:
        watched = Watched(relay.port, open_copies=keeper.open)
        await watched.ready()
        mark(watched, MARKED)
        await committed(watched, keeper)
        await asyncio.sleep(0)
        return relay.passed


@pytest.mark.parametrize("kind", [FaultKind.CUT, FaultKind.RESET, FaultKind.STALL])
async def test_the_connection_may_fail_anywhere(kind: FaultKind, tmp_path: Path) -> None:
    total = await bytes_per_direction(tmp_path)
    points = 4 if kind is FaultKind.STALL else 30
    for direction in Direction:
        for point in range(points):
            fault = LineFault(direction, total[direction] * (points + point) // (2 * points), kind)
            keeper = Keeper(tmp_path / f"{direction.name}{point}")
            try:
                await survives(fault, keeper)
            except AssertionError as error:
                raise AssertionError(f"at {fault}") from error


async def survives(fault: LineFault, keeper: Keeper) -> None:
    """Check that deleted messages were copied, and that no copy is incomplete."""
    async with OddServer(make_messages(COUNT)) as server, FaultyRelay(server.port, fault) as relay:
        watched = Watched(relay.port, open_copies=keeper.open, timeout=0.3)
        deleted: set[str | None] | None
        try:
            async with asyncio.timeout(PATIENCE):
                await twice(watched)
                mark(watched, MARKED)
                outcome = await committed(watched, keeper)
                deleted = {entry.uid for entry in outcome.deleted}
        except PoptuiError:
            deleted = None
        finally:
            watched.mailbox.session.abandon()
        gone = {number for number in range(1, COUNT + 1) if f"uid-{number:04}" not in server.uids}
        texts = stored(make_messages(COUNT))
        assert set(keeper.copies) <= set(texts)
        assert set(stored([make_messages(COUNT)[number - 1] for number in gone])) <= set(
            keeper.copies
        )
        assert not keeper.drafts
        assert not keeper.shortfalls
        if deleted is None:
            assert not gone
        else:
            assert deleted <= {f"uid-{number:04}" for number in gone}


async def twice(watched: Watched) -> None:
    try:
        await watched.ready()
    except PoptuiError:
        await watched.ready()


async def test_a_lost_connection_is_followed_by_another(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "a")
    messages = [make_message(number, LARGE) for number in range(1, 9)]
    async with OddServer(messages) as server, FaultyRelay(server.port) as relay:
        watched = Watched(relay.port, open_copies=keeper.open)
        await watched.ready()
        watched.mailbox.marks.mark(watched.entries)
        failed = False

        def fail_once(copying: CopyStatus) -> None:
            nonlocal failed
            if copying.done == 2 and not failed:
                failed = True
                relay.fail(Direction.DOWN, FaultKind.CUT)

        callbacks = CommitCallbacks(fail_once)
        outcome = await watched.mailbox.commit.run(stay=False, callbacks=callbacks)
        watched.mailbox.session.abandon()
        assert failed
        assert outcome.copied == 8
        assert not server.messages
    assert keeper.copies == stored(messages)
