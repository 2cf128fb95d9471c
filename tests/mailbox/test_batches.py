"""A commit too large for one session is split into batches; a DELE that ends sessions is
reported."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.errors import PoptuiError
from poptui.mailbox.commit.batches import BatchPlan
from poptui.mailbox.commit.safety_copies import CommitCallbacks
from poptui.mailbox.entry import Mark, MessageEntry
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages, watching

COUNT = 60


def names(*numbers: int) -> list[str]:
    return [f"uid-{number:04}" for number in numbers]


def entries(count: int) -> list[MessageEntry]:
    return [MessageEntry(n, 9, f"{n}", f"{n}") for n in range(1, count + 1)]


class TestPlan:
    @given(count=st.integers(1, 400), limit=st.integers(1, 400), overhead=st.integers(0, 3))
    def test_a_servers_limit_is_found_and_everything_is_deleted(
        self, count: int, limit: int, overhead: int
    ) -> None:
        plan, sessions = BatchPlan(entries(count)), 0
        while batch := plan.next():
            sessions += 1
            if len(batch) <= max(1, limit - overhead):
                plan.done(batch)
            else:
                reached = min(limit, len(batch))
                suspect = batch[reached].number if reached < len(batch) else None
                assert plan.lost(batch, reached, suspect)
        assert not plan.set_aside
        assert sessions <= 40 + 4 * count / max(1, limit - overhead)

    @given(count=st.integers(2, 400), data=st.data())
    def test_messages_that_end_every_session_are_set_aside(
        self, count: int, data: st.DataObject
    ) -> None:
        bad = data.draw(st.sets(st.integers(1, count), min_size=1, max_size=3))
        progress = data.draw(st.booleans())
        plan, sessions, went_on = BatchPlan(entries(count)), 0, True
        while went_on and (batch := plan.next()):
            sessions += 1
            killer = next((entry for entry in batch if entry.number in bad), None)
            if killer is None:
                plan.done(batch)
            else:
                at = batch.index(killer)
                went_on = plan.lost(
                    batch, at if progress else 0, killer.number if progress else None
                )
        if went_on:
            assert {entry.number for entry in plan.set_aside} == bad
            assert not plan.left
        else:
            assert bad >= {1, 2}, "only where the first ones all end their sessions"
        assert sessions <= 200

    def test_a_server_that_ends_every_session_is_given_up(self) -> None:
        plan, tries = BatchPlan(entries(100)), 1
        while plan.lost(plan.next(), 0, plan.next()[0].number):
            tries += 1
        assert tries <= 8


@pytest.mark.parametrize("pipelining", [[], ["pipelining-unadvertised"]])
@pytest.mark.parametrize("limit", ["session-deles:25", "session-commands:70"])
async def test_a_server_that_ends_sessions_early_gets_batches(
    limit: str, pipelining: list[str]
) -> None:
    progress: list[tuple[int, int]] = []
    async with OddServer(make_messages(COUNT), pipelining) as server:
        async with watching(server.port) as watched:
            asked = watched.entries[:-2]
            server.become(limit, *pipelining)
            watched.mailbox.marks.mark(asked)
            outcome = await watched.mailbox.commit.run(
                stay=True,
                confirmed=asked,
                callbacks=CommitCallbacks(
                    on_deleting=lambda done, total: progress.append((done, total))
                ),
            )
            assert outcome.complete
            assert len(outcome.deleted) == COUNT - 2
            assert watched.mailbox.marks.marked() == []
            assert not any("no longer on the server" in notice for notice in watched.notices)
        assert server.uids == names(1, 2)
    assert progress == sorted(progress)
    assert len(progress) > 1
    assert progress[-1] == (COUNT - 2, COUNT - 2)


async def test_an_unanswered_quit_verified_by_a_new_listing_does_not_end_the_commit() -> None:
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        server.become("session-deles:20", "quit-eof")
        watched.mailbox.marks.mark(watched.entries)
        outcome = await watched.mailbox.commit.run(stay=False)
        assert outcome.complete
        assert len(outcome.deleted) == COUNT
        assert server.uids == []


async def test_an_unanswered_quit_without_effect_is_not_repeated_endlessly() -> None:
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        server.become("session-deles:20", "quit-eof", "quit-ok-removes-nothing")
        watched.mailbox.marks.mark(watched.entries)
        outcome = await watched.mailbox.commit.run(stay=False)
        assert outcome.deleted == ()
        assert len(outcome.remaining) == COUNT == len(server.uids)
        assert server.connections < 20


async def test_every_batch_deletes_only_confirmed_messages() -> None:
    async with OddServer(make_messages(COUNT), ["session-deles:20"]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark(watched.entries)
            confirmed = [entry for entry in watched.entries if entry.number % 2]
            outcome = await watched.mailbox.commit.run(stay=False, confirmed=confirmed)
            assert set(outcome.deleted) == set(confirmed)
        assert server.uids == names(*range(2, COUNT + 1, 2))


@pytest.mark.parametrize("stay", [False, True])
@pytest.mark.parametrize("pipelining", [[], ["pipelining-unadvertised"]])
@pytest.mark.parametrize("oddity", ["dele-kills", "dele-answered-blank"])
async def test_a_dele_that_ends_the_session_is_named_and_the_others_are_deleted(
    oddity: str, pipelining: list[str], *, stay: bool
) -> None:
    async with OddServer(make_messages(20), pipelining) as server:
        async with watching(server.port, timeout=0.3) as watched:
            bad = watched.entry("uid-0013")
            server.become(f"{oddity}:13", *pipelining)
            watched.mailbox.marks.mark(watched.entries)
            outcome = await watched.mailbox.commit.run(stay=stay)
            assert outcome.refused == (bad,)
            assert "ends the session" in outcome.reasons[bad.key]
            assert len(outcome.deleted) == 19
            assert watched.mailbox.marks.marked() == [bad]
            if stay:
                await watched.until(lambda: bad.mark is Mark.REFUSED)
                before = server.connections
                watched.mailbox.marks.mark([bad])
                await watched.mailbox.headers.load(watched.entries)
                assert server.connections == before
        assert server.uids == names(13)


async def test_a_server_that_ends_the_session_at_every_dele_deletes_nothing() -> None:
    async with OddServer(make_messages(8)) as server, watching(server.port) as watched:
        server.become("dele-hangs-up")
        watched.mailbox.marks.mark(watched.entries)
        with pytest.raises(PoptuiError, match="Nothing was deleted"):
            await watched.mailbox.commit.run(stay=False)
        assert len(watched.mailbox.marks.marked()) == 8
        assert len(server.uids) == 8
        assert not server.quit_arrived


async def test_remaining_messages_are_reported_if_the_server_becomes_unreachable() -> None:
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        server.become("session-deles:20")
        asked = watched.entries
        watched.mailbox.marks.mark(asked)

        def refuse(done: int, total: int) -> None:
            server.become("sys-temp")

        outcome = await watched.mailbox.commit.run(
            stay=False, confirmed=asked, callbacks=CommitCallbacks(on_deleting=refuse)
        )
        assert not outcome.complete
        gone = {entry.uid for entry in outcome.deleted}
        assert gone
        assert {entry.uid for entry in outcome.remaining} == set(server.uids)
        assert gone | set(server.uids) == set(names(*range(1, COUNT + 1)))
        assert set(watched.mailbox.marks.marked()) == set(outcome.remaining)


async def test_marks_that_end_every_session_wait_for_the_commit() -> None:
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        server.become("session-deles:20")
        watched.mailbox.marks.mark(watched.entries)
        await watched.until(
            lambda: any("sent when you commit" in notice for notice in watched.notices)
        )
        await watched.mailbox.session.connect()
        connections = server.connections
        await watched.mailbox.headers.load(watched.entries)
        assert server.connections == connections
        assert (await watched.mailbox.commit.run(stay=False)).complete
        assert server.uids == []
