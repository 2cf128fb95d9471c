"""What is tried after a refused login, and logins by certificate and in other charsets."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from typing import Any

import pytest

from poptui.errors import (
    LoginError,
    NoLoginMethodError,
)
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions
from poptui.net.server_profile import ServerProfile
from poptui.secret import Secret
from tests.kit.scripted import ScriptedServer, hold, received, steps
from tests.net.logins import CREDENTIALS, PLAIN_LINE, STAMP, local, offering, refused
from tests.net.scram_server import scram_server

OPTIONS = ConnectionOptions(timeout_s=5.0)


@pytest.mark.parametrize("hang_up", [False, True])
async def test_an_initial_response_that_is_refused_is_sent_on_request(hang_up: bool) -> None:
    """As Exchange does; from then on no initial response is sent."""
    profile = ServerProfile()
    refusal = (*offering("SASL PLAIN"), ("AUTH PLAIN .+", b"-ERR Protocol error. 10\r\n"))
    asked = (("AUTH PLAIN", b"+\r\n"), ("AG1lAGh1bnRlcjI=", b"+OK\r\n"))
    again = steps(*offering("SASL PLAIN"), *asked, then=hold)
    scripts: list[Any] = [refusal, again] if hang_up else [steps(*refusal, *asked, then=hold)]
    async with ScriptedServer(*scripts, again) as peer:
        for _ in range(2):
            session = await log_in(local(peer.port), CREDENTIALS, profile, OPTIONS)
            session.client.close()
    assert peer.commands[-3:] == [b"CAPA", b"AUTH PLAIN", b"AG1lAGh1bnRlcjI="]


async def test_a_password_that_was_refused_with_auth_is_not_handed_over_again() -> None:
    error = await refused(
        *offering("SASL PLAIN LOGIN", "USER", stamp=STAMP),
        ("APOP .*", b"-ERR [AUTH] no\r\n"),
        ("AUTH PLAIN .*", b"-ERR [AUTH] wrong\r\n"),
    )
    assert "“wrong”" in str(error)


async def test_a_method_that_hangs_up_is_tried_last_from_then_on() -> None:
    """Even if no other method worked, because the password was wrong."""
    profile = ServerProfile()
    first = (*offering("SASL CRAM-MD5 PLAIN"), ("AUTH CRAM-MD5", b""))
    plain = steps(
        *offering("SASL CRAM-MD5 PLAIN"), (PLAIN_LINE.decode(), b"-ERR no\r\n"), then=hold
    )
    right = steps(*offering("SASL CRAM-MD5 PLAIN"), (PLAIN_LINE.decode(), b"+OK\r\n"), then=hold)
    async with ScriptedServer(first, plain, right) as peer:
        with pytest.raises(LoginError):
            await log_in(local(peer.port), CREDENTIALS, profile, OPTIONS)
        session = await log_in(local(peer.port), CREDENTIALS, profile, OPTIONS)
        session.client.close()
    assert peer.connections == 3


@pytest.mark.parametrize("answer", [b"", b"+ \r\n+ \r\n", b"panic in auth.c\r\n"])
async def test_a_server_that_chokes_on_a_method(answer: bytes) -> None:
    """It hangs, floods us with challenges, or sends a line that is not a reply."""
    profile, offer = ServerProfile(), offering("SASL CRAM-MD5 PLAIN")
    choking = steps(*offer, ("AUTH CRAM-MD5", answer), then=hold)
    plain = steps(*offer, (PLAIN_LINE.decode(), b"+OK\r\n"), then=hold)
    async with ScriptedServer(choking, plain) as peer:
        options = ConnectionOptions(timeout_s=0.5)
        for _ in range(2):
            session = await log_in(local(peer.port), CREDENTIALS, profile, options)
            session.client.close()
    assert peer.connections == 3


async def test_a_stronger_method_is_used_once_the_server_has_it() -> None:
    profile = ServerProfile()
    before = steps(
        *offering("SASL PLAIN LOGIN"),
        (PLAIN_LINE.decode(), b"+OK\r\n"),
        then=hold,
    )
    async with ScriptedServer(before, scram_server(offer="PLAIN LOGIN SCRAM-SHA-256")) as peer:
        for _ in range(2):
            session = await log_in(local(peer.port), CREDENTIALS, profile, OPTIONS)
            session.client.close()
    assert [line[:10] for line in peer.commands if line[:4] == b"AUTH"] == [
        b"AUTH PLAIN",
        b"AUTH SCRAM",
    ]


async def test_all_methods_are_tried_again_if_the_one_that_worked_fails_for_long() -> None:
    """The provider may have switched to hashed passwords, which CRAM-MD5 can't use."""
    profile = ServerProfile()
    offer = offering("SASL CRAM-MD5 PLAIN")
    cram = (("AUTH CRAM-MD5", b"+ PDFAeD4=\r\n"), ("[A-Za-z0-9+/=]+", b"-ERR [AUTH] no\r\n"))
    plain = (PLAIN_LINE.decode(), b"+OK\r\n")
    first = steps(*offer, cram[0], (cram[1][0], b"+OK\r\n"), then=hold)
    refusal, again = steps(*offer, *cram, then=hold), steps(*offer, *cram, plain, then=hold)
    once_more = steps(*offer, plain, then=hold)
    async with ScriptedServer(first, refusal, refusal, again, once_more) as peer:
        for is_refused in (False, True, True, False, False):
            try:
                session = await log_in(local(peer.port), CREDENTIALS, profile, OPTIONS)
                session.client.close()
                assert not is_refused
            except LoginError:
                assert is_refused
    assert peer.connections == 5


@pytest.mark.parametrize(
    "reply", ["Unknown command", "[AUTH] Unsupported authentication mechanism"]
)
async def test_a_method_that_is_offered_and_unknown(reply: str) -> None:
    """The password is not at fault, and not asked for again."""
    error = await refused(
        *offering("SASL CRAM-MD5"), ("AUTH CRAM-MD5", f"-ERR {reply}\r\n".encode())
    )
    assert isinstance(error, NoLoginMethodError)
    assert "offers the login by CRAM-MD5 but does not know it" in str(error)


async def test_a_refusal_then_a_lock_is_reported_as_the_lock() -> None:
    error = await refused(
        *offering("SASL CRAM-MD5 PLAIN"),
        ("AUTH CRAM-MD5", b"+ PDFAeD4=\r\n"),
        ("[A-Za-z0-9+/=]+", b"-ERR no\r\n"),
        (PLAIN_LINE.decode(), b"-ERR [IN-USE] locked by 42\r\n"),
    )
    assert "is locked" in str(error)


async def test_external_needs_tls() -> None:
    error = await refused(*offering("SASL EXTERNAL"), client_cert="any.pem")
    assert isinstance(error, NoLoginMethodError)
    assert "needs TLS" in str(error)


@pytest.mark.parametrize(("charset", "user"), [("utf-8", "jürgen"), ("latin-1", "jürgen")])
@pytest.mark.parametrize("offer", ["USER", "SASL PLAIN", "SASL LOGIN"])
async def test_users_and_passwords_in_the_charset_of_the_server(
    charset: str, user: str, offer: str
) -> None:
    seen: list[bytes] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await steps(*offering(offer))(reader, writer)
        while line := await received(reader):
            if line == b"AUTH LOGIN":
                writer.write(b"+ \r\n")
                continue
            seen.append(line if offer == "USER" else b64decode(line.split()[-1]))
            is_asked_more = offer == "SASL LOGIN" and len(seen) == 1
            writer.write(b"+ \r\n" if is_asked_more else b"+OK\r\n")

    async with ScriptedServer(converse) as peer:
        server = local(peer.port, user=user, login_charset=charset)
        session = await log_in(server, Credentials(Secret("grün")), options=OPTIONS)
        session.client.close()
    reply = b"\n".join(seen)
    assert user.encode(charset) in reply
    assert "grün".encode(charset) in reply


async def test_a_refused_password_that_is_not_ascii_is_reported_with_the_charset() -> None:
    error = await refused(
        *offering("USER"),
        ("USER me", b"+OK\r\n"),
        ("PASS .*", b"-ERR [AUTH] no\r\n"),
        credentials=Credentials(Secret("grün")),
    )
    assert 'try login_charset = "latin-1"' in str(error)
