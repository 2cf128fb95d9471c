"""Sync points: replies are held back until it is certain which commands they answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest

from poptui.errors import ConnectionClosedError, PipeliningError, ReplyTimeoutError
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.net.window import WindowLimits
from poptui.pop3.commands import Retr, Top
from poptui.pop3.events import Reply
from tests.net.memory import MemoryStream, at_once, settle, visiting

WINDOW = WindowLimits(8, 8, 8)


def header(number: int) -> bytes:
    """Return the reply to one TOP."""
    return b"+OK\r\nX: %d\r\n.\r\n" % number


class Learned(NamedTuple):
    """Notes what a connection reports about pipelining."""

    told: list[str]

    def failed(self) -> None:
        self.told.append("pipelining failed")

    def dropped(self, in_flight: int, untried: bool) -> bool:
        return untried

    def stalled(self) -> None:
        self.told.append("stalled")


@asynccontextmanager
async def pipelined_client() -> AsyncIterator[tuple[Client, MemoryStream, list[Reply], list[str]]]:
    """Provide a client after ``TOP 1 2 3 4 LIST 4 TOP 5 6 7``, its replies, and its callbacks."""
    async with visiting() as (client, stream):
        client.enable_pipelining(WINDOW)
        learned: list[str] = []
        client.connection.pipelining_observer = Learned(learned)
        replies: list[Reply] = []
        client.submit_all([Top(n) for n in range(1, 21)], Priority.BACKGROUND, replies.extend)
        await settle()
        assert stream.lines[:6] == [b"TOP %d 0" % n for n in (1, 2, 3, 4)] + [b"LIST 4", b"TOP 5 0"]
        yield client, stream, replies, learned


@at_once
async def test_replies_are_held_until_the_sync_point() -> None:
    async with pipelined_client() as (_, stream, replies, _):
        stream.say(b"".join(map(header, (1, 2, 3, 4))))
        await settle()
        assert replies == []
        stream.say(b"+OK 4 1234\r\n")
        await settle()
        assert [reply.body for reply in replies] == [b"X: %d\r\n" % n for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    "lines",
    [
        b"".join(map(header, (1, 3, 4))) + b"+OK 4 1234\r\n" + b"".join(map(header, (5, 6, 7, 8))),
        b"".join(map(header, (1, 2, 3, 4, 5))),
        b"".join(map(header, (2, 1, 3, 4))) + b"+OK 8 1234\r\n",
        b"+OK 4 1234\r\n" + b"".join(map(header, (4, 3, 2, 1))),
    ],
    ids=["lost", "sync point lost", "other sync point", "reversed"],
)
@at_once
async def test_mismatched_replies_end_the_session(lines: bytes) -> None:
    async with pipelined_client() as (client, stream, replies, learned):
        stream.say(lines)
        await settle()
        assert isinstance(client.error, PipeliningError)
        assert learned == ["pipelining failed"]
        assert replies == []


@at_once
async def test_an_unproven_batch_times_out_soon() -> None:
    async with pipelined_client() as (client, stream, replies, learned):
        stream.say(header(1))
        await asyncio.sleep(4)
        assert isinstance(client.error, PipeliningError)
        assert (replies, learned) == ([], ["pipelining failed"])


@at_once
async def test_pipelining_is_not_blamed_once_proven() -> None:
    async with pipelined_client() as (client, stream, replies, learned):
        stream.say(b"".join(map(header, (1, 2, 3, 4))) + b"+OK 4 1\r\n" + header(5))
        await settle()
        await asyncio.sleep(20)
        assert client.alive
        await asyncio.sleep(20)
        assert isinstance(client.error, ReplyTimeoutError)
        assert (len(replies), learned) == (4, ["stalled"])


@at_once
async def test_a_hang_up_in_a_proven_batch_is_not_blamed_on_pipelining() -> None:
    async with pipelined_client() as (client, stream, _, learned):
        stream.say(b"".join(map(header, (1, 2, 3, 4))) + b"+OK 4 1\r\n")
        await settle()
        stream.hang_up()
        await settle()
        assert isinstance(client.error, ConnectionClosedError)
        assert learned == []


@at_once
async def test_without_sync_points_each_batch_is_finished_first() -> None:
    async with pipelined_client() as (client, stream, replies, _):
        answered = 0
        while answered < len(stream.lines):
            line, answered = stream.lines[answered], answered + 1
            stream.say(b"-ERR no\r\n" if line.startswith(b"LIST") else header(int(line.split()[1])))
            await settle()
        assert [reply.body for reply in replies] == [b"X: %d\r\n" % n for n in range(1, 21)]
        assert stream.lines.count(b"LIST 4") == 1
        assert max(packet.count(b"\r\n") for packet in stream.packets[1:]) > 1
        assert client.alive


@at_once
async def test_an_interactive_command_has_sync_points_on_both_sides() -> None:
    async with pipelined_client() as (client, stream, _, _):
        before = len(stream.lines)
        answer = client.submit(Retr(19))
        await settle()
        lines = stream.lines[before:]
        at = lines.index(b"RETR 19")
        assert lines[at - 1].startswith(b"LIST ")
        assert lines[at + 1] == b"LIST 19"
        assert not answer.done()
