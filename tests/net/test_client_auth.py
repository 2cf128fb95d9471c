"""STLS and AUTH through the client, and secrets in its log."""

from __future__ import annotations

import asyncio
import logging
import ssl

import pytest

from poptui.errors import ServerError
from poptui.net.client import Client
from poptui.pop3.auth import Login, Mechanism, Plain
from poptui.pop3.commands import Apop, Auth, Pass, Stls, User
from poptui.pop3.errors import LocalError
from poptui.pop3.events import Reply
from poptui.secret import Secret
from tests.net.memory import GREETING, MemoryStream, at_once, met, settle


async def authenticated(
    client: Client, stream: MemoryStream, mechanism: Mechanism, command: Auth, *replies: bytes
) -> Reply:
    """Run an AUTH exchange against these replies; return its result."""
    ending = asyncio.ensure_future(client.authenticate(mechanism, command))
    await settle()
    stream.say(*replies)
    return await ending


@at_once
async def test_two_step_auth() -> None:
    async with met() as (client, stream):
        stream.say(GREETING)
        reply = await authenticated(
            client, stream, Plain("me", Secret("x")), Auth("PLAIN"), b"+ \r\n", b"+OK\r\n"
        )
        assert reply.ok
        assert stream.packets == [b"AUTH PLAIN\r\n", b"AG1lAHg=\r\n"]
        assert client.connection.round_trips == 2


@at_once
async def test_auth_is_cancelled_if_the_mechanism_has_no_answer() -> None:
    async with met() as (client, stream):
        stream.say(GREETING)
        replies = (b"+ cXVlc3Rpb24=\r\n", b"-ERR cancelled\r\n")
        reply = await authenticated(
            client, stream, Plain("me", Secret("x")), Auth("PLAIN"), *replies
        )
        assert not reply.ok
        assert stream.lines == [b"AUTH PLAIN", b"*"]
        assert client.alive


@at_once
async def test_an_auth_answer_that_is_too_long_for_a_line() -> None:
    async with met() as (client, stream):
        stream.say(GREETING)
        login = Login("me", Secret("x" * 12000))
        replies = (b"+ VXNlcm5hbWU6\r\n", b"+ UGFzc3dvcmQ6\r\n", b"-ERR cancelled\r\n")
        with pytest.raises(LocalError, match="too long"):
            await authenticated(client, stream, login, Auth("LOGIN"), *replies)
        await settle()
        assert stream.lines == [b"AUTH LOGIN", b"bWU=", b"*"]
        assert client.alive


@at_once
async def test_a_server_that_never_stops_asking() -> None:
    async with met() as (client, stream):
        stream.say(GREETING)
        plain = Plain("me", Secret("x"))
        with pytest.raises(ServerError, match="after AUTH was cancelled"):
            await authenticated(client, stream, plain, Auth("PLAIN"), *[b"+ \r\n"] * 50)
        assert stream.lines == [b"AUTH PLAIN", b"AG1lAHg=", b"*"]


@pytest.mark.parametrize("read", [True, False])
@at_once
async def test_bytes_received_before_tls_starts(read: bool) -> None:
    """Whether or not the client has read them yet, they arrived unencrypted."""
    async with met() as (client, stream):
        stream.say(GREETING)
        answer = client.submit(Stls())
        await settle()
        stream.say(b"+OK begin\r\n")
        await answer
        stream.say(b"+OK injected\r\n")
        if read:
            await settle()
        with pytest.raises(ServerError, match="unencrypted bytes after the reply to STLS"):
            await client.start_tls(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "pop.example")
        assert stream.closed


@at_once
async def test_the_log_has_everything_but_the_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with met() as (client, stream):
        stream.say(GREETING)
        await client.greeting()
        for command in (User("me"), Pass(Secret("hunter2")), Apop("me", "hunter2")):
            answer = client.submit(command)
            stream.say(b"-ERR \x1b[31mno\r\n")
            await answer
        for auth in (Auth("PLAIN"), Auth("PLAIN", b"\0me\0hunter2")):
            plain = Plain("me", Secret("hunter2"))
            await authenticated(client, stream, plain, auth, b"+ \r\n", b"-ERR\r\n")
        assert stream.lines.count(b"AG1lAGh1bnRlcjI=") == 2
    assert "C: USER me" in caplog.text
    assert "-ERR" in caplog.text
    assert not any(secret in caplog.text for secret in ("hunter2", "AG1lAGh1", "\x1b"))
