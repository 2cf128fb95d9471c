"""UIDs that move to other messages: no message is deleted in place of another."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from poptui.errors import PoptuiError
from poptui.mailbox.commit.outcome import Proof, deleted_sentence
from poptui.mailbox.commit.verification import DeletionVerifier, Verify
from poptui.mailbox.entry import Mark
from poptui.net.server_profile import ServerFact, ServerProfile
from poptui.storage.server_profiles import StoredServerProfile
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_message, watching

NUMBERS = "uids-are-numbers"
NO_TOP = ("no-top", "top-refused")
SAME_SIZE = [make_message(number) for number in range(1, 6)]
NEVER = DeletionVerifier(Verify.NEVER)


@pytest.mark.parametrize("verifier", [None, NEVER])
@pytest.mark.parametrize("top", [(), NO_TOP])
async def test_shifting_uids_are_noticed_at_the_commit_and_remembered(
    verifier: DeletionVerifier | None, top: tuple[str, ...], tmp_path: Path
) -> None:
    profile = StoredServerProfile(tmp_path / "servers.json")
    async with OddServer(SAME_SIZE, [NUMBERS, *top]) as server:
        async with watching(server.port, profile=profile, verifier=verifier) as watched:
            first, third = watched.entry("1"), watched.entry("3")
            await watched.read(third)
            await watched.read(first)
            watched.mailbox.marks.mark([first])
            outcome = await watched.mailbox.commit.run(stay=True)
            assert outcome.deleted == (first,)
            assert not outcome.falsely_confirmed
            assert not outcome.remaining
            if verifier is None:
                assert outcome.proof is Proof.NONE
                assert "gave their UIDs to other messages" in deleted_sentence(outcome)
            assert watched.mailbox.marks.marked() == []
            assert any("doesn't trust them" in notice for notice in watched.notices)
            assert not any("no longer on the server" in notice for notice in watched.notices)
            now_third = watched.entries[-3]
            assert "Open the message first" in watched.mailbox.marks.mark([now_third])
            assert watched.mailbox.marks.marked() == []
            await watched.read(now_third)
            assert now_third.header is not None
            assert now_third.header.subject == "letter 4"
            watched.mailbox.marks.mark([now_third])
            assert (await watched.mailbox.commit.run(stay=False)).deleted == (now_third,)
        assert server.uids == ["uid-0002", "uid-0003", "uid-0005"]
        profile = StoredServerProfile(tmp_path / "servers.json")
        async with watching(server.port, profile=profile) as watched:
            assert "Open the message first" in watched.mailbox.marks.mark(watched.entries)
            assert watched.mailbox.marks.marked() == []


@pytest.mark.parametrize("gone", [0, 1])
async def test_numbers_as_uids_prove_nothing_in_the_next_session(gone: int) -> None:
    """Without TOP, another client's deletion moves the UID of a mark to another message."""
    async with OddServer(SAME_SIZE, [NUMBERS, *NO_TOP]) as server:
        async with watching(server.port) as watched:
            third = watched.entry("3")
            await watched.read(third)
            watched.mailbox.marks.mark([third])
            await watched.until(lambda: server.held == {3})
            watched.mailbox.session.abandon()
            del server.messages[:gone]
            await watched.mailbox.session.connect()
            entry = watched.entry("3")
            await watched.until(lambda: entry.mark is Mark.REFUSED)
            assert "Open it" in entry.problem
            outcome = await watched.mailbox.commit.run(stay=False)
            assert not outcome.deleted
        assert len(server.uids) == 5 - gone


async def test_a_row_that_was_never_opened_loses_its_mark_with_the_session() -> None:
    async with OddServer(SAME_SIZE, [NUMBERS, *NO_TOP]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("3")])
            watched.mailbox.session.abandon()
            del server.messages[0]
            await watched.mailbox.session.connect()
            assert watched.mailbox.marks.marked() == []
            assert (await watched.mailbox.commit.run(stay=False)).deleted == ()
        assert len(server.uids) == 4


async def test_with_top_the_header_decides() -> None:
    async with OddServer(SAME_SIZE, [NUMBERS]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("3")])
            await watched.until(lambda: server.held == {3})
            await watched.mailbox.session.refresh()
            await watched.until(lambda: server.held == {3})
            watched.mailbox.session.abandon()
            del server.messages[0]
            await watched.mailbox.session.connect()
            await watched.until(lambda: not watched.mailbox.marks.marked())
            assert any("not the message that was marked" in notice for notice in watched.notices)
        assert len(server.uids) == 4


async def test_a_shift_seen_before_quit_deletes_nothing() -> None:
    """The server renumbers its UIDs with its listing as soon as DELE arrives."""
    profile = ServerProfile()
    async with OddServer(SAME_SIZE, [NUMBERS, "renumbers"]) as server:
        async with watching(server.port, profile=profile) as watched:
            watched.mailbox.marks.mark([watched.entry("2")])
            server.become("renumbers", NUMBERS)
            with pytest.raises(PoptuiError, match="Nothing was deleted"):
                await watched.mailbox.commit.run(stay=False)
            assert profile.known(ServerFact.UIDS_SHIFT, f"127.0.0.1:{server.port}")
            assert len(server.uids) == 5
            await watched.mailbox.session.connect()
            entry = watched.entries[-2]
            await watched.read(entry)
            watched.mailbox.marks.mark([entry])
            assert (await watched.mailbox.commit.run(stay=False)).deleted == (entry,)
        assert server.uids == ["uid-0001", "uid-0003", "uid-0004", "uid-0005"]


async def test_another_client_that_deletes_is_no_shift() -> None:
    async with OddServer(SAME_SIZE, ["quit-err"]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0001"), watched.entry("uid-0003")])
            outcome = await watched.mailbox.commit.run(stay=True)
            assert [entry.uid for entry in outcome.remaining] == ["uid-0003"]
            del server.messages[-1]
            await watched.mailbox.session.refresh()
            assert not watched.mailbox.listing.uids_shift
            assert watched.mailbox.marks.mark([watched.entry("uid-0004")]) == ""


async def test_a_server_that_removes_the_wrong_message_is_no_shift() -> None:
    """Messages that stayed and messages that went are both named, and the UIDs are still
    trusted."""
    profile = ServerProfile()
    async with OddServer(SAME_SIZE, ["quit-removes-next"]) as server:
        async with watching(server.port, profile=profile) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002"), watched.entry("uid-0003")])
            outcome = await watched.mailbox.commit.run(stay=False)
        assert server.uids == ["uid-0001", "uid-0002", "uid-0005"]
        assert [entry.uid for entry in outcome.deleted] == ["uid-0003"]
        assert [entry.uid for entry in outcome.remaining] == ["uid-0002"]
        assert [entry.uid for entry in outcome.vanished] == ["uid-0004"]
        assert not outcome.uids_shifted
        assert not profile.known(ServerFact.UIDS_SHIFT, f"127.0.0.1:{server.port}")


async def test_a_late_server_and_another_client_are_no_shift() -> None:
    """The refresh after a commit finds a deleted message still there, and another one gone."""
    async with OddServer(SAME_SIZE, ["quit-ok-removes-nothing"]) as server:
        async with watching(server.port, verifier=NEVER) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            committing = asyncio.create_task(watched.mailbox.commit.run(stay=True))
            await watched.until(lambda: b"QUIT" in server.keywords)
            del server.messages[3]
            await committing
            assert not watched.mailbox.listing.uids_shift
            assert "1 is no longer on the server." in watched.notices
