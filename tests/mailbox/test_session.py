"""A mailbox on a normal server: list, read, mark and commit, checked on the server."""

from __future__ import annotations

import asyncio

import pytest

from poptui.errors import NotFoundError
from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.commit.outcome import Proof
from poptui.mailbox.entry import Mark
from tests.kit.odd import OddServer
from tests.mailbox.watched import Watched, make_message, make_messages, watching


async def test_the_list_is_newest_first_and_decoded() -> None:
    async with OddServer(make_messages(5)) as server, watching(server.port) as watched:
        assert [entry.number for entry in watched.entries] == [5, 4, 3, 2, 1]
        first = watched.entries[0]
        assert first.uid == "uid-0005"
        assert first.header is not None
        assert (first.header.subject, first.header.from_.name) == ("letter 5", "Sender 5")
        assert watched.mailbox.listing.octets == sum(entry.size for entry in watched.entries)


async def test_browsing_downloads_nothing() -> None:
    async with OddServer(make_messages(30)) as server, watching(server.port) as watched:
        watched.mailbox.headers.prioritize(watched.entries[10:20])
        assert b"RETR" not in server.keywords
        assert server.keywords.count(b"TOP") == 30


async def test_the_first_screen_requests_nothing_superfluous() -> None:
    async with OddServer(make_messages(200)) as server:
        watched = Watched(server.port)
        await watched.mailbox.session.connect()
        await watched.mailbox.headers.load(watched.entries[:20])
        before = server.commands.index(b"TOP 200 0")
        assert server.keywords[:before] == [b"CAPA", b"APOP", b"STAT", b"UIDL", b"LIST", b"CAPA"]
        assert server.commands[before : before + 20] == [
            f"TOP {number} 0".encode() for number in range(200, 180, -1)
        ]
        watched.mailbox.session.abandon()


async def test_visible_headers_are_requested_first() -> None:
    async with OddServer(make_messages(500), ["pipelining-unadvertised"]) as server:
        watched = Watched(server.port)
        await watched.mailbox.session.connect()
        wanted = watched.entries[400:420]
        watched.mailbox.headers.prioritize(wanted)
        await watched.mailbox.headers.load(wanted)
        tops = [line for line in server.commands if line.startswith(b"TOP")]
        asked = tops.index(f"TOP {wanted[-1].number} 0".encode())
        assert asked < 2 * 64 + len(wanted)
        watched.mailbox.session.abandon()


async def test_a_message_is_downloaded_byte_for_byte_with_progress() -> None:
    body = "a line\r\n" * 20000 + ".\r\n..two\r\n"
    async with OddServer([make_message(1, body)]) as server, watching(server.port) as watched:
        seen: list[int] = []
        message = await watched.mailbox.messages.retrieve(watched.entries[0], seen.append)
        assert message.read() == make_message(1, body)
        assert seen == sorted(seen)
        assert seen[-1] == message.octets == len(make_message(1, body))
        assert watched.entries[0].opened
        message.close()


async def test_marks_are_sent_to_the_server_and_undo_reverts_them() -> None:
    async with OddServer(make_messages(5)) as server, watching(server.port) as watched:
        one, two, three, *_ = watched.entries
        watched.mailbox.marks.mark([one])
        watched.mailbox.marks.mark([two])
        watched.mailbox.marks.mark([three])
        await watched.until(lambda: watched.marks() == "DDD  ")
        watched.mailbox.marks.unmark([two])
        await watched.until(lambda: b"RSET" in server.commands)
        await watched.until(lambda: server.commands[-3:] == [b"RSET", b"DELE 3", b"DELE 5"])
        await watched.until(lambda: watched.marks() == "D D  ")
        assert len(server.messages) == 5


async def test_a_commit_deletes_what_was_marked_and_nothing_else() -> None:
    async with OddServer(make_messages(5)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark(watched.entries[:3])
        watched.mailbox.marks.unmark([watched.entries[1]])
        outcome = await watched.mailbox.commit.run(stay=False)
        assert outcome.complete
        assert {entry.uid for entry in outcome.deleted} == {"uid-0005", "uid-0003"}
        assert server.uids == ["uid-0001", "uid-0002", "uid-0004"]


async def test_commit_and_stay_continues_with_the_rest() -> None:
    async with OddServer(make_messages(5)) as server, watching(server.port) as watched:
        kept = watched.entry("uid-0001")
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        outcome = await watched.mailbox.commit.run(stay=True)
        assert outcome.complete
        assert outcome.proof is Proof.LISTING
        assert watched.mailbox.session.state is ConnectionState.ONLINE
        assert [entry.uid for entry in watched.entries] == [
            "uid-0005",
            "uid-0004",
            "uid-0003",
            "uid-0001",
        ]
        assert watched.entry("uid-0001") is kept
        assert watched.mailbox.marks.marked() == []
        assert watched.mailbox.marks.undo() == "Nothing to undo."
        assert server.connections == 3


async def test_leaving_deletes_nothing() -> None:
    async with OddServer(make_messages(5)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark(watched.entries)
        await watched.until(lambda: watched.marks() == "DDDDD")
        await watched.mailbox.session.discard()
        assert server.commands[-2:] == [b"RSET", b"QUIT"]
        assert len(server.messages) == 5


async def test_dropping_the_connection_deletes_nothing() -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark(watched.entries)
        await watched.until(lambda: watched.marks() == "DDD")
        watched.mailbox.session.abandon()
        await asyncio.sleep(0.05)
        assert not server.quit_arrived
        assert len(server.messages) == 3


async def test_a_marked_message_can_be_read_and_stays_marked() -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark(watched.entries)
        await watched.until(lambda: watched.marks() == "DDD")
        assert await watched.read(watched.entries[1]) == make_message(2)
        await watched.until(lambda: watched.marks() == "DDD")
        retr = server.commands.index(b"RETR 2")
        assert server.commands[retr - 1] == b"RSET"
        again = [line for line in server.commands[retr:] if line.startswith(b"DELE")]
        assert sorted(again) == [b"DELE 1", b"DELE 2", b"DELE 3"]


async def test_refresh_sees_new_mail_and_keeps_marks() -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        marked = watched.entry("uid-0002")
        watched.mailbox.marks.mark([marked])
        server.messages.append(type(server.messages[0])("uid-new", make_message(9)))
        await watched.mailbox.session.refresh()
        assert watched.entries[0].uid == "uid-new"
        assert watched.mailbox.marks.marked() == [marked]
        await watched.until(lambda: marked.mark is Mark.DELETED)
        assert not server.quit_arrived or len(server.messages) == 4


async def test_marks_follow_their_message_to_another_number() -> None:
    async with OddServer(make_messages(4)) as server, watching(server.port) as watched:
        marked = watched.entry("uid-0003")
        watched.mailbox.marks.mark([marked])
        del server.messages[0]
        await watched.mailbox.session.refresh()
        outcome = await watched.mailbox.commit.run(stay=False)
        assert [entry.uid for entry in outcome.deleted] == ["uid-0003"]
        assert server.uids == ["uid-0002", "uid-0004"]


async def test_a_uid_that_now_names_another_message_loses_its_mark() -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        other = make_message(2, "quite another body").replace(b"letter 2", b"another letter")
        server.messages[1] = type(server.messages[0])("uid-0002", other)
        await watched.mailbox.session.refresh()
        await watched.until(lambda: not watched.mailbox.marks.marked())
        assert any("not the message that was marked" in notice for notice in watched.notices)
        await watched.mailbox.commit.run(stay=False)
        assert len(server.messages) == 3


async def test_stopping_a_download_reconnects_with_all_marks() -> None:
    big = make_message(3, "x" * 70 + "\r\n" + "y" * 200_000)
    async with OddServer([make_message(1), make_message(2), big]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0001")])
            server.become("retr-trickles")
            reading = asyncio.create_task(
                watched.mailbox.messages.retrieve(watched.entry("uid-0003"))
            )
            await watched.until(lambda: b"RETR 3" in server.commands)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            server.become()
            await watched.until(lambda: server.connections == 2)
            await watched.until(lambda: watched.entry("uid-0001").mark is Mark.DELETED)
            assert watched.mailbox.session.state is ConnectionState.ONLINE
            assert not server.quit_arrived


async def test_a_lost_connection_is_reported_and_the_next_action_reconnects() -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        watched.mailbox.marks.mark([watched.entry("uid-0001")])
        await watched.until(lambda: watched.entry("uid-0001").mark is Mark.DELETED)
        server.become("dele-hangs-up")
        watched.mailbox.marks.mark([watched.entry("uid-0002")])
        await watched.until(lambda: watched.mailbox.session.state is ConnectionState.WAITING)
        assert watched.marks() == " dd"
        server.become()
        assert await watched.read(watched.entry("uid-0003")) == make_message(3)
        await watched.until(lambda: watched.marks() == " DD")


async def test_a_vanished_message_is_not_requested() -> None:
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        gone = watched.entry("uid-0002")
        del server.messages[1]
        await watched.mailbox.session.refresh()
        with pytest.raises(NotFoundError):
            await watched.mailbox.messages.retrieve(gone)
        assert b"RETR" not in server.keywords


async def test_an_empty_mailbox() -> None:
    async with OddServer([]) as server, watching(server.port) as watched:
        assert watched.entries == []
        assert (await watched.mailbox.commit.run(stay=False)).complete
        assert b"TOP" not in server.keywords


@pytest.mark.parametrize("turns", range(0, 24, 2))
async def test_leaving_before_a_false_refusal_arrives_deletes_nothing(turns: int) -> None:
    """-ERR to a DELE doesn't prove that it had no effect, and here we leave before it arrives."""
    async with OddServer(make_messages(3), ["dele-lies"]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark(watched.entries[:1])
            for _ in range(turns):
                await asyncio.sleep(0)
            await watched.mailbox.session.discard()
            assert len(server.messages) == 3
