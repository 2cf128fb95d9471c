"""Marks on the disk: DELE only after its mark is written, and marks survive the end of a run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from poptui.demo.stored_mailbox import StoredMessage
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks import mark_writer
from poptui.mailbox.marks.recovered_marks import RecoveryOffer
from poptui.mailbox.session.verifier import MarkVerifier
from tests.kit.odd import OddServer
from tests.mailbox.journals import WatchedJournal, on_disk
from tests.mailbox.reports import quiet
from tests.mailbox.watched import Watched, make_message, make_messages, watching


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@asynccontextmanager
async def run(
    server: OddServer, path: Path, journal: WatchedJournal | None = None, **options: object
) -> AsyncIterator[Watched]:
    """Run poptui and end it normally, without a commit."""
    opened = journal or WatchedJournal(path)
    async with watching(server.port, open_journal=lambda: opened, **options) as watched:
        yield watched
        watched.mailbox.session.abandon()
        await watched.mailbox.close()


def offered(watched: Watched) -> RecoveryOffer:
    offer = watched.mailbox.marks.recovered.offer
    assert offer is not None
    return offer


def named(watched: Watched) -> set[str]:
    return {str(entry.uid) for entry in watched.mailbox.marks.marked()}


class TestJournalBeforeDele:
    async def test_no_dele_before_its_mark_is_written(self, path: Path) -> None:
        journal = WatchedJournal(path)
        async with OddServer(make_messages(3)) as server, run(server, path, journal) as watched:
            journal.gate.clear()
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            await quiet()
            assert watched.marks() == " d "
            assert b"DELE" not in server.keywords
            journal.gate.set()
            await watched.until(lambda: watched.marks() == " D ")
            assert set(on_disk(path)) == {"uid-0002"}

    async def test_no_dele_for_a_mark_made_while_another_is_verified(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        journal = WatchedJournal(path)
        async with OddServer(make_messages(3)) as server, run(server, path, journal) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0001")])
            await watched.until(lambda: watched.marks() == "  D")
            load_again = MarkVerifier.load_again

            async def mark_and_load(
                verifier: MarkVerifier, entries: list[MessageEntry]
            ) -> tuple[MessageEntry, ...]:
                loaded = await load_again(verifier, entries)
                await watched.until(lambda: watched.entry("new").header is not None)
                journal.gate.clear()
                watched.mailbox.marks.mark([watched.entry("new")])
                return loaded

            monkeypatch.setattr(MarkVerifier, "load_again", mark_and_load)
            watched.mailbox.session.abandon()
            server.messages.append(StoredMessage("new", make_message(4)))
            await watched.mailbox.session.connect()
            await watched.until(lambda: not journal.gate.is_set())
            await quiet()
            assert b"DELE 4" not in server.commands
            journal.gate.set()
            await watched.until(lambda: watched.marks() == "D  D")
            assert set(on_disk(path)) == {"uid-0001", "new"}

    async def test_no_dele_while_the_mark_is_being_taken_off_the_disk(self, path: Path) -> None:
        journal = WatchedJournal(path)
        async with OddServer(make_messages(3)) as server, run(server, path, journal) as watched:
            entry = watched.entry("uid-0002")
            watched.mailbox.marks.mark([entry])
            await watched.until(lambda: watched.marks() == " D ")
            journal.gate.clear()
            watched.mailbox.marks.unmark([entry])
            await quiet()
            watched.mailbox.marks.mark([entry])
            await quiet()
            assert server.commands.count(b"DELE 2") == 1
            journal.gate.set()
            await watched.until(lambda: watched.marks() == " D " and "uid-0002" in on_disk(path))

    async def test_a_mark_undone_meanwhile_is_neither_deleted_nor_saved(self, path: Path) -> None:
        journal = WatchedJournal(path)
        async with OddServer(make_messages(3)) as server, run(server, path, journal) as watched:
            journal.gate.clear()
            watched.mailbox.marks.mark(watched.entries)
            await quiet()
            watched.mailbox.marks.unmark([watched.entry("uid-0001")])
            journal.gate.set()
            await watched.until(lambda: watched.marks() == "DD ")
            assert b"DELE 1" not in server.commands
        assert set(on_disk(path)) == {"uid-0002", "uid-0003"}

    async def test_marks_made_while_offline_are_written_too(self, path: Path) -> None:
        async with OddServer(make_messages(3)) as server, run(server, path) as watched:
            watched.mailbox.session.abandon()
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            await watched.until(lambda: "uid-0002" in on_disk(path))

    async def test_a_header_that_arrives_later_completes_the_mark(self, path: Path) -> None:
        async with OddServer(make_messages(3)) as server:
            watched = Watched(
                server.port, background=False, open_journal=lambda: WatchedJournal(path)
            )
            await watched.mailbox.session.connect()
            entry = watched.entry("uid-0002")
            watched.mailbox.marks.mark([entry])
            await watched.until(lambda: "uid-0002" in on_disk(path))
            assert not on_disk(path)["uid-0002"].fingerprint
            await watched.mailbox.headers.load([entry])
            assert entry.header is not None
            kept = entry.header.fingerprint()
            await watched.until(lambda: on_disk(path)["uid-0002"].fingerprint == kept)
            watched.mailbox.session.abandon()
            await watched.mailbox.close()

    async def test_a_commit_waits_for_the_disk(self, path: Path) -> None:
        journal = WatchedJournal(path)
        async with OddServer(make_messages(3)) as server, run(server, path, journal) as watched:
            journal.gate.clear()
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            ending = asyncio.create_task(watched.mailbox.commit.run(stay=False))
            await quiet()
            assert not {b"DELE", b"QUIT"} & set(server.keywords)
            journal.gate.set()
            assert (await ending).complete
        assert on_disk(path) == {}
        assert server.uids == ["uid-0001", "uid-0003"]

    @pytest.mark.parametrize("write", [1, 2, 3])
    async def test_a_failed_write_is_reported_once_and_work_continues(
        self, path: Path, write: int
    ) -> None:
        journal = WatchedJournal(path)
        journal.failing = {write, write + 1}
        async with OddServer(make_messages(6)) as server, run(server, path, journal) as watched:
            for number in (1, 2, 3, 4):
                watched.mailbox.marks.mark([watched.entry(f"uid-000{number}")])
                await watched.until(lambda: watched.marks().count("D") == number)  # noqa: B023
                works = number not in journal.failing
                await watched.until(lambda: watched.mailbox.marks.are_saved is works)  # noqa: B023
            assert sum("no room left" in notice for notice in watched.notices) == 1
            watched.mailbox.marks.mark([watched.entry("uid-0005")])
            await watched.until(lambda: watched.mailbox.marks.are_saved)
            assert (await watched.mailbox.commit.run(stay=False)).complete
        assert server.uids == ["uid-0006"]
        assert on_disk(path) == {}

    async def test_a_failed_write_is_repeated_with_the_next_change(self, path: Path) -> None:
        journal = WatchedJournal(path)
        journal.failing = {1, 2}
        async with OddServer(make_messages(4)) as server, run(server, path, journal) as watched:
            for number in (1, 2):
                watched.mailbox.marks.mark([watched.entry(f"uid-000{number}")])
                await watched.until(lambda: journal.writes == number)  # noqa: B023
            watched.mailbox.marks.unmark([watched.entry("uid-0001")])
            await watched.until(lambda: watched.mailbox.marks.are_saved)
        assert set(on_disk(path)) == {"uid-0002"}

    async def test_a_change_during_a_failing_write_is_written_at_once(self, path: Path) -> None:
        journal = WatchedJournal(path)
        journal.failing = {1}
        async with OddServer(make_messages(4)) as server, run(server, path, journal) as watched:
            journal.gate.clear()
            watched.mailbox.marks.mark([watched.entry("uid-0001")])
            await quiet()
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            journal.gate.set()
            await watched.until(lambda: set(on_disk(path)) == {"uid-0001", "uid-0002"})
            assert watched.mailbox.marks.are_saved

    async def test_a_failed_write_is_repeated_without_a_change(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mark_writer, "RETRY_S", 0.02)
        journal = WatchedJournal(path)
        journal.failing = {1, 2, 3}
        async with OddServer(make_messages(4)) as server, run(server, path, journal) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0001")])
            await watched.until(lambda: set(on_disk(path)) == {"uid-0001"})
            await watched.until(lambda: watched.mailbox.marks.are_saved)
            written = journal.writes
            await asyncio.sleep(0.2)
            assert journal.writes == written

    async def test_saving_marks_tries_once_more(self, path: Path) -> None:
        journal = WatchedJournal(path)
        journal.failing = {1}
        async with OddServer(make_messages(4)) as server, run(server, path, journal) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0001")])
            await watched.until(lambda: not watched.mailbox.marks.are_saved)
            kept = await watched.mailbox.marks.save()
            assert [entry.uid for entry in kept] == ["uid-0001"]

    async def test_a_new_journal_file_gets_all_marks(self, path: Path) -> None:
        journal = WatchedJournal(path)
        async with OddServer(make_messages(4)) as server, run(server, path, journal) as watched:
            watched.mailbox.marks.mark(watched.entries[:2])
            await watched.until(lambda: watched.marks() == "DD  ")
            assert journal._connection is not None
            journal._connection.execute("DROP TABLE mark")
            watched.mailbox.marks.mark(watched.entries[2:3])
            await watched.until(lambda: watched.marks() == "DDD ")
            assert any(
                "was renamed to journal.sqlite3.damaged-1" in notice for notice in watched.notices
            )
        assert len(on_disk(path)) == 3


class TestNextStart:
    async def test_earlier_marks_are_offered_and_nothing_happens_unasked(self, path: Path) -> None:
        async with OddServer(make_messages(4)) as server:
            async with run(server, path) as watched:
                watched.mailbox.marks.mark([watched.entry("uid-0002"), watched.entry("uid-0003")])
                await watched.until(lambda: watched.marks() == " DD ")
            async with run(server, path) as watched:
                here = offered(watched).present
                assert {entry.uid for entry, _ in here} == {"uid-0002", "uid-0003"}
                assert {mark.subject for _, mark in here} == {"letter 2", "letter 3"}
                await quiet()
                assert watched.mailbox.marks.marked() == []
            assert server.keywords.count(b"DELE") == 2
            assert set(on_disk(path)) == {"uid-0002", "uid-0003"}

    async def test_accepted_marks_are_marked_again_and_deleted_by_a_commit(
        self, path: Path
    ) -> None:
        async with OddServer(make_messages(4)) as server:
            async with run(server, path) as watched:
                watched.mailbox.marks.mark([watched.entry("uid-0002")])
            async with run(server, path) as watched:
                watched.mailbox.marks.recovered.keep()
                await watched.until(lambda: watched.marks() == "  D ")
                assert watched.mailbox.marks.recovered.offer is None
                assert (await watched.mailbox.commit.run(stay=False)).complete
            assert "uid-0002" not in server.uids
            assert on_disk(path) == {}

    async def test_accepting_marks_is_one_action(self, path: Path) -> None:
        async with OddServer(make_messages(4)) as server:
            async with run(server, path) as watched:
                watched.mailbox.marks.mark(watched.entries)
            async with run(server, path) as watched:
                watched.mailbox.marks.recovered.keep()
                watched.mailbox.marks.undo()
                assert watched.mailbox.marks.marked() == []
            assert on_disk(path) == {}

    async def test_forgotten_marks_are_gone_for_good(self, path: Path) -> None:
        async with OddServer(make_messages(4)) as server:
            async with run(server, path) as watched:
                watched.mailbox.marks.mark(watched.entries)
            async with run(server, path) as watched:
                watched.mailbox.marks.recovered.forget()
            assert on_disk(path) == {}

    async def test_later_changes_nothing(self, path: Path) -> None:
        async with OddServer(make_messages(4)) as server:
            async with run(server, path) as watched:
                watched.mailbox.marks.mark(watched.entries[:2])
            async with run(server, path) as watched:
                watched.mailbox.marks.recovered.later()
                await watched.mailbox.session.refresh()
                assert watched.mailbox.marks.recovered.offer is None
                assert watched.mailbox.marks.marked() == []
                watched.mailbox.marks.mark(watched.entries[2:3])
                await watched.mailbox.marks.forget()
            async with run(server, path) as watched:
                assert len(offered(watched).present) == 2

    async def test_marking_an_offered_message_accepts_its_mark(self, path: Path) -> None:
        async with OddServer(make_messages(4)) as server:
            async with run(server, path) as watched:
                watched.mailbox.marks.mark(watched.entries[:2])
            async with run(server, path) as watched:
                watched.mailbox.marks.recovered.later()
                watched.mailbox.marks.mark(watched.entries[:1])
                watched.mailbox.marks.unmark(watched.entries[:1])
            assert set(on_disk(path)) == {"uid-0003"}

    async def test_marks_of_vanished_or_unverifiable_messages_are_reported(
        self, path: Path
    ) -> None:
        async with OddServer(make_messages(6)) as server:
            async with run(server, path) as watched:
                watched.mailbox.marks.mark(watched.entries)
            server.messages[3] = StoredMessage("uid-0004", make_message(99, "another size"))
            del server.messages[5]
            server.become("duplicate-uids")
            async with run(server, path) as watched:
                offer = offered(watched)
                assert {mark.uid for mark in offer.gone} == {"uid-0006", "uid-0002"}
                assert {mark.uid for mark in offer.unsure} == {"uid-0001"}
                watched.mailbox.marks.recovered.keep()
                await watched.until(lambda: named(watched) == {"uid-0003", "uid-0005"})
            assert set(on_disk(path)) == {"uid-0003", "uid-0005"}

    async def test_if_all_uids_are_new_nothing_is_marked(self, path: Path) -> None:
        async with OddServer(make_messages(3), ["uids-change"]) as server:
            async with run(server, path) as watched:
                watched.mailbox.marks.mark(watched.entries)
            async with run(server, path) as watched:
                assert len(offered(watched).gone) == 3
                watched.mailbox.marks.recovered.keep()
                await quiet()
                assert watched.mailbox.marks.marked() == []

    async def test_an_unanswered_commit_is_remembered(self, path: Path) -> None:
        """The machine crashed between QUIT and its reply."""
        async with OddServer(make_messages(3)) as server:
            async with run(server, path) as watched:
                watched.mailbox.marks.mark(watched.entries[:2])
                await watched.until(lambda: watched.marks() == "DD ")
                await watched.mailbox.marks.committing(watched.entries[:1])
            async with run(server, path) as watched:
                sent = {mark.uid: mark.sent for mark in offered(watched).marks}
                assert sent == {"uid-0003": True, "uid-0002": False}

    async def test_deleted_messages_are_named_newest_first(self, path: Path) -> None:
        async with OddServer(make_messages(60)) as server:
            async with run(server, path) as watched:
                marks = watched.mailbox.marks
                marks.mark(reversed(watched.entries))
                await watched.until(lambda: watched.marks() == 60 * "D")
                await marks.committing(marks.marked()[:50])
            listed = [f"uid-{number:04}" for number in range(60, 0, -1)]
            async with run(server, path) as watched:
                offer = offered(watched)
                assert [entry.uid for entry, _ in offer.present] == listed
            del server.messages[10:]
            async with run(server, path) as watched:
                assert [mark.uid for mark in offered(watched).fulfilled] == listed[:50]

    async def test_a_clock_that_jumps_changes_nothing(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [2e9]
        monkeypatch.setattr("time.time", lambda: now[0])
        async with OddServer(make_messages(4)) as server:
            for at in (2e9, 1.0, 3e9, -5.0):
                now[0] = at
                async with run(server, path) as watched:
                    if watched.mailbox.marks.recovered.offer:
                        watched.mailbox.marks.recovered.keep()
                    left = [e for e in watched.entries if e not in watched.mailbox.marks.marked()]
                    watched.mailbox.marks.mark(left[:1])
                    await watched.until(lambda: "d" not in watched.marks())
            assert len(on_disk(path)) == 4


class TestTwoInstances:
    async def test_the_second_instance_is_notified_and_leaves_the_firsts_marks_alone(
        self, path: Path
    ) -> None:
        async with OddServer(make_messages(4)) as server, run(server, path) as first:
            first.mailbox.marks.mark([first.entry("uid-0002")])
            await first.until(lambda: first.marks() == "  D ")
            first.mailbox.session.abandon()
            async with run(server, path) as second:
                assert second.marks() == "  o "
                assert any("Another poptui (process" in notice for notice in second.notices)
                assert "another" in second.mailbox.marks.mark([second.entry("uid-0002")]).lower()
                second.mailbox.marks.mark([second.entry("uid-0001")])
                await second.until(lambda: second.marks() == "  oD")
                assert (await second.mailbox.commit.run(stay=False)).complete
            assert "uid-0002" in server.uids
            await first.mailbox.session.connect()
            await first.until(lambda: first.marks() == "  D")
        assert set(on_disk(path)) == {"uid-0002"}

    async def test_marks_the_first_instance_leaves_are_offered_to_the_second(
        self, path: Path
    ) -> None:
        async with OddServer(make_messages(4)) as server:
            async with run(server, path) as first:
                first.mailbox.marks.mark([first.entry("uid-0002")])
                await first.until(lambda: first.marks() == "  D ")
                first.mailbox.session.abandon()
                second = Watched(server.port, open_journal=lambda: WatchedJournal(path))
                await second.mailbox.session.connect()
                assert second.mailbox.marks.recovered.offer is None
                second.mailbox.session.abandon()
            await second.mailbox.session.connect()
            assert second.marks() == "    "
            assert [mark.uid for mark in offered(second).marks] == ["uid-0002"]
            second.mailbox.session.abandon()
            await second.mailbox.close()
