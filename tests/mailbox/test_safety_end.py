"""The end of a run: its report on marks and deletions is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.odd import OddServer
from tests.mailbox.journals import WatchedJournal, on_disk
from tests.mailbox.watched import make_messages, watching


@pytest.fixture
def journal(tmp_path: Path) -> WatchedJournal:
    return WatchedJournal(tmp_path / "journal.sqlite3")


async def test_saved_marks_are_on_the_disk(journal: WatchedJournal) -> None:
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_journal=lambda: journal) as watched:
            journal.gate.clear()
            watched.mailbox.marks.mark(watched.entries)
            journal.gate.set()
            assert await watched.mailbox.marks.save()
            assert len(on_disk(journal._path)) == 3


async def test_marks_that_cannot_be_written_are_not_reported_as_saved(
    journal: WatchedJournal,
) -> None:
    journal.failing = {1, 2}  # a failed write is retried once
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_journal=lambda: journal) as watched:
            watched.mailbox.marks.mark(watched.entries)
            assert watched.mailbox.marks.are_saved
            assert not await watched.mailbox.marks.save()
            assert not watched.mailbox.marks.are_saved


async def test_marks_that_cannot_be_erased_are_not_reported_as_forgotten(
    journal: WatchedJournal,
) -> None:
    journal.failing = {2}
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_journal=lambda: journal) as watched:
            watched.mailbox.marks.mark(watched.entries)
            assert await watched.mailbox.marks.save()
            assert not await watched.mailbox.marks.forget()
            watched.mailbox.session.abandon()
            await watched.mailbox.close()
    assert len(on_disk(journal._path)) == 3


async def test_marks_that_were_never_written_are_forgotten(journal: WatchedJournal) -> None:
    journal.failing = {1, 2}
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_journal=lambda: journal) as watched:
            watched.mailbox.marks.mark(watched.entries)
            assert not await watched.mailbox.marks.save()
            assert await watched.mailbox.marks.forget()


async def test_a_bug_after_quit_leaves_the_deletion_in_doubt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark(watched.entries[:1])

        async def fail() -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(watched.mailbox.commit, "on_finished", fail)
        with pytest.raises(ZeroDivisionError):
            await watched.mailbox.commit.run(stay=False)
        assert len(server.messages) == 2
        assert watched.mailbox.commit.in_doubt


async def test_a_deletion_is_in_doubt_only_from_quit_on() -> None:
    async with OddServer(make_messages(3), ["dele-hangs-up"]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark(watched.entries)
            with pytest.raises(Exception, match="Nothing was deleted"):
                await watched.mailbox.commit.run(stay=False)
            assert not watched.mailbox.commit.in_doubt
            server.become()
            await watched.mailbox.session.refresh()
            assert (await watched.mailbox.commit.run(stay=False)).complete
            assert not watched.mailbox.commit.in_doubt
