"""The outcome of a commit if the server doesn't report it, or reports it wrongly."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from poptui.errors import PoptuiError
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.quit import commit
from poptui.pop3.commands import Dele
from tests.kit.odd import OddServer
from tests.mailbox.journals import WatchedJournal, on_disk
from tests.mailbox.reports import uids
from tests.mailbox.watched import Watched, make_messages, watching


async def test_an_err_to_quit_is_verified() -> None:
    async with (
        OddServer(make_messages(4), ["quit-err"]) as server,
        watching(server.port) as watched,
    ):
        watched.mailbox.marks.mark([watched.entry("uid-0001"), watched.entry("uid-0003")])
        outcome = await watched.mailbox.commit.run(stay=False)
        assert not outcome.complete
        assert uids(outcome.deleted) == {"uid-0001"}
        assert uids(outcome.remaining) == {"uid-0003"}
        assert uids(outcome.deleted) | set(server.uids) == {f"uid-{n:04}" for n in range(1, 5)}
        assert [entry.uid for entry in watched.mailbox.marks.marked()] == ["uid-0003"]


@pytest.mark.parametrize("oddity", ["quit-eof", "quit-silent"])
async def test_an_unanswered_quit_is_verified(oddity: str) -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port, timeout=0.5) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        server.become(oddity)
        outcome = await watched.mailbox.commit.run(stay=False)
        assert uids(outcome.deleted) == {"uid-0002"}
        assert outcome.complete
        assert server.uids == ["uid-0001", "uid-0003"]


async def test_a_dele_that_hit_another_message_deletes_nothing() -> None:
    """A connection may garble a number, and a server a message: it is noticed before QUIT."""
    async with OddServer(make_messages(4), ["dele-another:3"]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            with pytest.raises(
                PoptuiError, match="marked different messages for deletion"
            ) as caught:
                await watched.mailbox.commit.run(stay=False)
            assert "Nothing was deleted" in str(caught.value)
            assert [entry.uid for entry in watched.mailbox.marks.marked()] == ["uid-0002"]
        assert len(server.messages) == 4


async def test_an_unconfirmed_deletion_on_the_server_prevents_quit() -> None:
    async with OddServer(make_messages(4)) as server, watching(server.port) as watched:
        wanted, other = watched.entry("uid-0002"), watched.entry("uid-0003")
        visit = await watched.mailbox.session.online()
        await asyncio.gather(*(visit.client.execute(Dele(e.number)) for e in (wanted, other)))
        with pytest.raises(PoptuiError, match="Nothing was deleted"):
            await commit(visit, [wanted])
        assert b"QUIT" not in server.keywords
    assert len(server.messages) == 4


async def test_a_server_that_still_lists_deleted_messages_is_believed() -> None:
    async with OddServer(make_messages(4), ["list-stale"]) as server:
        async with watching(server.port) as watched:
            outcome = await committed_one(watched)
        assert outcome.complete
        assert server.uids == ["uid-0001", "uid-0003", "uid-0004"]


async def test_a_server_that_refuses_to_list_again_is_believed() -> None:
    async with OddServer(make_messages(4)) as server:
        async with watching(server.port) as watched:
            server.become("list-refused")
            outcome = await committed_one(watched)
        assert uids(outcome.deleted) == {"uid-0002"}


async def committed_one(watched: Watched) -> Outcome:
    watched.mailbox.marks.mark([watched.entry("uid-0002")])
    return await watched.mailbox.commit.run(stay=False)


async def test_an_unanswered_quit_without_effect_is_reported() -> None:
    oddities = ["quit-eof", "quit-ok-removes-nothing"]
    async with OddServer(make_messages(3), oddities) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        outcome = await watched.mailbox.commit.run(stay=False)
        assert uids(outcome.remaining) == {"uid-0002"}
        assert not outcome.deleted


async def test_without_uids_the_outcome_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.0)
    oddities = ["quit-eof", "uidl-refused", "no-uidl"]
    async with OddServer(make_messages(3), oddities) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark(watched.entries[:1])
        outcome = await watched.mailbox.commit.run(stay=False)
        assert len(outcome.unknown) == 1
        assert not outcome.complete


async def test_if_the_server_cannot_be_asked_again_the_outcome_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.0)
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        await watched.until(lambda: watched.marks() == " D ")
        server.become("quit-eof", "stat-hangs-up")
        outcome = await watched.mailbox.commit.run(stay=False)
        assert uids(outcome.unknown) == {"uid-0002"}


@pytest.mark.parametrize("marked", [1, 4])
async def test_a_mailbox_that_looks_empty_proves_little(marked: int) -> None:
    """If there should be other messages too, a server may just not show its mail."""
    async with OddServer(make_messages(4)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark(watched.entries[:marked])
        await watched.until(lambda: watched.marks().count("D") == marked)
        server.become("quit-eof", "quit-ok-removes-nothing")
        ending = asyncio.create_task(watched.mailbox.commit.run(stay=False))
        await watched.until(lambda: server.quit_arrived)
        server.messages.clear()
        outcome = await ending
        assert len(outcome.unknown) == (1 if marked < 4 else 0)
        assert len(outcome.deleted) == (0 if marked < 4 else 4)


@pytest.mark.parametrize(
    ("oddity", "sent"),
    [
        ("dele-hangs-up", {False}),
        ("dele-refused:2", {False}),
        ("quit-err", {False}),
        ("quit-ok-removes-nothing", {False}),
        ("quit-eof", {True}),
    ],
)
async def test_the_next_start_reports_an_unanswered_deletion_only_if_there_was_one(
    oddity: str, sent: set[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.0)
    path = tmp_path / "journal"
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_journal=lambda: WatchedJournal(path)) as watched:
            server.become(oddity, *(["in-use"] if True in sent else []))
            watched.mailbox.marks.mark(watched.entries)
            try:
                assert not (await watched.mailbox.commit.run(stay=False)).complete
            except PoptuiError:
                assert not server.quit_arrived
            watched.mailbox.session.abandon()
            await watched.mailbox.close()
    assert {mark.sent for mark in on_disk(path).values()} == sent


async def test_a_lock_left_behind_by_the_lost_session_is_waited_out() -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        await watched.until(lambda: watched.marks() == " D ")
        server.become("quit-eof", "lock-in-prose:3")
        outcome = await watched.mailbox.commit.run(stay=False)
        assert uids(outcome.deleted) == {"uid-0002"}


async def test_a_refused_deletion_keeps_the_servers_words() -> None:
    async with OddServer(make_messages(3), ["dele-refused:2"]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: watched.marks() == "D!D")
            assert watched.entry("uid-0002").problem
            outcome = await watched.mailbox.commit.run(stay=False)
            assert uids(outcome.deleted) == {"uid-0001", "uid-0003"}
            assert uids(outcome.refused) == {"uid-0002"}
            assert server.uids == ["uid-0002"]


async def test_a_refused_rset_drops_the_connection_and_deletes_nothing() -> None:
    async with OddServer(make_messages(3), ["rset-refused"]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: watched.marks() == "DDD")
            watched.mailbox.marks.unmark([watched.entry("uid-0002")])
            await watched.until(lambda: watched.marks() == "d d")
            assert not server.quit_arrived
            assert len(server.messages) == 3
            outcome = await watched.mailbox.commit.run(stay=False)
            assert uids(outcome.deleted) == {"uid-0001", "uid-0003"}
            assert server.uids == ["uid-0002"]


@pytest.mark.parametrize("fault", ["dele-hangs-up", "dele-cut", "dele-endless-line", "dele-hangs"])
async def test_a_fault_before_quit_deletes_nothing(fault: str) -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port, timeout=0.5) as watched:
        server.become(fault)
        watched.mailbox.marks.mark(watched.entries)
        with pytest.raises(PoptuiError, match="Nothing was deleted"):
            await watched.mailbox.commit.run(stay=False)
        assert not server.quit_arrived
        assert len(server.messages) == 3
        assert len(watched.mailbox.marks.marked()) == 3


async def test_a_message_unmarked_at_the_last_moment_is_not_deleted() -> None:
    """Nothing can change between the confirmation and QUIT."""
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark(watched.entries[:2])
        await watched.until(lambda: watched.marks() == "DD ")
        watched.mailbox.marks.unmark(watched.entries[:1])
        outcome = await watched.mailbox.commit.run(stay=False)
        assert uids(outcome.deleted) == {"uid-0002"}
        assert server.uids == ["uid-0001", "uid-0003"]
