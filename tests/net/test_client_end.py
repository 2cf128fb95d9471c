"""How a session ends: QUIT, hang-up or protocol violation, and who is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from poptui.errors import ExitCode, PoptuiError, ServerError
from poptui.net.queue import Priority
from poptui.pop3.commands import Dele, Noop, Quit, Retr, Rset, Stat, Top
from poptui.pop3.errors import LocalError
from tests.net.memory import MemoryStream, at_once, met, settle, visiting


@at_once
async def test_quit_is_sent_when_everything_is_answered() -> None:
    async with visiting(window=64) as (client, stream):
        answers = [client.submit(Dele(number)) for number in (1, 2)]
        await settle()
        ending = asyncio.ensure_future(client.quit(frozenset({1, 2})))
        await settle()
        assert stream.lines == [b"DELE 1", b"DELE 2"]
        stream.say(b"+OK\r\n")
        await settle()
        assert stream.lines == [b"DELE 1", b"DELE 2"]
        stream.say(b"+OK\r\n")
        await settle()
        assert stream.packets[1:] == [b"QUIT\r\n"]
        stream.say(b"+OK bye\r\n")
        assert (await ending).text == "bye"
        assert all(answer.result().ok for answer in answers)
        assert stream.closed
        assert not client.alive


@pytest.mark.parametrize("deleting", [frozenset(), frozenset({1}), frozenset({3, 4})])
@at_once
async def test_quit_that_lacks_a_deleted_message_is_refused(deleting: frozenset[int]) -> None:
    async with visiting(window=64) as (client, stream):
        for number in (1, 2):
            client.submit(Dele(number))
        await settle()
        stream.say(b"+OK\r\n+OK\r\n")
        with pytest.raises(LocalError, match="unconfirmed"):
            await client.quit(deleting)
        assert b"QUIT" not in stream.lines
        assert stream.closed


@at_once
async def test_quit_after_rset_needs_no_list() -> None:
    async with visiting(window=64) as (client, stream):
        client.submit(Dele(1))
        client.submit(Rset())
        await settle()
        ending = asyncio.ensure_future(client.quit())
        stream.say(b"+OK\r\n+OK\r\n", b"+OK bye\r\n")
        assert (await ending).ok


@at_once
async def test_quit_drops_queued_commands() -> None:
    async with visiting() as (client, stream):
        sent, queued = (
            client.submit(Top(1), Priority.BACKGROUND),
            client.submit(Dele(2), Priority.MARKS),
        )
        await settle()
        ending = asyncio.ensure_future(client.quit())
        await settle()
        stream.say(b"+OK\r\n.\r\n", b"-ERR not all deleted\r\n")
        reply = await ending
        assert (reply.ok, reply.text) == (False, "not all deleted")
        assert sent.result().ok
        assert isinstance(queued.exception(), PoptuiError)
        assert stream.lines == [b"TOP 1 0", b"QUIT"]


@pytest.mark.parametrize(
    "late", [b"", b"+OK again\r\n", b"-ERR farewell\r\n", b"noise\r\n", b"x" * 99999]
)
@at_once
async def test_bytes_after_the_reply_to_quit_are_ignored(late: bytes) -> None:
    async with visiting() as (client, stream):
        lost: list[PoptuiError] = []
        client.connection.on_lost = lost.append
        ending = asyncio.ensure_future(client.quit())
        await settle()
        other = client.submit(Noop())
        stream.say(b"+OK bye\r\n" + late)
        stream.hang_up()
        assert (await ending).ok
        with pytest.raises(ServerError, match="is closed"):
            await other
        await settle()
        assert lost == []
        assert stream.lines == [b"QUIT"]


@at_once
async def test_a_hang_up_instead_of_a_reply_to_quit() -> None:
    async with visiting() as (client, stream):
        ending = asyncio.ensure_future(client.quit())
        await settle()
        stream.hang_up()
        with pytest.raises(ServerError, match="was closed by the server"):
            await ending


@at_once
async def test_a_cancelled_quit_closes_the_connection() -> None:
    async with visiting() as (client, stream):
        ending = asyncio.ensure_future(client.quit())
        await settle()
        ending.cancel()
        await settle()
        assert ending.cancelled()
        assert stream.closed


def _hang_up(stream: MemoryStream) -> None:
    stream.hang_up()


def _reset(stream: MemoryStream) -> None:
    stream.break_off(ConnectionResetError(104, "Connection reset by peer"))


def _farewell(stream: MemoryStream) -> None:
    stream.say(b"+OK 1 1\r\n+OK\r\n.\r\n+OK\r\n-ERR autologout\r\n")


def _late_answer(stream: MemoryStream) -> None:
    stream.say(b"+OK 1 1\r\n+OK\r\n.\r\n+OK\r\n+OK\r\n")


def _endless_line(stream: MemoryStream) -> None:
    stream.say(*[b"x" * 1000] * 20)


ENDS = [
    (_hang_up, "The connection to pop.example:110 was closed by the server."),
    (_reset, "The connection to pop.example:110 was lost: Connection reset by peer."),
    (_endless_line, "pop.example:110 sent a line that is too long for a reply. The connection was"),
]


@pytest.mark.parametrize(("end", "sentence"), ENDS)
@at_once
async def test_every_caller_gets_the_error_that_ended_the_session(
    end: Callable[[MemoryStream], None], sentence: str
) -> None:
    async with visiting() as (client, stream):
        lost: list[PoptuiError] = []
        client.connection.on_lost = lost.append
        answers = [client.submit(command) for command in (Stat(), Top(1), Noop(), Dele(1))]
        await settle()
        end(stream)
        for answer in answers:
            with pytest.raises(ServerError) as caught:
                await answer
            assert str(caught.value).startswith(sentence)
            assert caught.value.exit_code is ExitCode.SERVER
        assert lost == [client.error]
        assert stream.closed
        assert not client.alive
        assert stream.lines == [b"STAT"]
        with pytest.raises(ServerError, match=str(client.error)[:30]):
            await client.execute(Noop())


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (_farewell, "was ended by the server: “autologout”."),
        (_late_answer, "sent a reply without a command: (the server gave no reason)."),
    ],
)
@at_once
async def test_unrequested_replies_end_the_session(
    end: Callable[[MemoryStream], None], words: str
) -> None:
    async with visiting(window=64) as (client, stream):
        answers = [client.submit(command) for command in (Stat(), Top(1), Dele(1))]
        await settle()
        end(stream)
        await settle()
        assert all(answer.result().ok for answer in answers)
        assert words.split(":")[0] in str(client.error)
        assert stream.closed


@at_once
async def test_nothing_is_believed_after_a_protocol_violation() -> None:
    """The rest of an unstuffed body looks like replies, but none of it reaches a caller."""
    async with visiting(window=64) as (client, stream):
        retr, dele = client.submit(Retr(1)), client.submit(Dele(2))
        await settle()
        stream.say(b"+OK\r\ntext\r\n.\r\nmore \x1b[31mtext\r\n+OK forged\r\n")
        assert (await retr).body == b"text\r\n"
        with pytest.raises(ServerError, match=r"not a POP3 reply: “more �.31mtext”"):
            await dele
        assert client.protocol.deleted == set()


@at_once
async def test_close_sends_no_quit() -> None:
    async with visiting() as (client, stream):
        client.submit(Dele(1))
        stream.say(b"+OK\r\n")
        await settle()
        waiting = client.submit(Retr(1))
        await settle()
        client.close()
        client.close()
        with pytest.raises(ServerError, match="is closed"):
            await waiting
        assert stream.lines == [b"DELE 1", b"RETR 1"]
        assert stream.closed


@pytest.mark.parametrize("late", [b"", b"noise\r\n", b"+OK\r\n"])
@at_once
async def test_a_refusing_greeting_ends_the_session(late: bytes) -> None:
    async with met() as (client, stream):
        stream.say(b"-ERR no service\r\n" + late)
        greeting = await client.greeting()
        assert (greeting.ok, greeting.text) == (False, "no service")
        with pytest.raises(ServerError):
            await client.execute(Quit())
        assert stream.packets == []


@at_once
async def test_a_hang_up_before_the_greeting() -> None:
    async with met() as (client, stream):
        stream.hang_up()
        with pytest.raises(ServerError, match="closed by the server"):
            await client.greeting()
