"""No unconfirmed deletion and no lost mark when sessions end, or change, while marks are sent."""

from __future__ import annotations

import asyncio

import pytest

from poptui.errors import PoptuiError
from poptui.mailbox.changes import ConnectionState, Listed
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.entry import Mark
from tests.kit.odd import OddServer
from tests.kit.relay import Direction, FaultKind, FaultyRelay
from tests.mailbox.reports import check_report, quiet, uids
from tests.mailbox.watched import PATIENCE, Watched, make_messages, watching


async def test_two_commits_at_once_delete_only_what_was_confirmed() -> None:
    async with OddServer(make_messages(4)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark(watched.entries[:2])
        both = asyncio.gather(
            watched.mailbox.commit.run(stay=False),
            watched.mailbox.commit.run(stay=True),
            return_exceptions=True,
        )
        async with asyncio.timeout(PATIENCE):
            for outcome in await both:
                if isinstance(outcome, Outcome):
                    check_report(outcome, server)
                else:
                    assert isinstance(outcome, PoptuiError), outcome
        assert {"uid-0001", "uid-0002"} <= set(server.uids)


@pytest.mark.parametrize("turns", range(6))
async def test_a_discard_during_a_commit_deletes_all_or_nothing(turns: int) -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        ending = asyncio.create_task(watched.mailbox.commit.run(stay=False))
        for _ in range(turns):
            await asyncio.sleep(0)
        await watched.mailbox.session.discard()
        async with asyncio.timeout(PATIENCE):
            (end,) = await asyncio.gather(ending, return_exceptions=True)
        if isinstance(end, Outcome):
            check_report(end, server)
        else:
            assert "Nothing was deleted" in str(end)
            assert len(server.messages) == 3
        assert {"uid-0001", "uid-0003"} <= set(server.uids)


@pytest.mark.parametrize("turns", range(0, 60, 4))
async def test_a_cancelled_commit_deletes_all_or_nothing(turns: int) -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        ending = asyncio.create_task(watched.mailbox.commit.run(stay=False))
        for _ in range(turns):
            await asyncio.sleep(0)
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
        await quiet()
        assert {"uid-0001", "uid-0003"} <= set(server.uids)
        if not ending.cancelled():
            check_report(ending.result(), server)
            return
        assert [entry.uid for entry in watched.mailbox.marks.marked()] == ["uid-0002"]
        assert (
            Mark.DELETED.value not in watched.marks()
            or watched.mailbox.session.state is ConnectionState.ONLINE
        )
        await watched.mailbox.session.connect()
        assert {entry.uid for entry in watched.entries} == set(server.uids)


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_after_giving_up_while_connecting_it_connects_again(turns: int) -> None:
    """At any moment: neither a session nor a socket is left behind."""
    async with OddServer(make_messages(2)) as server:
        watched = Watched(server.port)
        first = asyncio.create_task(watched.mailbox.session.connect())
        for _ in range(turns):
            await asyncio.sleep(0)
        await watched.mailbox.session.discard()
        await asyncio.gather(first, return_exceptions=True)
        await quiet()
        async with asyncio.timeout(PATIENCE):
            await watched.mailbox.session.connect()
        assert watched.mailbox.session.state is ConnectionState.ONLINE
        watched.mailbox.session.abandon()
        assert watched.mailbox.session.state is not ConnectionState.ONLINE


async def test_it_can_connect_right_after_giving_up() -> None:
    async with OddServer(make_messages(2)) as server:
        watched = Watched(server.port)
        first = asyncio.create_task(watched.mailbox.session.connect())
        await quiet()
        first.cancel()
        watched.mailbox.session.abandon()
        async with asyncio.timeout(PATIENCE):
            await watched.mailbox.session.connect()
        assert watched.mailbox.session.state is ConnectionState.ONLINE
        watched.mailbox.session.abandon()


async def test_connecting_twice_makes_one_session() -> None:
    async with OddServer(make_messages(2)) as server:
        watched = Watched(server.port)
        await asyncio.gather(watched.mailbox.session.connect(), watched.mailbox.session.connect())
        assert server.connections == 1
        assert sum(isinstance(change, Listed) for change in watched.changes) == 1
        watched.mailbox.session.abandon()


async def test_the_end_of_an_old_session_is_not_that_of_the_new_one() -> None:
    """The old one ends with QUIT and is closed while the new one is in use."""
    async with OddServer(make_messages(3)) as server, FaultyRelay(server.port) as relay:
        async with watching(relay.port, timeout=0.4) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            await watched.until(lambda: watched.marks() == " D ")
            relay.fail(Direction.DOWN, FaultKind.STALL)
            leaving = asyncio.create_task(watched.mailbox.session.discard())
            await quiet()
            await watched.mailbox.session.connect()
            await leaving
            await quiet()
            await watched.until(lambda: watched.marks() == " D ")
            assert watched.mailbox.session.state is ConnectionState.ONLINE
            assert len(server.messages) == 3


async def test_a_refused_reset_at_the_commit_takes_another_session() -> None:
    async with OddServer(make_messages(3), ["rset-refused"]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: watched.marks() == "DDD")
            watched.mailbox.marks.unmark([watched.entry("uid-0002")])
            outcome = await watched.mailbox.commit.run(stay=False)
            assert uids(outcome.deleted) == {"uid-0001", "uid-0003"}
            assert server.connections > 1
            assert server.uids == ["uid-0002"]
