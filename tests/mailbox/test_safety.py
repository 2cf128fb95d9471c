"""What must not happen: an unconfirmed deletion, a lost mark, or a false report of either.

Each test is one direction in which it could, because of a server, a connection or a caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from poptui.demo.stored_mailbox import StoredMessage
from poptui.errors import NotFoundError, PoptuiError
from poptui.mailbox.changes import Change, ConnectionState, Marked
from poptui.mailbox.commit.verification import DeletionVerifier, Verify
from poptui.mailbox.entry import Mark
from poptui.mailbox.wording import GONE
from tests.kit.odd import OddServer
from tests.mailbox.journals import WatchedJournal, on_disk
from tests.mailbox.reports import check_report, quiet, uids
from tests.mailbox.watched import PATIENCE, Watched, make_message, make_messages, watching

OTHER = make_message(2, "quite another body").replace(b"letter 2", b"another letter")


class TestMarksAndTheirMessages:
    async def test_a_row_of_an_old_listing_marks_nothing(self) -> None:
        """Its UID may belong to another message by now, not to the one that the row showed."""
        async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
            stale = watched.entry("uid-0002")
            server.messages[1] = StoredMessage("uid-0002", OTHER)
            await watched.mailbox.session.refresh()
            watched.mailbox.marks.mark([stale])
            outcome = await watched.mailbox.commit.run(stay=False)
            assert not outcome.deleted
            assert watched.mailbox.marks.marked() == []
            assert len(server.messages) == 3

    async def test_a_message_named_twice_is_marked_once(self) -> None:
        async with OddServer(make_messages(2)) as server, watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entries[0], watched.entries[0]])
            watched.mailbox.marks.unmark([watched.entries[0], watched.entries[0]])
            assert watched.mailbox.marks.undo() == ""
            assert watched.mailbox.marks.undo() == ""
            assert watched.mailbox.marks.marked() == []

    async def test_a_row_of_an_old_listing_unmarks_nothing(self) -> None:
        async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
            stale = watched.entry("uid-0002")
            del server.messages[1]
            await watched.mailbox.session.refresh()
            server.messages.append(StoredMessage("uid-0002", OTHER))
            await watched.mailbox.session.refresh()
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            watched.mailbox.marks.unmark([stale])
            assert watched.mailbox.marks.marked() == [watched.entry("uid-0002")]

    async def test_the_header_of_a_vanished_message_is_not_given_to_another(self) -> None:
        async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
            stale = watched.entry("uid-0001")
            del server.messages[0]
            await watched.mailbox.session.refresh()
            with pytest.raises(NotFoundError):
                await watched.mailbox.messages.header_block(stale)

    async def test_a_uid_that_becomes_ambiguous_loses_its_mark_and_says_so(self) -> None:
        async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0001")])
            server.become("duplicate-uids")
            await watched.mailbox.session.refresh()
            assert watched.mailbox.marks.marked() == []
            assert any("changed on the server" in notice for notice in watched.notices)
            await watched.mailbox.commit.run(stay=False)
            assert len(server.messages) == 3

    async def test_marks_without_uids_do_not_outlive_their_session(self) -> None:
        """The commit was confirmed for messages that can't be identified any more."""
        oddities = ["no-uidl", "uidl-refused"]
        async with (
            OddServer(make_messages(3), oddities) as server,
            watching(server.port) as watched,
        ):
            watched.mailbox.marks.mark(watched.entries[:2])
            del server.messages[0]
            server.become(*oddities, "noop-hangs-up")
            await watched.until(lambda: watched.marks() == "DD ")
            watched.mailbox.session.abandon()
            outcome = await watched.mailbox.commit.run(stay=False)
            assert not outcome.complete
            assert len(outcome.unknown) == 2
            assert len(server.messages) == 2


class TestReadingWhatIsMarked:
    async def test_a_marked_message_is_not_deleted_again_before_it_is_read(self) -> None:
        async with OddServer([make_message(1), make_message(2, "x" * 500_000)]) as server:
            async with watching(server.port) as watched:
                entry = watched.entry("uid-0002")
                watched.mailbox.marks.mark(watched.entries)
                await watched.until(lambda: watched.marks() == "DD")
                held: list[set[int]] = []
                message = await watched.mailbox.messages.retrieve(
                    entry, lambda octets: held.append(set(server.held))
                )
                message.close()
                assert held
                assert not any(entry.number in numbers for numbers in held)
                await watched.until(lambda: server.held == {1, 2})


class TestDeletionsTheServerHides:
    async def test_a_refused_dele_that_took_effect_is_undone(self) -> None:
        """-ERR to DELE doesn't prove that the server holds nothing as deleted."""
        async with OddServer(make_messages(3), ["dele-lies"]) as server:
            async with watching(server.port) as watched:
                watched.mailbox.marks.mark([watched.entry("uid-0001"), watched.entry("uid-0002")])
                await watched.until(lambda: watched.marks() == " !!")
                watched.mailbox.marks.unmark([watched.entry("uid-0001")])
                await watched.mailbox.commit.run(stay=False)
                assert "uid-0001" in server.uids

    async def test_leaving_does_not_delete_it_either(self) -> None:
        async with OddServer(make_messages(3), ["dele-lies"]) as server:
            async with watching(server.port) as watched:
                watched.mailbox.marks.mark([watched.entry("uid-0001")])
                await watched.until(lambda: watched.marks() == "  !")
                await watched.mailbox.session.discard()
                assert len(server.messages) == 3

    async def test_a_refused_dele_is_repeated_after_an_undo(self) -> None:
        async with OddServer(make_messages(3), ["dele-refused:2"]) as server:
            async with watching(server.port) as watched:
                entry = watched.entry("uid-0002")
                watched.mailbox.marks.mark([entry])
                await watched.until(lambda: entry.mark is Mark.REFUSED)
                watched.mailbox.marks.unmark([entry])
                await watched.until(lambda: b"RSET" in server.commands)
                server.become()
                watched.mailbox.marks.mark([entry])
                await watched.until(lambda: entry.mark is Mark.DELETED)


@asynccontextmanager
async def reset_under_way() -> AsyncIterator[tuple[OddServer, Watched]]:
    """Mark all messages, and open and stop one at once: RSET has been sent."""
    oddities = ["pipelining-unadvertised"]
    async with (
        OddServer(make_messages(3), oddities) as server,
        watching(server.port) as watched,
    ):
        watched.mailbox.marks.mark(watched.entries)
        await watched.until(lambda: watched.marks() == "DDD")
        reading = asyncio.create_task(watched.mailbox.messages.retrieve(watched.entries[0]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        reading.cancel()
        yield server, watched


class TestCommitReports:
    async def test_a_reset_under_way_is_waited_for(self) -> None:
        """Otherwise QUIT would come after its effect."""
        async with reset_under_way() as (server, watched):
            outcome = await watched.mailbox.commit.run(stay=False)
            check_report(outcome, server)
            assert server.uids == []

    async def test_rows_follow_a_reset_whose_message_was_not_wanted_any_more(self) -> None:
        async with reset_under_way() as (server, watched):
            await watched.until(lambda: server.keywords.count(b"DELE") == 6)
            await watched.until(lambda: watched.marks() == "DDD")

    async def test_marks_made_during_reconciliation_are_not_deleted(self) -> None:
        async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0001")])
            ending = asyncio.create_task(watched.mailbox.commit.run(stay=False))
            await asyncio.sleep(0)
            watched.mailbox.marks.mark([watched.entry("uid-0003")])
            outcome = await ending
            check_report(outcome, server)
            assert uids(outcome.deleted) == {"uid-0001"}
            assert server.uids == ["uid-0002", "uid-0003"]
            assert watched.mailbox.session.state is ConnectionState.OFFLINE
            assert watched.entry("uid-0003") in watched.mailbox.marks.marked()
            assert Mark.DELETED.value not in watched.marks()

    async def test_only_confirmed_messages_are_deleted(self) -> None:
        """A key typed ahead can mark another message behind the dialog."""
        async with OddServer(make_messages(4)) as server, watching(server.port) as watched:
            shown = [watched.entry("uid-0001"), watched.entry("uid-0002")]
            watched.mailbox.marks.mark(shown)
            watched.mailbox.marks.mark([watched.entry("uid-0003")])
            await watched.until(lambda: watched.marks() == " DDD")
            watched.mailbox.marks.unmark(shown[:1])
            outcome = await watched.mailbox.commit.run(stay=True, confirmed=shown)
            check_report(outcome, server)
            assert server.uids == ["uid-0001", "uid-0003", "uid-0004"]
            assert uids(outcome.remaining) == {"uid-0001"}
            assert watched.mailbox.marks.marked() == [watched.entry("uid-0003")]

    async def test_uids_that_all_changed_prove_nothing(self) -> None:
        oddities = ["uids-change", "quit-eof", "quit-ok-removes-nothing"]
        async with (
            OddServer(make_messages(3), oddities) as server,
            watching(server.port) as watched,
        ):
            watched.mailbox.marks.mark(watched.entries[:2])
            outcome = await watched.mailbox.commit.run(stay=False)
            assert not outcome.deleted
            assert len(outcome.unknown) == 2

    async def test_a_uidl_that_leaves_messages_out_proves_nothing(self) -> None:
        oddities = ["quit-eof", "quit-ok-removes-nothing"]
        async with (
            OddServer(make_messages(3), oddities) as server,
            watching(server.port) as watched,
        ):
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            server.become(*oddities, "uid-missing:2")
            outcome = await watched.mailbox.commit.run(stay=False)
            assert uids(outcome.unknown) == {"uid-0002"}

    async def test_an_ok_without_effect_is_noticed_after_a_commit_that_stays(self) -> None:
        async with OddServer(make_messages(3), ["quit-ok-removes-nothing"]) as server:
            async with watching(server.port) as watched:
                entry = watched.entry("uid-0002")
                watched.mailbox.marks.mark([entry])
                outcome = await watched.mailbox.commit.run(stay=True)
                check_report(outcome, server)
                assert watched.mailbox.marks.marked() == [entry]

    async def test_a_failed_reconnect_leaves_the_outcome_as_known(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.0)
        async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            await watched.until(lambda: watched.marks() == " D ")
            server.become("in-use")
            outcome = await watched.mailbox.commit.run(stay=True)
            assert outcome.complete
            assert uids(outcome.deleted) == {"uid-0002"}
            assert server.uids == ["uid-0001", "uid-0003"]
            assert watched.mailbox.session.state is ConnectionState.WAITING

    @pytest.mark.parametrize("lies", [False, True])
    async def test_after_a_commit_without_a_new_login_no_row_claims_to_be_marked(
        self, lies: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """A message reported as deleted can't be marked either, until a listing shows it again."""
        monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.0)
        oddities = ["quit-ok-removes-nothing"] if lies else []
        async with (
            OddServer(make_messages(3), oddities) as server,
            watching(
                server.port,
                verifier=DeletionVerifier(Verify.NEVER),
                open_journal=partial(WatchedJournal, tmp_path / "journal"),
            ) as watched,
        ):
            entry = watched.entry("uid-0002")
            watched.mailbox.marks.mark([entry])
            await watched.until(lambda: watched.marks() == " D ")
            server.become(*oddities, "in-use")
            await watched.mailbox.commit.run(stay=True)
            assert watched.marks() == " x "
            assert not entry.marked
            assert watched.mailbox.marks.mark([entry]) == GONE
            assert watched.mailbox.marks.marked() == []
            watched.mailbox.marks.undo()
            await watched.mailbox.marks.save()
            assert on_disk(tmp_path / "journal") == {}
            server.become()
            await watched.mailbox.session.connect()
            await watched.mailbox.session.discard()
            assert watched.marks() == ("   " if lies else "  ")
            assert len(server.messages) == (3 if lies else 2)

    async def test_a_failing_listener_does_not_lose_the_outcome(self) -> None:
        async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])

            def failing(change: Change) -> None:
                raise RuntimeError("the interface failed")

            watched.mailbox.listen(failing)
            outcome = await watched.mailbox.commit.run(stay=True)
            assert uids(outcome.deleted) == {"uid-0002"}
            assert server.uids == ["uid-0001", "uid-0003"]
            assert watched.mailbox.session.state is ConnectionState.ONLINE


class TestVerification:
    async def test_a_refused_verification_leaves_no_session_open(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.0)
        async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            await watched.until(lambda: watched.marks() == " D ")
            server.become("quit-eof", "list-refused", "stat-refused")
            outcome = await watched.mailbox.commit.run(stay=False)
            assert uids(outcome.unknown) == {"uid-0002"}
            server.become()
            await quiet()
            await watched.mailbox.session.connect()

    async def test_a_new_session_waits_for_the_answer_of_the_old_one(self) -> None:
        """Opening a message while QUIT is pending starts no second session beside the first."""
        async with OddServer(make_messages(3)) as server:
            async with watching(server.port, timeout=0.4) as watched:
                watched.mailbox.marks.mark([watched.entry("uid-0002")])
                await watched.until(lambda: watched.marks() == " D ")
                server.become("quit-silent")
                ending = asyncio.create_task(watched.mailbox.commit.run(stay=False))
                await watched.until(lambda: server.quit_arrived)
                reading = asyncio.create_task(watched.read(watched.entry("uid-0001")))
                outcome = await ending
                check_report(outcome, server)
                assert uids(outcome.deleted) == {"uid-0002"}
                assert await reading == make_message(1)
                assert [entry.uid for entry in watched.entries] == ["uid-0003", "uid-0001"]
                assert watched.mailbox.session.state is ConnectionState.ONLINE


class TestInternalErrors:
    async def test_a_failing_progress_callback_ends_the_wait(self) -> None:
        def failing(octets: int) -> None:
            raise RuntimeError("the interface failed")

        async with OddServer(make_messages(3)) as server:
            async with watching(server.port, timeout=60.0) as watched:
                async with asyncio.timeout(PATIENCE):
                    with pytest.raises(PoptuiError):
                        await watched.mailbox.messages.retrieve(watched.entries[0], failing)
                assert await watched.read(watched.entries[0]) == make_message(3)

    async def test_a_full_disk_ends_the_wait(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(self: object, data: bytes) -> None:
            raise OSError(28, "No space left on device")

        async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0001")])
            with monkeypatch.context() as patch:
                patch.setattr("poptui.mailbox.messages.spool.SpooledMessage.write", full)
                with pytest.raises(PoptuiError, match="No space left"):
                    await watched.mailbox.messages.retrieve(watched.entries[0])
            assert await watched.read(watched.entries[0]) == make_message(3)
            await watched.until(lambda: watched.marks() == "  D")

    async def test_a_failing_listener_does_not_stop_headers_and_marks(self) -> None:
        async with OddServer(make_messages(30)) as server:
            watched = Watched(server.port)

            def failing(change: Change) -> None:
                watched.changes.append(change)
                raise RuntimeError("the interface failed")

            watched.mailbox.listen(failing)
            await watched.ready()
            assert all(entry.header for entry in watched.entries)
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: set(watched.marks()) == {"D"})
            assert any(isinstance(change, Marked) for change in watched.changes)
            watched.mailbox.session.abandon()
