"""Two poptui instances in one mailbox, on a server that allows both, as Dovecot does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from poptui.mailbox.wording import ELSEWHERE
from tests.kit.odd import OddServer
from tests.mailbox.journals import WatchedJournal, on_disk
from tests.mailbox.watched import Watched, make_messages, watching


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@asynccontextmanager
async def both(server: OddServer, *paths: Path) -> AsyncIterator[list[Watched]]:
    """Start a run for each of ``paths``, all connected before any marks something."""
    journals = [WatchedJournal(path) for path in paths]
    async with (
        watching(server.port, open_journal=lambda: journals[0]) as first,
        watching(server.port, open_journal=lambda: journals[1]) as second,
    ):
        yield [first, second]
        for watched in (first, second):
            watched.mailbox.session.abandon()
            await watched.mailbox.close()


async def test_a_message_belongs_to_the_instance_that_marks_it_first(path: Path) -> None:
    async with OddServer(make_messages(4), ["no-lock"]) as server:
        async with both(server, path, path) as (first, second):
            first.mailbox.marks.mark([first.entry("uid-0002")])
            await first.until(lambda: first.marks() == "  D ")
            second.mailbox.marks.mark([second.entry("uid-0002"), second.entry("uid-0001")])
            await second.until(lambda: second.marks() == "  oD")
            assert second.notices[-1] == ELSEWHERE
            assert (await second.mailbox.commit.run(stay=False)).complete
            assert server.uids == ["uid-0002", "uid-0003", "uid-0004"]
            assert (await first.mailbox.commit.run(stay=False)).complete
        assert server.commands.count(b"DELE 2") == 1
        assert server.uids == ["uid-0003", "uid-0004"]
    assert on_disk(path) == {}


async def test_undo_does_not_mark_what_the_other_instance_marked(path: Path) -> None:
    async with OddServer(make_messages(2), ["no-lock"]) as server:
        async with both(server, path, path) as (first, second):
            first.mailbox.marks.mark([first.entry("uid-0002")])
            await first.until(lambda: first.marks() == "D ")
            second.mailbox.marks.mark([second.entry("uid-0002")])
            await second.until(lambda: second.marks() == "o ")
            assert second.mailbox.marks.undo() == "Nothing to undo."
        assert server.commands.count(b"DELE 2") == 1


async def test_a_confirmed_message_that_the_other_instance_marked_stays_and_is_reported(
    path: Path,
) -> None:
    async with OddServer(make_messages(2), ["no-lock"]) as server:
        async with both(server, path, path) as (first, second):
            entry = second.entry("uid-0002")
            first.mailbox.marks.mark([first.entry("uid-0002")])
            await first.until(lambda: first.marks() == "D ")
            second.mailbox.marks.mark([entry])
            outcome = await second.mailbox.commit.run(stay=False, confirmed=[entry])
            assert outcome.remaining == (entry,)
            assert len(server.messages) == 2


async def test_marks_of_an_instance_that_died_are_free(path: Path) -> None:
    dying = WatchedJournal(path)
    async with OddServer(make_messages(2), ["no-lock"]) as server:
        async with (
            watching(server.port, open_journal=lambda: dying) as first,
            watching(server.port, open_journal=lambda: WatchedJournal(path)) as second,
        ):
            first.mailbox.marks.mark([first.entry("uid-0002")])
            await first.until(lambda: first.marks() == "D ")
            dying.die()
            second.mailbox.marks.mark([second.entry("uid-0002")])
            await second.until(lambda: second.marks() == "D ")
            second.mailbox.session.abandon()
            await second.mailbox.close()
    assert set(on_disk(path)) == {"uid-0002"}


async def test_two_instances_are_offered_the_same_marks_and_one_gets_them(path: Path) -> None:
    async with OddServer(make_messages(3), ["no-lock"]) as server:
        async with watching(server.port, open_journal=lambda: WatchedJournal(path)) as before:
            before.mailbox.marks.mark(before.entries[:2])
            before.mailbox.session.abandon()
            await before.mailbox.close()
        async with both(server, path, path) as (first, second):
            first.mailbox.marks.recovered.keep()
            await first.until(lambda: first.marks() == "DD ")
            second.mailbox.marks.recovered.keep()
            await second.until(lambda: second.marks() == "oo ")
            await asyncio.sleep(0)
            assert second.mailbox.marks.marked() == []
        assert server.commands.count(b"DELE 3") == 1


async def test_without_a_shared_journal_each_instance_deletes_on_its_own(path: Path) -> None:
    """The server's listing then shows what became of it."""
    async with OddServer(make_messages(2), ["no-lock"]) as server:
        async with both(server, path, path.with_name("other")) as (first, second):
            for watched in (first, second):
                watched.mailbox.marks.mark([watched.entry("uid-0002")])
                await watched.until(lambda: watched.marks() == "D ")  # noqa: B023
                assert (await watched.mailbox.commit.run(stay=False)).complete
        assert server.uids == ["uid-0001"]
