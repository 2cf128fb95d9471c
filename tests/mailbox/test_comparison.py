"""Before QUIT, UIDs are compared: the server must hold as deleted exactly what was marked."""

from __future__ import annotations

import pytest

from poptui.errors import PoptuiError
from poptui.mailbox.commit.outcome import Proof
from poptui.mailbox.commit.verification import DeletionVerifier, Verify
from tests.kit.odd import OddServer
from tests.mailbox.reports import uids
from tests.mailbox.watched import make_messages, watching

NEVER = DeletionVerifier(Verify.NEVER)


@pytest.mark.parametrize("oddities", [[], ["pipelining-unadvertised"], ["uid-blank:2"]])
async def test_a_server_that_renumbers_its_listings_commits(oddities: list[str]) -> None:
    """WildDuck: after DELE 3, LIST and UIDL show 1 to 39, while commands keep the old numbers."""
    async with OddServer(make_messages(40), ["renumbers", *oddities]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry(f"uid-{n:04}") for n in (3, 17, 40)])
            outcome = await watched.mailbox.commit.run(stay=True)
            assert outcome.complete
            assert uids(outcome.deleted) == {"uid-0003", "uid-0017", "uid-0040"}
            assert len(watched.entries) == 37
        assert len(server.uids) == 37


@pytest.mark.parametrize("renumbers", [["renumbers"], []])
@pytest.mark.parametrize("marked", [2, 4])
async def test_a_dele_that_hit_another_message_is_seen_by_uid(
    renumbers: list[str], marked: int
) -> None:
    async with OddServer(make_messages(5), ["dele-another:3", *renumbers]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry(f"uid-{marked:04}")])
            with pytest.raises(PoptuiError, match="marked different messages for deletion"):
                await watched.mailbox.commit.run(stay=False)
        assert not server.quit_arrived
        assert len(server.uids) == 5


@pytest.mark.parametrize("odd", [[], ["renumbers"], ["no-uidl", "uidl-refused"]])
@pytest.mark.parametrize("number", [0, 2])
async def test_a_dele_without_effect_is_verified_even_at_a_trusted_server(
    odd: list[str], number: int
) -> None:
    """+OK, but still listed before QUIT: the outcome is verified by another session."""
    async with OddServer(make_messages(4), [f"dele-does-nothing:{number}", *odd]) as server:
        async with watching(server.port, verifier=NEVER) as watched:
            chosen = [entry for entry in watched.entries if entry.number in (1, 2)]
            watched.mailbox.marks.mark(chosen)
            outcome = await watched.mailbox.commit.run(stay=False)
        assert server.connections > 1
        stayed = {1, 2} if number == 0 else {2}
        by_uid = "no-uidl" not in odd
        notices = {entry.number for entry in (*outcome.remaining, *outcome.unknown)}
        assert notices == stayed
        assert not outcome.complete
        if by_uid:
            assert {entry.number for entry in outcome.remaining} == stayed
            assert outcome.falsely_confirmed
        assert len(server.uids) == 4 - 2 + len(stayed)


async def test_a_dele_without_effect_is_unknown_if_it_cannot_be_verified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.0)
    async with OddServer(make_messages(4), ["dele-does-nothing:2"]) as server:
        async with watching(server.port, verifier=NEVER) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0001"), watched.entry("uid-0002")])
            await watched.until(lambda: watched.marks() == "  DD")
            server.become("login-delayed")
            outcome = await watched.mailbox.commit.run(stay=False)
        assert uids(outcome.deleted) == {"uid-0001"}
        assert uids(outcome.unknown) == {"uid-0002"}
        assert outcome.proof is Proof.NONE


@pytest.mark.parametrize("odd", [[], ["renumbers"]])
async def test_a_refused_dele_that_took_effect_is_reported_as_deleted(odd: list[str]) -> None:
    async with OddServer(make_messages(4), odd) as server:
        async with watching(server.port, verifier=NEVER) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0001")])
            await watched.until(lambda: watched.marks() == "   D")
            server.become("dele-lies", *odd)
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            await watched.until(lambda: watched.marks() == "  !D")
            outcome = await watched.mailbox.commit.run(stay=False)
        assert uids(outcome.deleted) == {"uid-0001", "uid-0002"}
        assert not outcome.refused
        assert server.uids == ["uid-0003", "uid-0004"]


@pytest.mark.parametrize("oddity", ["uidl-refused", "list-refused"])
async def test_if_one_listing_is_refused_the_other_decides(oddity: str) -> None:
    async with OddServer(make_messages(4)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        await watched.until(lambda: watched.marks() == "  D ")
        server.become(oddity, "dele-another:3")
        watched.mailbox.marks.mark([watched.entry("uid-0001")])
        with pytest.raises(PoptuiError, match="marked different messages for deletion"):
            await watched.mailbox.commit.run(stay=False)
        assert len(server.uids) == 4
