"""Servers with endless or wrong replies: one sentence, limits, and the rest stays usable."""

from __future__ import annotations

import asyncio

import pytest

from poptui.demo.session import DemoSession
from poptui.errors import ServerError
from poptui.mailbox import listing_request
from tests.kit.listener import hold
from tests.kit.odd import OddServer
from tests.kit.scripted import LOGIN, ScriptedServer, steps
from tests.mailbox.watched import Watched, make_message, make_messages, watching

HUGE = b"X-Filler: " + b"x" * 990 + b"\r\n"
ENDLESS = "This header never ended, so poptui does not ask for it again."


@pytest.mark.parametrize("background", [True, False])
async def test_an_endless_header_leaves_the_others_usable(
    background: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.pop3.commands.Top.max_bytes", 300_000)
    monkeypatch.setattr("poptui.mailbox.session.backoff.WAITS_S", (0.1,))
    many = make_messages(20)
    many[10] = HUGE * 1000 + many[10]
    async with OddServer(many) as server:
        watched = Watched(server.port, background=background)
        await watched.mailbox.session.connect()
        await watched.mailbox.headers.load(watched.entries)
        lacking = [entry.number for entry in watched.entries if entry.header is None]
        assert lacking == [11]
        assert watched.entries[9].problem == ENDLESS
        assert server.connections == 2
        await watched.mailbox.session.refresh()
        await watched.mailbox.headers.load(watched.entries)
        assert server.connections == 3
        assert watched.mailbox.headers.missing == 0
        assert server.keywords.count(b"TOP") <= 20 + 20
        watched.mailbox.session.abandon()


class TricklingServer(OddServer):
    """Never ends the header of message 5, but keeps sending."""

    async def _exchange(
        self,
        session: DemoSession,
        line: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        if not line.startswith(b"TOP 5 "):
            return await super()._exchange(session, line, reader, writer)
        writer.write(b"+OK\r\nSubject: ")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("background", [True, False])
async def test_a_header_that_trickles_is_given_up_the_second_time(
    background: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.mailbox.session.backoff.WAITS_S", (0.1,))
    async with TricklingServer(make_messages(8)) as server:
        watched = Watched(server.port, timeout=0.4, background=background)
        await watched.mailbox.session.connect()
        if not background:
            await watched.mailbox.headers.load(watched.entries)
        await watched.until(lambda: sum(e.header is not None for e in watched.entries) == 7)
        assert watched.entries[3].problem == ENDLESS
        assert server.connections == 3
        watched.mailbox.session.abandon()


ROWS = b"".join(b"%d 1234\r\n" % number for number in range(1, 20_001))


@pytest.mark.parametrize("verb", [b"UIDL", b"LIST"])
async def test_endless_listings_are_cut_off(verb: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Correct rows, one after the other, for as long as the client listens."""
    monkeypatch.setattr(listing_request, "TIMEOUT_S", 0.5)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await steps(*LOGIN[:-1])(reader, writer)
        number = 0
        while line := await reader.readline():
            if not line.startswith(verb):
                writer.write(b"+OK 1 1\r\n" if line.startswith(b"STAT") else b"+OK\r\n.\r\n")
                continue
            writer.write(b"+OK\r\n")
            while True:
                number += 1
                writer.write(b"%d 1234\r\n" % number)
                await writer.drain()
                await asyncio.sleep(0.01)

    async with ScriptedServer(answer) as server:
        watched = Watched(server.port)
        with pytest.raises(ServerError, match="did not finish its listings in"):
            await watched.mailbox.session.connect()
        watched.mailbox.session.abandon()


@pytest.mark.parametrize(
    ("stat", "scan"),
    [
        (b"1000000000000 1", b"-ERR no\r\n"),
        (b"9999999 1", b"-ERR no\r\n"),
        (b"3 1", b"+OK\r\n" + ROWS + b".\r\n"),
    ],
)
async def test_more_messages_than_possible(
    stat: bytes, scan: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing_request, "MAX_MESSAGES", 10_000)
    answers = (("STAT", b"+OK " + stat + b"\r\n"), ("UIDL", b"-ERR\r\n"), ("LIST", scan))
    capa, again = LOGIN[-1], ("UIDL", b"-ERR\r\n")
    async with ScriptedServer(steps(*LOGIN[:-1], *answers, capa, again, then=hold)) as server:
        watched = Watched(server.port)
        with pytest.raises(ServerError, match=r"messages") as caught:
            await watched.mailbox.session.connect()
        assert len(str(caught.value)) < 200
        watched.mailbox.session.abandon()


async def test_a_wrong_count_does_no_harm() -> None:
    """LIST lists the messages, whatever STAT says."""

    class Lying(OddServer):
        def _reply(self, session: DemoSession, keyword: str, line: bytes) -> bytes:
            reply = super()._reply(session, keyword, line)
            return b"+OK 1000000000000 -7\r\n" if keyword == "stat" else reply

    async with Lying(make_messages(3)) as server, watching(server.port) as watched:
        assert [entry.number for entry in watched.entries] == [3, 2, 1]
        assert await watched.read(watched.entries[0]) == make_message(3)


@pytest.mark.parametrize("size", [b"1" + b"0" * 30, b"-5", b"99999999999999999999"])
async def test_impossible_sizes(size: bytes) -> None:
    class Lying(OddServer):
        def _reply(self, session: DemoSession, keyword: str, line: bytes) -> bytes:
            reply = super()._reply(session, keyword, line)
            if line.upper() != b"LIST":
                return reply
            return b"+OK\r\n1 " + size + b"\r\n2 10\r\n3 " + size + b"\r\n.\r\n"

    async with Lying(make_messages(3)) as server, watching(server.port) as watched:
        assert [(e.number, e.size) for e in watched.entries] == [(3, 0), (2, 10), (1, 0)]
        assert all(entry.header for entry in watched.entries)
        assert await watched.read(watched.entries[0]) == make_message(3)
