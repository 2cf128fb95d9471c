"""Timeouts and keepalive. The clock leaps ahead, so these tests take no time."""

from __future__ import annotations

import asyncio

import pytest

from poptui.errors import PoptuiError, ReplyTimeoutError, ServerError
from poptui.pop3.commands import Noop, Retr, Stat, Top
from tests.net.memory import GREETING, LeapingLoop, at_once, met, settle, visiting


def clock() -> float:
    """Return the time of the leaping loop."""
    return asyncio.get_running_loop().time()


def turns() -> int:
    """Return how often the loop has looked for something to do."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)
    return loop.leap.turns


@at_once
async def test_a_missing_greeting_times_out() -> None:
    async with met(timeout=30) as (client, stream):
        start = clock()
        with pytest.raises(
            ReplyTimeoutError,
            match=r"pop\.example:110 did not answer within 30 seconds.*timeout in config.toml",
        ):
            await client.greeting()
        assert clock() - start == pytest.approx(30, abs=1)
        assert stream.closed


@pytest.mark.parametrize("sent", [(), (b"+OK",), (b"+OK\r\nhalf a",), (b"\r\n",)])
@at_once
async def test_a_silent_server_times_out(sent: tuple[bytes, ...]) -> None:
    async with visiting(timeout=30, window=64) as (client, stream):
        lost: list[PoptuiError] = []
        client.connection.on_lost = lost.append
        start, answers = clock(), [client.submit(Top(1)), client.submit(Noop())]
        await asyncio.sleep(1)
        stream.say(*sent)
        for answer in answers:
            with pytest.raises(ReplyTimeoutError):
                await answer
        assert clock() - start == pytest.approx(30, abs=1)
        assert stream.closed
        assert len(lost) == 1


@pytest.mark.parametrize("before", [b"", b"x" * 5000 + b"\r\n"])
@at_once
async def test_a_trickle_counts_as_silence(before: bytes) -> None:
    async with visiting(timeout=30) as (client, stream):
        start, answer = clock(), client.submit(Retr(1))
        stream.say(b"+OK\r\n" + before)
        while not answer.done():
            stream.say(b"x")
            await asyncio.sleep(1)
        with pytest.raises(ReplyTimeoutError):
            await answer
        assert clock() - start <= 32


@at_once
async def test_a_slow_download_does_not_time_out() -> None:
    async with visiting(timeout=30) as (client, stream):
        answer = client.submit(Retr(1))
        stream.say(b"+OK\r\n")
        for _ in range(100):
            stream.say(b"x" * 14_998 + b"\r\n")
            await asyncio.sleep(25)
        stream.say(b".\r\n")
        assert (await answer).octets == 1_500_000


@at_once
async def test_each_reply_restarts_the_time_out() -> None:
    async with visiting(timeout=30, window=64) as (client, stream):
        answers = [client.submit(Noop()) for _ in range(10)]
        for answer in answers:
            await asyncio.sleep(29)
            stream.say(b"+OK\r\n")
            assert (await answer).ok


@at_once
async def test_sending_more_commands_does_not_restart_the_time_out() -> None:
    async with visiting(timeout=30, window=64) as (client, _):
        start = clock()
        answers = [client.submit(Noop())]
        while client.alive:
            await asyncio.sleep(1)
            answers.append(client.submit(Stat()))
        assert clock() - start <= 32
        for answer in answers:
            with pytest.raises(ServerError):
                await answer


@at_once
async def test_a_server_times_out_even_if_no_caller_waits() -> None:
    async with visiting(timeout=30) as (client, stream):
        answer = client.submit(Retr(1))
        await settle()
        answer.cancel()
        await asyncio.sleep(35)
        assert stream.closed
        assert isinstance(client.error, ReplyTimeoutError)


@at_once
async def test_an_idle_session_does_not_time_out() -> None:
    async with visiting(timeout=30) as (client, stream):
        await asyncio.sleep(100_000)
        answer = client.submit(Noop())
        await asyncio.sleep(29)
        stream.say(b"+OK\r\n")
        assert (await answer).ok


@at_once
async def test_an_idle_session_sets_no_timer() -> None:
    async with visiting(timeout=30) as (client, stream):
        client.keep_alive(0)
        before = turns()
        await asyncio.sleep(3600)
        assert turns() - before < 20
        assert stream.packets == []


@at_once
async def test_noop_is_sent_after_an_idle_time() -> None:
    async with visiting(timeout=30) as (client, stream):
        client.keep_alive(60)
        before = turns()
        for sent in range(1, 11):
            await asyncio.sleep(60.5)
            assert stream.lines == [b"NOOP"] * sent
            stream.say(b"+OK\r\n")
        assert turns() - before < 200
        assert client.alive


@at_once
async def test_the_idle_time_counts_from_the_last_command() -> None:
    async with visiting(timeout=30) as (client, stream):
        client.keep_alive(60)
        for _ in range(10):
            answer = client.submit(Stat())
            stream.say(b"+OK 0 0\r\n")
            await answer
            await asyncio.sleep(50)
        assert set(stream.lines) == {b"STAT"}


@at_once
async def test_a_keepalive_interval_shorter_than_the_time_out() -> None:
    """A reply that was pending when the timer was set must not delay the NOOP."""
    async with visiting(timeout=60) as (client, stream):
        client.keep_alive(15)
        before = turns()
        for sent in range(1, 11):
            await asyncio.sleep(15.5)
            assert stream.lines == [b"NOOP"] * sent
            await asyncio.sleep(1)
            stream.say(b"+OK\r\n")
        assert turns() - before < 200
        await asyncio.sleep(90)
        assert isinstance(client.error, ReplyTimeoutError)


@at_once
async def test_an_unanswered_noop_ends_the_session() -> None:
    async with visiting(timeout=30) as (client, stream):
        client.keep_alive(60)
        await asyncio.sleep(95)
        assert isinstance(client.error, ReplyTimeoutError)
        assert stream.lines == [b"NOOP"]


@at_once
async def test_a_closed_session_sends_no_noop() -> None:
    async with visiting(timeout=30) as (client, stream):
        stream.hang_up()
        await settle()
        client.keep_alive(60)
        before = turns()
        await asyncio.sleep(3600)
        assert turns() - before < 10


@at_once
async def test_an_unanswered_quit_times_out() -> None:
    async with visiting(timeout=30) as (client, stream):
        with pytest.raises(ReplyTimeoutError):
            await client.quit()
        assert stream.closed


@at_once
async def test_a_slow_greeting_is_accepted() -> None:
    async with met(timeout=30) as (client, stream):
        await asyncio.sleep(29)
        stream.say(GREETING)
        assert (await client.greeting()).ok
        await asyncio.sleep(100)
        assert client.alive
