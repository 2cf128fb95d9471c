"""Servers that delete at QUIT whatever was downloaded (EXPIRE 0, RFC 2449 section 6.7)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from poptui.errors import PoptuiError
from poptui.mailbox.changes import ConnectionState, Vanished
from poptui.pop3.capabilities import AfterDownload
from poptui.storage.safety_copies import SafetyCopyStore
from tests.kit.odd import OddServer
from tests.kit.relay import Direction, FaultKind, FaultyRelay, LineFault
from tests.mailbox.journals import WatchedJournal
from tests.mailbox.watched import Watched, make_message, make_messages, watching

ANNOUNCED = ("expire-0", "expire-0-user", "expire-0-before-login")
ALL = (*ANNOUNCED, "expire-untold")


def expiring(how: str, *more: str, count: int = 4) -> OddServer:
    return OddServer(make_messages(count), [how, "downloads-go", *more])


async def uids(server: OddServer) -> list[str]:
    """Return the UIDs on the server once it has handled the end of the session."""
    await asyncio.sleep(0.02)
    return server.uids


EVERYTHING = [f"uid-{number:04}" for number in range(1, 5)]


@pytest.mark.parametrize("how", ALL)
@pytest.mark.parametrize("end", ["discard", "refresh", "release", "abandon"])
@pytest.mark.parametrize("readonly", [False, True])
async def test_reading_deletes_nothing_however_the_session_ends(
    how: str, end: str, readonly: bool
) -> None:
    async with expiring(how) as server:
        async with watching(server.port, readonly=readonly) as watched:
            mailbox = watched.mailbox
            assert b"letter 2" in await watched.read(watched.entry("uid-0002"))
            if end == "release":
                await mailbox.session.release()
            elif end == "abandon":
                mailbox.session.abandon()
            else:
                await {"discard": mailbox.session.discard, "refresh": mailbox.session.refresh}[
                    end
                ]()
            assert await uids(server) == EVERYTHING
            assert b"QUIT" not in server.conversations[0]
            await mailbox.session.discard()
        assert await uids(server) == EVERYTHING


async def test_a_session_without_downloads_ends_with_quit() -> None:
    async with expiring("expire-0") as server, watching(server.port) as watched:
        (await watched.mailbox.messages.peek(watched.entries[0], 3)).close()
        await watched.mailbox.session.refresh()
        await watched.mailbox.session.discard()
        assert server.commands.count(b"QUIT") == 1


@pytest.mark.parametrize("how", ALL)
@pytest.mark.parametrize("stay", [False, True])
async def test_a_commit_deletes_what_was_confirmed_and_not_what_was_read(
    how: str, stay: bool
) -> None:
    async with expiring(how) as server, watching(server.port) as watched:
        await watched.read(watched.entry("uid-0002"))
        watched.mailbox.marks.mark([watched.entry("uid-0003")])
        outcome = await watched.mailbox.commit.run(stay=stay)
        assert outcome.complete
        assert [entry.uid for entry in outcome.deleted] == ["uid-0003"]
        assert await uids(server) == ["uid-0001", "uid-0002", "uid-0004"]
        assert b"QUIT" not in server.conversations[0]


@pytest.mark.parametrize("how", ALL)
async def test_a_commit_that_covers_what_was_read_needs_no_other_session(how: str) -> None:
    async with expiring(how) as server, watching(server.port) as watched:
        await watched.read(watched.entry("uid-0002"))
        watched.mailbox.marks.mark([watched.entry("uid-0002"), watched.entry("uid-0003")])
        outcome = await watched.mailbox.commit.run(stay=False)
        assert outcome.complete
        assert await uids(server) == ["uid-0001", "uid-0004"]
        assert b"QUIT" in server.conversations[0]


async def test_a_server_that_keeps_downloads_gets_quit() -> None:
    async with OddServer(make_messages(4)) as server, watching(server.port) as watched:
        await watched.read(watched.entry("uid-0002"))
        watched.mailbox.marks.mark([watched.entry("uid-0003")])
        assert (await watched.mailbox.commit.run(stay=True)).complete
        await watched.read(watched.entry("uid-0002"))
        await watched.mailbox.session.discard()
        assert server.keywords.count(b"QUIT") >= 2
        assert b"QUIT" in server.conversations[0]


async def test_a_top_that_sends_the_whole_message_counts_as_a_download() -> None:
    """Such a server may count its own TOP as a download."""
    async with expiring("expire-0", "top-whole-message", "top-counts") as server:
        async with watching(server.port) as watched:
            await watched.mailbox.session.refresh()
            assert await uids(server) == EVERYTHING
            watched.mailbox.marks.mark([watched.entry("uid-0003")])
            outcome = await watched.mailbox.commit.run(stay=True)
            assert outcome.complete
            assert await uids(server) == ["uid-0001", "uid-0002", "uid-0004"]
            await watched.mailbox.session.discard()
        assert await uids(server) == ["uid-0001", "uid-0002", "uid-0004"]


async def test_a_refused_message_that_top_downloads_stays_and_the_others_go() -> None:
    odd = ("top-whole-message", "top-counts", "dele-refused:2")
    async with expiring("expire-0", *odd) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0002"), watched.entry("uid-0003")])
        outcome = await watched.mailbox.commit.run(stay=False)
        assert [entry.uid for entry in outcome.deleted] == ["uid-0003"]
        assert [entry.uid for entry in outcome.refused] == ["uid-0002"]
        assert await uids(server) == ["uid-0001", "uid-0002", "uid-0004"]


async def test_hanging_up_during_a_download_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The rest of a message that arrives after we hung up goes to no caller."""
    large = [make_message(1, "x" * 2_000_000), make_message(2)]
    stall = LineFault(Direction.DOWN, 500_000, FaultKind.STALL)
    async with OddServer(large, ["expire-0", "downloads-go"]) as server:
        async with FaultyRelay(server.port, stall) as relay, watching(relay.port) as watched:
            reading = asyncio.create_task(watched.read(watched.entry("uid-0001")))
            await watched.until(lambda: b"RETR 1" in server.commands)
            await watched.mailbox.session.discard()
            with pytest.raises(PoptuiError):
                await reading
        assert await uids(server) == ["uid-0001", "uid-0002"]
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("how", ["expire-0", "expire-untold"])
async def test_safety_copies_delete_only_what_is_confirmed(how: str, tmp_path: Path) -> None:
    async with expiring(how, "dele-refused:2") as server:
        store = SafetyCopyStore(tmp_path / "copies", whole=True, limit=1 << 20, days=30)
        async with watching(server.port, open_copies=lambda: store) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002"), watched.entry("uid-0003")])
            outcome = await watched.mailbox.commit.run(stay=False)
            assert [entry.uid for entry in outcome.deleted] == ["uid-0003"]
            assert [entry.uid for entry in outcome.refused] == ["uid-0002"]
        assert await uids(server) == ["uid-0001", "uid-0002", "uid-0004"]


async def test_marks_that_end_with_the_session_do_not_cause_downloads_to_be_deleted() -> None:
    """Without UIDs a mark can't be carried to another session: nothing is deleted, which is
    reported."""
    async with expiring("expire-0", "no-uidl") as server, watching(server.port) as watched:
        read, marked, *_ = watched.entries
        await watched.read(read)
        watched.mailbox.marks.mark([marked])
        with pytest.raises(PoptuiError, match=r"Nothing was deleted.*download.*letter 4"):
            await watched.mailbox.commit.run(stay=False)
        assert await uids(server) == EVERYTHING
        await watched.mailbox.session.refresh()
        watched.mailbox.marks.mark(watched.entries[1:2])
        assert (await watched.mailbox.commit.run(stay=False)).deleted
        assert await uids(server) == ["uid-0001", "uid-0002", "uid-0004"]


async def test_without_a_new_session_nothing_is_deleted(tmp_path: Path) -> None:
    journal = WatchedJournal(tmp_path / "journal")
    async with expiring("expire-0") as server:
        async with watching(server.port, open_journal=lambda: journal) as watched:
            await watched.read(watched.entry("uid-0002"))
            watched.mailbox.marks.mark([watched.entry("uid-0003")])
            await watched.until(lambda: "D" in watched.marks())
            server.become("expire-0", "downloads-go", "login-delayed")
            with pytest.raises(PoptuiError, match="Nothing was deleted"):
                await watched.mailbox.commit.run(stay=True)
            assert await uids(server) == EVERYTHING
            assert [entry.uid for entry in watched.mailbox.marks.marked()] == ["uid-0003"]


async def test_the_lock_of_a_session_that_was_dropped_is_waited_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poptui.mailbox.session.manager.OWN_LOCK_WAITS_S", (0.01, 0.02))
    async with expiring("expire-0") as server, watching(server.port) as watched:
        await watched.read(watched.entry("uid-0002"))
        watched.mailbox.marks.mark([watched.entry("uid-0003")])
        await watched.until(lambda: "D" in watched.marks())
        server.become("expire-0", "downloads-go", "in-use:2")
        assert (await watched.mailbox.commit.run(stay=False)).complete
        assert await uids(server) == ["uid-0001", "uid-0002", "uid-0004"]


async def test_the_servers_policy_for_downloads_is_shown() -> None:
    async with expiring("expire-0") as server, watching(server.port) as watched:
        assert watched.mailbox.session.after_download is AfterDownload.REMOVED
        assert any("EXPIRE 0" in notice for notice in watched.notices)
    async with OddServer(make_messages(1)) as server, watching(server.port) as watched:
        assert watched.mailbox.session.after_download is AfterDownload.KEPT
        assert not any("EXPIRE" in notice for notice in watched.notices)
    async with expiring("expire-untold") as server, watching(server.port) as watched:
        assert watched.mailbox.session.after_download is AfterDownload.UNKNOWN


async def test_leaving_during_a_download_deletes_nothing() -> None:
    async with expiring("expire-0", "retr-trickles") as server, watching(server.port) as watched:
        reading = asyncio.create_task(watched.read(watched.entry("uid-0002")))
        await watched.until(lambda: b"RETR 2" in server.commands)
        await watched.mailbox.session.discard()
        assert watched.mailbox.session.state is ConnectionState.OFFLINE
        with pytest.raises(PoptuiError):
            await reading
        assert await uids(server) == EVERYTHING


async def test_a_server_that_removes_downloads_against_its_announcement_is_noticed() -> None:
    """EXPIRE NEVER, and yet it is gone: it is reported by name, and later sessions take care."""
    async with OddServer(make_messages(4), ["downloads-go"]) as server:
        watched = Watched(server.port)
        await watched.ready()
        await watched.read(watched.entry("uid-0002"))
        await watched.mailbox.session.refresh()
        assert "uid-0002" not in server.uids
        (vanished,) = (c for c in watched.changes if isinstance(c, Vanished))
        assert [entry.uid for entry in vanished.entries] == ["uid-0002"]
        assert watched.mailbox.session.after_download is AfterDownload.REMOVED
        await watched.read(watched.entry("uid-0003"))
        await watched.mailbox.session.refresh()
        assert await uids(server) == ["uid-0001", "uid-0003", "uid-0004"]
        watched.mailbox.session.abandon()
