"""Marks reported as saved are read back from the journal's file, as the next start would."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from poptui.storage.journal import MarkJournal
from tests.kit.odd import OddServer
from tests.mailbox.journals import WatchedJournal, on_disk
from tests.mailbox.watched import make_messages, watching


def remove(path: Path) -> None:
    for name in path.parent.glob(f"{path.name}*"):
        name.unlink()


def remove_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def replace(path: Path) -> None:
    """Another program restores its own journal, with a different mark in it."""
    other = path.with_name("other")
    MarkJournal(other, "somebody@else").write([], [])
    remove(path)
    shutil.copy(other, path)


def replace_by_garbage(path: Path) -> None:
    remove(path)
    path.write_bytes(b"rubbish" * 1000)


DAMAGES = [remove, remove_folder, replace, replace_by_garbage]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("more", [False, True])
async def test_a_removed_journal_is_noticed_and_written_again(
    damage: Callable[[Path], None], more: bool, tmp_path: Path
) -> None:
    path = tmp_path / "data" / "journal.sqlite3"
    async with OddServer(make_messages(3)) as server:
        journal = WatchedJournal(path)
        async with watching(server.port, open_journal=lambda: journal) as watched:
            watched.mailbox.marks.mark(watched.entries[:2])
            await watched.until(lambda: watched.marks() == "DD ")
            damage(path)
            if more:
                watched.mailbox.marks.mark(watched.entries[2:])
            kept = await watched.mailbox.marks.save()
            expected = {"uid-0003", "uid-0002"} | ({"uid-0001"} if more else set())
            assert {entry.uid for entry in kept} == expected
            assert set(on_disk(path)) == expected
            notices = " ".join(watched.notices)
            assert "removed or replaced" in notices or "was damaged" in notices
            await watched.mailbox.close()
        assert set(on_disk(path)) == expected


async def test_marks_that_cannot_be_written_again_are_not_reported_as_saved(tmp_path: Path) -> None:
    path = tmp_path / "data" / "journal.sqlite3"
    async with OddServer(make_messages(3)) as server:
        journal = WatchedJournal(path)
        async with watching(server.port, open_journal=lambda: journal) as watched:
            watched.mailbox.marks.mark(watched.entries[:2])
            await watched.until(lambda: watched.marks() == "DD ")
            remove(path)
            journal.failing = set(range(journal.writes + 1, journal.writes + 20))
            assert not await watched.mailbox.marks.save()


async def test_a_message_without_a_uid_does_not_prevent_saving_the_others(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    async with OddServer(make_messages(3), ["uid-missing:2"]) as server:
        journal = WatchedJournal(path)
        async with watching(server.port, open_journal=lambda: journal) as watched:
            watched.mailbox.marks.mark(watched.entries)
            assert watched.mailbox.marks.are_saved
            assert [entry.number for entry in watched.mailbox.marks.session_only] == [2]
            kept = await watched.mailbox.marks.save()
            assert [entry.number for entry in kept] == [3, 1]
            assert set(on_disk(path)) == {"uid-0001", "uid-0003"}


async def test_without_a_journal_nothing_is_saved() -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark(watched.entries)
        assert not watched.mailbox.marks.are_saved
        assert await watched.mailbox.marks.save() == []
