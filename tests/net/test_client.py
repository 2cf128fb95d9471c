"""The client: order of commands, windows, packets, and callers that stop waiting."""

from __future__ import annotations

import asyncio
import random
from io import BytesIO

import pytest

from poptui.net.queue import Priority
from poptui.pop3.commands import Capa, Dele, Noop, Pass, Retr, Stat, Top, Uidl, User
from poptui.pop3.errors import LocalError
from poptui.pop3.events import Reply
from poptui.secret import Secret
from tests.net.memory import GREETING, at_once, met, settle, visiting

BODY = b"+OK\r\nX: %d\r\n.\r\n"


@at_once
async def test_nothing_is_sent_before_the_greeting() -> None:
    async with met() as (client, stream):
        answer = client.submit(Capa())
        await settle()
        assert stream.packets == []
        stream.say(GREETING)
        await client.greeting()
        await settle()
        assert stream.lines == [b"CAPA"]
        stream.say(b"+OK\r\nTOP\r\n.\r\n")
        assert (await answer).body == b"TOP\r\n"


@at_once
async def test_the_most_urgent_goes_first_and_a_batch_is_one_packet() -> None:
    async with visiting(window=64) as (client, stream):
        for number, priority in enumerate([*reversed(Priority), *Priority], 1):
            client.submit(Dele(number), priority)
        await settle()
        order = [5, 6, 4, 7, 3, 8, 2, 9, 1, 10]
        assert stream.packets == [b"".join(b"DELE %d\r\n" % number for number in order)]
        assert client.connection.round_trips == 1


@at_once
async def test_the_same_priority_keeps_its_order() -> None:
    async with visiting() as (client, stream):
        for number in range(1, 30):
            client.submit(Top(number), Priority.BACKGROUND)
        for number in range(1, 30):
            stream.say(BODY % number)
        await settle()
        await settle()
        assert stream.lines == [b"TOP %d 0" % number for number in range(1, 30)]


@at_once
async def test_without_pipelining_one_command_at_a_time() -> None:
    async with visiting() as (client, stream):
        answers = [client.submit(command) for command in (Stat(), Noop(), Uidl())]
        await settle()
        assert stream.packets == [b"STAT\r\n"]
        stream.say(b"+OK 2 9\r\n")
        await settle()
        assert stream.packets == [b"STAT\r\n", b"NOOP\r\n"]
        stream.say(b"+OK\r\n", b"+OK\r\n1 a", b"\r\n.\r\n")
        assert [(await answer).ok for answer in answers] == [True] * 3
        assert client.connection.round_trips == 3


@at_once
async def test_an_urgent_command_overtakes_queued_ones() -> None:
    async with visiting(window=64) as (client, stream):
        for number in range(1, 101):
            client.submit(Top(number), Priority.BACKGROUND)
        await settle()
        client.submit(Noop(), Priority.VISIBLE)
        await settle()
        assert len(stream.lines) == 64
        client.submit(Retr(7))
        await settle()
        assert stream.lines[64:] == [b"RETR 7"]
        stream.say(BODY % 1, BODY % 2)
        await settle()
        assert stream.lines[65:] == [b"NOOP"]


@pytest.mark.parametrize("window", [1, 4, 64])
@pytest.mark.parametrize("seed", range(5))
@at_once
async def test_the_window_is_never_exceeded(window: int, seed: int) -> None:
    rng = random.Random(seed)
    async with visiting(window=window) as (client, stream):
        answers = [client.submit(Top(number), Priority.BACKGROUND) for number in range(1, 301)]
        answered = 0
        while answered < 300:
            await settle()
            assert 0 < len(stream.lines) - answered <= window
            count = rng.randint(1, len(stream.lines) - answered)
            stream.say(b"".join(BODY % (answered + at) for at in range(1, count + 1)))
            answered += count
        replies = await asyncio.gather(*answers)
        assert [reply.body for reply in replies] == [b"X: %d\r\n" % n for n in range(1, 301)]
        assert max(packet.count(b"\r\n") for packet in stream.packets) <= window


@at_once
async def test_commands_that_change_the_state_are_not_pipelined() -> None:
    async with met() as (client, stream):
        stream.say(GREETING)
        client.trust_pipelining()
        first, second, third = map(client.submit, (User("me"), Pass(Secret("x")), Stat()))
        await settle()
        assert stream.packets == [b"USER me\r\n"]
        stream.say(b"+OK\r\n")
        await first
        await settle()
        assert stream.packets[1:] == [b"PASS x\r\n"]
        stream.say(b"+OK\r\n", b"+OK 0 0\r\n")
        assert (await second).ok
        assert (await third).text == "0 0"


@at_once
async def test_a_caller_that_gives_up_before_its_command_was_sent() -> None:
    async with visiting() as (client, stream):
        first, gone, last = map(client.submit, (Stat(), Dele(1), Noop()))
        await settle()
        assert [client.is_in_flight(future) for future in (first, gone)] == [True, False]
        gone.cancel()
        stream.say(b"+OK 1 2\r\n", b"+OK cool\r\n")
        assert (await last).text == "cool"
        assert (await first).text == "1 2"
        assert stream.lines == [b"STAT", b"NOOP"]


@at_once
async def test_a_caller_that_gives_up_after_its_command_was_sent() -> None:
    async with visiting(window=64) as (client, stream):
        waiting = asyncio.ensure_future(client.execute(Dele(3)))
        await settle()
        last = client.submit(Noop())
        await settle()
        waiting.cancel()
        await settle()
        assert waiting.cancelled()
        stream.say(b"+OK deleted\r\n", b"+OK cool\r\n")
        assert (await last).text == "cool"
        assert client.protocol.deleted == {3}
        assert client.alive


@at_once
async def test_a_caller_that_gives_up_and_closes_its_sink() -> None:
    """The rest of the body is read and dropped, because the sink may be closed."""
    async with visiting(window=64) as (client, stream):
        sink = BytesIO()
        retr, after = client.submit(Retr(1), sink=sink), client.submit(Noop())
        stream.say(b"+OK\r\nfirst\r\n")
        await settle()
        assert sink.getvalue() == b"first\r\n"
        retr.cancel()
        sink.close()
        stream.say(b"second\r\n.\r\n+OK cool\r\n")
        assert (await after).text == "cool"


@at_once
async def test_a_batch_of_cancelled_commands_sends_nothing() -> None:
    async with visiting() as (client, stream):
        for answer in map(client.submit, (Stat(), Noop(), Uidl())):
            answer.cancel()
        await settle()
        assert stream.packets == []
        assert client.connection.round_trips == 0


@at_once
async def test_a_sink_gets_the_body() -> None:
    async with visiting() as (client, stream):
        sink = BytesIO()
        answer = client.submit(Retr(1), sink=sink)
        stream.say(b"+OK\r\n..a\r\n", b"b\r", b"\n.\r\n")
        reply = await answer
        assert (sink.getvalue(), reply.body, reply.octets) == (b".a\r\nb\r\n", b"", 7)


@at_once
async def test_a_command_that_may_not_be_sent_affects_no_other() -> None:
    async with visiting(window=64) as (client, stream):
        bad = [Top(0), User("me"), Dele(2**31)]
        refused = [client.submit(command) for command in bad]
        good = client.submit(Noop())
        for answer in refused:
            with pytest.raises(LocalError):
                await answer
        stream.say(b"+OK cool\r\n")
        assert (await good).ok
        assert stream.packets == [b"NOOP\r\n"]


@at_once
async def test_refusals_are_replies() -> None:
    async with visiting(window=64) as (client, stream):
        answers = [client.submit(command) for command in (Top(1), Dele(2), Dele(3))]
        stream.say(b"-ERR no\r\n-ERR [SYS/PERM] no\r\n+OK\r\n")
        replies: list[Reply] = await asyncio.gather(*answers)
        assert [reply.ok for reply in replies] == [False, False, True]
        assert client.protocol.deleted == {3}
