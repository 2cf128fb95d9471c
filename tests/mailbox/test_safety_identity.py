"""DELE is never sent for a message that the user did not mark, whatever its UID is now."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from poptui.demo.stored_mailbox import StoredMessage
from poptui.errors import MailboxLockedError
from poptui.mailbox.entry import Mark
from poptui.storage.cache import HeaderCache
from tests.kit.odd import OddServer
from tests.mailbox.journals import ACCOUNT, on_disk
from tests.mailbox.reports import quiet
from tests.mailbox.test_safety_journal import offered, run
from tests.mailbox.watched import make_message, make_messages, watching

OTHER = make_message(2).replace(b"letter 2", b"LETTER 2")
"""A different message of exactly the size of letter 2."""
assert len(OTHER) == len(make_message(2))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


def reuse(server: OddServer) -> None:
    server.messages[1] = StoredMessage("uid-0002", OTHER)


async def test_a_uid_reused_between_sessions(path: Path) -> None:
    async with OddServer(make_messages(3)) as server, run(server, path) as watched:
        watched.mailbox.marks.mark(watched.entries)
        await watched.until(lambda: watched.marks() == "DDD")
        reuse(server)
        await watched.mailbox.session.refresh()
        await watched.until(lambda: watched.marks() == "D D")
        entry = watched.entry("uid-0002")
        assert entry.header is not None
        assert entry.header.subject == "LETTER 2"
        assert any(
            "“letter 2”" in notice and "not marked now" in notice for notice in watched.notices
        )
        assert server.held == {1, 3}
        watched.mailbox.marks.undo()
        assert entry not in watched.mailbox.marks.marked()
    assert "uid-0002" not in on_disk(path)


async def test_a_uid_reused_between_starts(path: Path) -> None:
    async with OddServer(make_messages(3)) as server:
        async with run(server, path) as watched:
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: watched.marks() == "DDD")
        reuse(server)
        async with run(server, path) as watched:
            assert len(offered(watched).present) == 3
            watched.mailbox.marks.recovered.keep()
            await watched.until(lambda: watched.marks() == "D D")
            assert (await watched.mailbox.commit.run(stay=False)).complete
        assert server.uids == ["uid-0002"]


async def test_a_uid_reused_before_the_commit_is_confirmed(path: Path) -> None:
    """Confirmed right after the reconnect: QUIT waits for the verification."""
    async with OddServer(make_messages(3)) as server, run(server, path) as watched:
        watched.mailbox.marks.mark(watched.entries)
        await watched.until(lambda: watched.marks() == "DDD")
        watched.mailbox.session.abandon()
        reuse(server)
        await watched.mailbox.session.connect()
        outcome = await watched.mailbox.commit.run(stay=False)
        assert {entry.uid for entry in outcome.deleted} == {"uid-0001", "uid-0003"}
        assert server.uids == ["uid-0002"]


async def test_a_cached_header_that_belongs_to_another_message(tmp_path: Path, path: Path) -> None:
    cache = partial(HeaderCache, tmp_path / "headers.sqlite3", ACCOUNT)
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_cache=cache) as watched:
            await watched.mailbox.session.discard()
        reuse(server)
        async with watching(server.port, open_cache=cache) as watched:
            entry = watched.entry("uid-0002")
            assert entry.header is not None
            assert entry.header.subject == "letter 2"
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: watched.marks() == "D D")
            assert entry.header.subject == "LETTER 2"
            assert (await watched.mailbox.commit.run(stay=False)).complete
            await watched.mailbox.close()
        assert server.uids == ["uid-0002"]
        async with watching(server.port, open_cache=cache) as watched:
            assert watched.entry("uid-0002").header == entry.header


async def test_without_top_uid_and_size_decide(path: Path) -> None:
    """With a different size it may still be the same message, so it has to be opened."""
    async with OddServer(make_messages(3)) as server:
        async with run(server, path) as watched:
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: watched.marks() == "DDD")
        server.become("no-top", "top-refused")
        server.messages[1] = StoredMessage("uid-0002", make_message(2, "of another size"))
        async with run(server, path) as watched:
            watched.mailbox.marks.recovered.keep()
            await watched.until(lambda: watched.marks() == "D!D")
            assert server.held == {1, 3}


async def test_without_top_and_sizes_nothing_can_be_verified(path: Path) -> None:
    async with OddServer(make_messages(3)) as server:
        async with run(server, path) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            await watched.until(lambda: watched.marks() == " D ")
        server.become("no-top", "top-refused", "list-refused")
        async with run(server, path) as watched:
            watched.mailbox.marks.recovered.keep()
            entry = watched.entry("uid-0002")
            await watched.until(lambda: entry.mark is Mark.REFUSED)
            assert "Open it" in entry.problem
            assert (await watched.mailbox.commit.run(stay=False)).remaining == (entry,)
            await watched.mailbox.session.connect()
            await watched.read(entry)
            await watched.until(lambda: entry.mark is Mark.DELETED)


async def test_marks_wait_if_uidl_fails(path: Path) -> None:
    async with OddServer(make_messages(3)) as server, run(server, path) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        await watched.until(lambda: watched.marks() == " D ")
        server.become("uidl-refused")
        with pytest.raises(MailboxLockedError, match="refused UIDL this time"):
            await watched.mailbox.session.refresh()
        await quiet()
        assert watched.marks() == " d "
        assert set(on_disk(path)) == {"uid-0002"}
        server.become()
        await watched.mailbox.session.refresh()
        await watched.until(lambda: watched.marks() == " D ")


async def test_marks_of_an_earlier_run_wait_for_uidl_too(path: Path) -> None:
    async with OddServer(make_messages(3)) as server:
        async with run(server, path) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
        server.become("uidl-refused")
        async with run(server, path) as watched:
            assert watched.mailbox.marks.recovered.offer is None
            assert any("Marks that wait: 1" in notice for notice in watched.notices)
            server.become()
            await watched.mailbox.session.refresh()
            assert len(offered(watched).present) == 1


@pytest.mark.parametrize("oddity", ["uid-blank:2", "uid-missing:2"])
async def test_a_uid_that_is_missing_in_one_session(path: Path, oddity: str) -> None:
    async with OddServer(make_messages(3)) as server, run(server, path) as watched:
        watched.mailbox.marks.mark(watched.entries)
        await watched.until(lambda: watched.marks() == "DDD")
        server.become(oddity)
        await watched.mailbox.session.refresh()
        await watched.until(lambda: watched.marks() == "D D")
        server.become()
        await watched.mailbox.session.refresh()
        await watched.until(lambda: watched.marks() == "DDD")


@pytest.mark.parametrize("oddity", ["uid-long:2", "uid-with-spaces:2", "uid-not-ascii:2"])
async def test_odd_uids_identify_their_messages(path: Path, oddity: str) -> None:
    async with OddServer(make_messages(3), [oddity]) as server:
        async with run(server, path) as watched:
            watched.mailbox.marks.mark(watched.entries[1:2])
            await watched.until(lambda: watched.marks() == " D ")
        async with run(server, path) as watched:
            watched.mailbox.marks.recovered.keep()
            await watched.until(lambda: watched.marks() == " D ")


async def test_without_uids_nothing_is_written_to_the_disk(path: Path) -> None:
    async with OddServer(make_messages(3), ["no-uidl", "uidl-refused"]) as server:
        async with run(server, path) as watched:
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: watched.marks() == "DDD")
            assert not watched.mailbox.marks.are_saved
        assert on_disk(path) == {}


async def test_a_server_that_sends_whole_messages_is_not_asked_for_all(path: Path) -> None:
    """TOP sends the body too: verification would cost too much."""
    big = [make_message(number, "x" * 9000) for number in range(1, 61)]
    async with OddServer(big) as server:
        async with run(server, path) as watched:
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: set(watched.marks()) == {"D"})
        server.become("top-whole-message")
        before = len(server.commands)
        async with run(server, path) as watched:
            watched.mailbox.headers.pause()
            watched.mailbox.marks.recovered.keep()
            await watched.mailbox.commit.run(stay=False)
        tops = [line for line in server.commands[before:] if line.startswith(b"TOP")]
        assert server.uids == []
        assert len(tops) < 60 + 8


async def test_many_verifications_and_deletions_take_few_round_trips(
    tmp_path: Path, path: Path
) -> None:
    cache = partial(HeaderCache, tmp_path / "headers.sqlite3", ACCOUNT)
    async with OddServer(make_messages(1000)) as server:
        async with watching(server.port, open_cache=cache) as watched:
            await watched.mailbox.session.discard()
        async with watching(server.port, open_cache=cache) as watched:
            visit = watched.mailbox.session.workers
            assert visit is not None
            before = visit.client.connection.round_trips
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: len(server.held) == 1000)
            assert server.keywords.count(b"TOP") == 2000
            assert visit.client.connection.round_trips - before <= 40
