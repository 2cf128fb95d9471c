"""When a deletion that the server confirmed is verified, and the result of the verification."""

from __future__ import annotations

import asyncio

import pytest

from poptui.mailbox.commit.outcome import Outcome, Proof
from poptui.mailbox.commit.verification import DeletionVerifier, StoredServerRecord, Verify
from poptui.net.server_profile import ServerFact, ServerProfile
from tests.kit.odd import OddServer
from tests.mailbox.watched import Watched, make_messages

FALSE_OK = "quit-ok-removes-nothing"
ADDRESS = "mail.example.com:995"


async def commit(
    port: int, trust: DeletionVerifier, *, stay: bool = False, uid: str = "uid-0002"
) -> tuple[Outcome, list[str | None]]:
    """Mark ``uid`` and commit; return the outcome, and the marks after it."""
    watched = Watched(port, verifier=trust, timeout=0.5)
    await watched.ready()
    watched.mailbox.marks.mark([watched.entry(uid)])
    outcome = await watched.mailbox.commit.run(stay=stay)
    marked = [entry.uid for entry in watched.mailbox.marks.marked()]
    watched.mailbox.session.abandon()
    return outcome, marked


@pytest.mark.parametrize("stay", [False, True])
@pytest.mark.parametrize("verify", [Verify.AUTO, Verify.ALWAYS])
async def test_an_ok_without_effect_is_noticed(verify: Verify, stay: bool) -> None:
    async with OddServer(make_messages(3), [FALSE_OK]) as server:
        outcome, marked = await commit(server.port, DeletionVerifier(verify), stay=stay)
        assert outcome.falsely_confirmed
        assert not outcome.complete
        assert [entry.uid for entry in outcome.remaining] == ["uid-0002"]
        assert not outcome.deleted
        assert marked == ["uid-0002"]
        assert len(server.messages) == 3


async def test_without_verification_the_servers_reply_counts() -> None:
    async with OddServer(make_messages(3), [FALSE_OK]) as server:
        outcome, _ = await commit(server.port, DeletionVerifier(Verify.NEVER))
        assert outcome.proof is Proof.REPLY
        assert outcome.complete
        assert server.connections == 1


async def test_a_server_verified_once_is_trusted_from_then_on() -> None:
    profile = ServerProfile()
    async with OddServer(make_messages(4)) as server:
        first, _ = await commit(
            server.port, DeletionVerifier(Verify.AUTO, StoredServerRecord(profile, ADDRESS))
        )
        assert first.proof is Proof.LISTING
        assert server.connections == 2
        second, _ = await commit(
            server.port,
            DeletionVerifier(Verify.AUTO, StoredServerRecord(profile, ADDRESS)),
            uid="uid-0003",
        )
        assert second.proof is Proof.REPLY
        assert server.connections == 3
        assert server.uids == ["uid-0001", "uid-0004"]


async def test_a_server_caught_with_a_false_ok_is_verified_again() -> None:
    profile = ServerProfile()
    profile.learn(ServerFact.DELETES_AS_CONFIRMED, ADDRESS, True)
    async with OddServer(make_messages(3), [FALSE_OK]) as server:
        outcome, marked = await commit(
            server.port,
            DeletionVerifier(Verify.AUTO, StoredServerRecord(profile, ADDRESS)),
            stay=True,
        )
        assert outcome.falsely_confirmed
        assert marked == ["uid-0002"]
        assert profile.known(ServerFact.DELETES_AS_CONFIRMED, ADDRESS) is False
        again, _ = await commit(
            server.port, DeletionVerifier(Verify.AUTO, StoredServerRecord(profile, ADDRESS))
        )
        assert again.falsely_confirmed


@pytest.mark.parametrize("stay", [False, True])
async def test_a_slow_deletion_is_not_a_false_ok(
    stay: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server without locks answers first and removes later: the second check finds it gone."""
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.3)
    async with OddServer(make_messages(3), [FALSE_OK]) as server:
        watched = Watched(server.port)
        await watched.ready()
        watched.mailbox.marks.mark([watched.entry("uid-0002")])

        commit_task = asyncio.create_task(watched.mailbox.commit.run(stay=stay))
        await watched.until(lambda: server.connections >= 2)
        await watched.until(lambda: server.keywords.count(b"UIDL") >= 2)
        await asyncio.sleep(0.1)
        server.become()
        del server.messages[1]
        outcome = await commit_task
        assert outcome.complete
        assert [entry.uid for entry in outcome.deleted] == ["uid-0002"]
        watched.mailbox.session.abandon()


async def test_if_verification_is_impossible_the_reply_counts_and_that_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.0)
    async with OddServer(make_messages(3)) as server:
        watched = Watched(server.port)
        await watched.ready()
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        await watched.until(lambda: watched.marks() == " D ")
        server.become("login-delayed")
        outcome = await watched.mailbox.commit.run(stay=False)
        assert outcome.complete
        assert outcome.proof is Proof.NONE
        watched.mailbox.session.abandon()


async def test_an_interrupted_verification_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.mailbox.session.backoff.FIRST_WAIT_S", 0.01)
    async with OddServer(make_messages(3)) as server:
        watched = Watched(server.port)
        await watched.ready()
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        await watched.until(lambda: watched.marks() == " D ")
        server.become("stat-hangs-up:1")
        outcome = await watched.mailbox.commit.run(stay=False)
        assert outcome.complete
        assert outcome.proof is Proof.LISTING
        watched.mailbox.session.abandon()


async def test_an_err_to_quit_is_verified_even_at_a_trusted_server() -> None:
    async with OddServer(make_messages(4), ["quit-err"]) as server:
        watched = Watched(server.port, verifier=DeletionVerifier(Verify.NEVER))
        await watched.ready()
        watched.mailbox.marks.mark([watched.entry("uid-0001"), watched.entry("uid-0003")])
        outcome = await watched.mailbox.commit.run(stay=False)
        watched.mailbox.session.abandon()
        assert [entry.uid for entry in outcome.deleted] == ["uid-0001"]
        assert [entry.uid for entry in outcome.remaining] == ["uid-0003"]
        assert not outcome.falsely_confirmed


async def test_the_number_of_messages_left_with_a_shared_uid_is_the_proof() -> None:
    async with OddServer(make_messages(3), uids=["same", "same", "other"]) as server:
        watched = Watched(server.port, verifier=DeletionVerifier(Verify.ALWAYS))
        await watched.ready()
        chosen = watched.entries[1]
        await watched.read(chosen)
        watched.mailbox.marks.mark([chosen])
        outcome = await watched.mailbox.commit.run(stay=False)
        watched.mailbox.session.abandon()
        assert outcome.deleted == (chosen,)
        assert outcome.proof is Proof.LISTING
        assert server.uids == ["same", "other"]
