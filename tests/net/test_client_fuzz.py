"""Whatever a server sends, each caller gets a reply or an error, and no error is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poptui.errors import PoptuiError
from poptui.net.queue import Priority
from poptui.pop3.auth import Login
from poptui.pop3.commands import Auth, Capa, Command, Dele, List, Noop, Retr, Stat, Top, Uidl
from poptui.pop3.events import Greeting, Reply
from poptui.printable import printable
from poptui.secret import Secret
from tests.net.memory import LeapingLoop, MemoryStream, met, settle, visiting

SAID = st.one_of(
    st.binary(max_size=20),
    st.text("+OKER- .\r\n[]/AUTHx", max_size=30).map(str.encode),
    st.sampled_from(
        [b"+OK\r\n", b"-ERR no\r\n", b"a: b\r\n.\r\n", b"+OK\r\n.\r\n", b"+OK\n1 a\n.\n", b"+ \r\n"]
    ),
    st.sampled_from([b"x" * 20_000, b"+OK" + b" " * 16_000, b"\r\n" * 20]),
    st.sampled_from([b"", OSError(32, "Broken pipe")]),
)
COMMANDS: list[Command] = [Stat(), Uidl(), List(), Top(1), Dele(1), Retr(1), Noop(), Capa()]


def play_server(stream: MemoryStream, incoming: bytes | OSError) -> None:
    """Play the server: send data, end the stream, or break the connection."""
    if isinstance(incoming, OSError):
        stream.break_off(incoming)
    else:
        stream.say(incoming)


def run(test: Any) -> None:
    """Run to completion; fail if an exception only reaches the event loop."""
    unheard: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: unheard.append(context))
        runner.run(test)
    assert unheard == []


def check(answer: asyncio.Future[Any]) -> None:
    """Check that the result is a reply to a command, or a clean sentence."""
    fault = answer.exception()
    if fault is None:
        assert isinstance(answer.result(), Reply | Greeting)
    else:
        assert isinstance(fault, PoptuiError)
        assert printable(str(fault)) == str(fault)
        assert len(str(fault).splitlines()) == 1


@settings(max_examples=150)
@given(st.lists(SAID, max_size=8), st.permutations(COMMANDS), st.sampled_from([1, 3, 64]))
def test_any_bytes_after_the_login(
    incoming: list[bytes | OSError], commands: list[Command], window: int
) -> None:
    async def converse() -> None:
        async with visiting(window=window) as (client, stream):
            answers = [client.submit(command, Priority.BACKGROUND) for command in commands]
            answers[3].cancel()
            for chunk in incoming:
                await settle()
                play_server(stream, chunk)
            await asyncio.wait(answers)
            for answer in answers:
                if not answer.cancelled():
                    check(answer)
            assert client.protocol.deleted <= {1}
            assert b"QUIT" not in stream.lines

    run(converse())


@settings(max_examples=100)
@given(st.lists(SAID, max_size=6))
def test_any_bytes_before_the_login(incoming: list[bytes | OSError]) -> None:
    async def converse() -> None:
        async with met() as (client, stream):
            login = Login("me", Secret("secret"))
            ends = [
                asyncio.ensure_future(client.greeting()),
                asyncio.ensure_future(client.authenticate(login, Auth("LOGIN"))),
            ]
            for chunk in incoming:
                await settle()
                play_server(stream, chunk)
            await asyncio.wait(ends)
            for end in ends:
                check(end)

    run(converse())


def test_the_fuzz_test_can_fail() -> None:
    async def fail() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await settle()

    with pytest.raises(AssertionError):
        run(fail())
