"""A server that refuses UIDL temporarily has not lost its messages."""

from __future__ import annotations

import pytest

from poptui.errors import MailboxLockedError
from poptui.mailbox.changes import Vanished
from tests.kit.odd import OddServer
from tests.kit.scripted import LOGIN, ScriptedServer, hold, steps
from tests.mailbox.watched import Watched, make_messages, watching


async def test_a_uidl_that_is_refused_once_is_repeated() -> None:
    script = steps(
        *LOGIN[:-1],
        ("STAT", b"+OK 1 99\r\n"),
        ("UIDL", b"-ERR server busy\r\n"),
        ("LIST", b"+OK\r\n1 99\r\n.\r\n"),
        ("CAPA", b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n"),
        ("UIDL", b"+OK\r\n1 first\r\n.\r\n"),
        then=hold,
    )
    async with ScriptedServer(script) as server:
        watched = Watched(server.port, background=False)
        await watched.mailbox.session.connect()
        assert [entry.uid for entry in watched.entries] == ["first"]
        assert watched.notices == []
        watched.mailbox.session.abandon()


async def test_a_later_session_without_uids_is_not_used() -> None:
    async with OddServer(make_messages(5)) as server:
        async with watching(server.port) as watched:
            marked = watched.entries[:2]
            watched.mailbox.marks.mark(marked)
            before = list(watched.entries)
            server.become("uidl-refused")
            with pytest.raises(MailboxLockedError, match="refused UIDL this time"):
                await watched.mailbox.session.refresh()
            assert watched.entries == before
            assert not any(isinstance(change, Vanished) for change in watched.changes)
            assert not any("no longer on the server" in notice for notice in watched.notices)
            server.become()
            await watched.mailbox.session.refresh()
            assert watched.entries == before
            assert watched.mailbox.marks.marked() == marked
            outcome = await watched.mailbox.commit.run(stay=False)
            assert {entry.uid for entry in outcome.deleted} == {"uid-0005", "uid-0004"}
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003"]


async def test_a_server_that_never_had_uidl_is_used_without() -> None:
    async with OddServer(make_messages(3), ["no-uidl", "uidl-refused"]) as server:
        async with watching(server.port) as watched:
            assert [entry.uid for entry in watched.entries] == [None] * 3
            await watched.mailbox.session.refresh()
            assert len(watched.entries) == 3
            assert any("no UIDL" in notice for notice in watched.notices)
