"""Log in over real sockets: the choice of the method and the bytes that are sent."""

from __future__ import annotations

import asyncio
import logging
import ssl

import pytest

from poptui.errors import LoginError, MailboxLockedError, PoptuiError
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, Security
from poptui.net.server_profile import ServerFact, ServerNumber, ServerProfile, login_subject
from poptui.secret import Secret
from tests.kit.certificates import Certificates
from tests.kit.scripted import OddServer, ScriptedServer, hold, steps
from tests.kit.seed import DIGEST, SeedServer
from tests.net.logins import CREDENTIALS, PLAIN_LINE, STAMP, local, logged_in, offering, refused


async def test_the_recorded_session() -> None:
    async with SeedServer() as peer:
        session = await log_in(local(peer.port, user="user@nic.ru"), Credentials(Secret("qwerty")))
        session.client.close()
    assert peer.commands[-1] == b"APOP user@nic.ru " + DIGEST.encode()
    assert b"qwerty" not in b"".join(peer.commands)


async def test_login_by_user_and_pass() -> None:
    lines = await logged_in(
        *offering("USER"), ("USER me", b"+OK\r\n"), ("PASS hunter2", b"+OK\r\n")
    )
    assert lines == [b"CAPA", b"USER me", b"PASS hunter2"]


async def test_apop_without_tls() -> None:
    lines = await logged_in(
        *offering("USER", "SASL PLAIN", stamp=STAMP),
        ("APOP me [0-9a-f]{32}", b"+OK\r\n"),
    )
    assert b"hunter2" not in b"".join(lines)


async def test_a_refused_apop_is_followed_by_another_method() -> None:
    lines = await logged_in(
        *offering("USER", stamp=STAMP),
        ("APOP .*", b"-ERR Authentication failed.\r\n"),
        ("USER me", b"+OK\r\n"),
        ("PASS hunter2", b"+OK\r\n"),
    )
    assert len(lines) == 4


@pytest.mark.parametrize(
    "reply", ["[IN-USE] busy", "[SYS/TEMP] later", "mailbox locked", "Account suspended"]
)
async def test_other_refusals_are_not_followed_by_another_method(reply: str) -> None:
    await refused(*offering("USER", stamp=STAMP), ("APOP .*", f"-ERR {reply}\r\n".encode()))


async def test_a_password_is_refused_three_times_at_most() -> None:
    """The server offers enough for seven attempts, and many accounts are locked after five.

    The password itself is sent in the second attempt. LOGIN is left out, because the server checks
    it like PLAIN.
    """
    error = await refused(
        *offering("USER", "SASL SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN", stamp=STAMP),
        ("AUTH SCRAM-SHA-256 .*", b"-ERR authentication failed\r\n"),
        ("AUTH PLAIN .*", b"-ERR authentication failed\r\n"),
        ("USER me", b"+OK\r\n"),
        ("PASS hunter2", b"-ERR [AUTH] never\r\n"),
    )
    assert isinstance(error, LoginError)
    assert "“never”" in str(error)
    assert "did not try" not in str(error)


async def test_challenges_that_are_left_after_three_refusals_are_named() -> None:
    error = await refused(
        *offering("SASL SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5", stamp=STAMP),
        ("AUTH SCRAM-SHA-256 .*", b"-ERR [AUTH] no\r\n"),
        ("AUTH SCRAM-SHA-1 .*", b"-ERR [AUTH] no\r\n"),
        ("AUTH CRAM-MD5", b"-ERR [AUTH] no\r\n"),
    )
    assert "poptui did not try APOP" in str(error)


async def test_the_method_that_worked_after_a_skipped_challenge_is_used_alone_next_time() -> None:
    profile, offer = ServerProfile(), offering("SASL SCRAM-SHA-256 SCRAM-SHA-1 PLAIN", "USER")
    scram = ("AUTH SCRAM-SHA-256 .*", b"-ERR [AUTH] no\r\n")
    plain = (PLAIN_LINE.decode(), b"+OK\r\n")
    changed = (PLAIN_LINE.decode(), b"-ERR [AUTH] no\r\n")
    first = steps(*offer, scram, plain, then=hold)
    async with ScriptedServer(first, steps(*offer, changed, then=hold)) as peer:
        session = await log_in(local(peer.port), CREDENTIALS, profile)
        session.client.close()
        with pytest.raises(LoginError):
            await log_in(local(peer.port), CREDENTIALS, profile)
    assert peer.connections == 2


async def test_the_working_method_is_remembered_for_the_account() -> None:
    profile = ServerProfile()
    first = (
        *offering("USER", stamp=STAMP),
        ("APOP .*", b"-ERR [AUTH] no\r\n"),
        *(("USER me", b"+OK\r\n"), ("PASS hunter2", b"+OK\r\n")),
    )
    second = (*offering("USER", stamp=STAMP), *first[-2:])
    async with ScriptedServer(steps(*first, then=hold), steps(*second, then=hold)) as peer:
        for _ in range(2):
            session = await log_in(local(peer.port), CREDENTIALS, profile)
            session.client.close()
    assert peer.connections == 2


async def test_a_changed_password_costs_one_refused_login() -> None:
    profile = ServerProfile()
    exchange = (
        *offering("USER", "SASL PLAIN", stamp=STAMP),
        *(("USER me", b"+OK\r\n"), ("PASS hunter2", b"-ERR no\r\n")),
    )
    async with ScriptedServer(steps(*exchange, then=hold)) as peer:
        server = local(peer.port)
        for method in ("APOP", "PLAIN", "USER"):
            subject = login_subject(server.account, method)
            profile.learn(ServerFact.LOGIN_METHOD, subject, method == "USER")
        with pytest.raises(LoginError):
            await log_in(server, CREDENTIALS, profile)
    assert len(peer.commands) == 3


@pytest.mark.parametrize("answer", [b"", b"-ERR [AUTH] no\r\n"])
async def test_the_next_method_reconnects_after_a_hang_up(answer: bytes) -> None:
    """solid-pop3d hangs up after refusing APOP, other servers instead of replying."""
    profile = ServerProfile()
    first = (*offering("USER", stamp=STAMP), ("APOP .*", answer))
    user = (("USER me", b"+OK\r\n"), ("PASS hunter2", b"+OK\r\n"))
    second = steps(*offering("USER", stamp=STAMP), *user, then=hold)
    async with ScriptedServer(first, second) as peer:
        for _ in range(2):
            session = await log_in(local(peer.port), CREDENTIALS, profile)
            session.client.close()
    assert peer.connections == 3


async def test_a_hang_up_after_the_only_method_keeps_the_refusal() -> None:
    fault = await refused(
        *offering("SASL PLAIN"), ("AUTH PLAIN .*", b"-ERR Go away!\r\n"), hang_up=True
    )
    assert isinstance(fault, LoginError)
    assert "“Go away!”" in str(fault)


async def test_plain_in_one_step() -> None:
    lines = await logged_in(*offering("SASL LOGIN PLAIN"), (PLAIN_LINE.decode(), b"+OK\r\n"))
    assert lines == [b"CAPA", PLAIN_LINE]


async def test_plain_in_two_steps_if_the_line_is_too_long() -> None:
    lines = await logged_in(
        *offering("SASL PLAIN"),
        ("AUTH PLAIN", b"+ \r\n"),
        ("[A-Za-z0-9+/=]+", b"+OK\r\n"),
        credentials=Credentials(Secret("x" * 300)),
    )
    assert len(lines[2]) > 400


async def test_login_step_by_step() -> None:
    lines = await logged_in(
        *offering("SASL LOGIN XOAUTH2"),
        ("AUTH LOGIN", b"+ VXNlcm5hbWU6\r\n"),
        ("bWU=", b"+ UGFzc3dvcmQ6\r\n"),
        ("aHVudGVyMg==", b"+OK\r\n"),
    )
    assert len(lines) == 4


@pytest.mark.parametrize("user", ["me", "мария", "two words"])
async def test_users(user: str) -> None:
    lines = await logged_in(
        *offering("USER"), ("USER .+", b"+OK\r\n"), ("PASS .+", b"+OK\r\n"), user=user
    )
    assert lines[1] == f"USER {user}".encode()


@pytest.mark.parametrize(
    ("offer", "secret"),
    [
        ("USER", "hunter2\r\nDELE 1"),
        ("USER", "hunter2\0"),
        ("USER", "hunter2\udce9"),
        ("SASL PLAIN", "hunter2\0"),
        ("SASL PLAIN", "hunter2\udce9"),
        ("SASL LOGIN", "hunter2\udce9"),
        ("SASL LOGIN", "hunter2" * 2000),
    ],
)
async def test_passwords_that_cannot_be_sent(offer: str, secret: str) -> None:
    async with ScriptedServer(steps(*offering(offer), then=_agree)) as peer:
        with pytest.raises(LoginError) as caught:
            await log_in(local(peer.port), Credentials(Secret(secret)))
    assert str(caught.value).startswith(f"The login cannot be sent to 127.0.0.1:{peer.port}: ")
    assert "hunter2" not in str(caught.value)
    assert not any(b"hunter2" in line or b"aHVudGVyMg" in line for line in peer.commands)


async def _agree(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(b"+OK\r\n" if line.startswith(b"USER") else b"+ \r\n")


@pytest.mark.parametrize("offer", ["USER", "SASL PLAIN", "SASL LOGIN"])
async def test_no_log_has_the_password(offer: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with OddServer([], user="me", password="hunter2") as peer:
        session = await log_in(local(peer.port, mechanism=offer.split()[-1]), CREDENTIALS)
        session.client.close()
    assert "C: " in caplog.text
    assert not any(part in caplog.text for part in ("hunter2", "aHVudGVyMg", "AG1lAGh1"))
    assert "hunter2" not in repr(session)


@pytest.mark.parametrize(
    ("setting", "offer", "pipelining"),
    [
        ("auto", "PIPELINING", True),
        ("auto", "TOP", False),
        ("on", "TOP", True),
        ("off", "PIPELINING", False),
    ],
)
async def test_pipelining(setting: str, offer: str, pipelining: bool) -> None:
    exchange = (*offering("USER", offer), ("USER me", b"+OK\r\n"), ("PASS .*", b"+OK\r\n"))
    async with ScriptedServer(steps(*exchange, then=hold)) as peer:
        options = ConnectionOptions(timeout_s=5.0, pipelining=setting)
        session = await log_in(local(peer.port), CREDENTIALS, options=options)
        assert (session.client.window.limit > 1) is pipelining
        session.client.close()


async def test_round_trips_until_logged_in() -> None:
    async with OddServer([], user="me", password="hunter2") as peer:
        session = await log_in(local(peer.port, mechanism="PLAIN"), CREDENTIALS)
        assert session.client.connection.round_trips == 2
        session.client.close()


async def test_plain_comes_first_inside_tls(certificates: Certificates) -> None:
    context: ssl.SSLContext = certificates.good.context()
    async with OddServer([], user="me", password="hunter2", tls=context) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        session = await log_in(server, CREDENTIALS)
        assert session.encrypted
        session.client.close()
    assert peer.commands == [b"CAPA", PLAIN_LINE]


async def test_a_hang_up_right_after_the_login() -> None:
    exchange = (*offering("USER"), ("USER me", b"+OK\r\n"), ("PASS .*", b"+OK\r\n"))
    async with ScriptedServer(exchange) as peer:
        session = await log_in(local(peer.port), CREDENTIALS)
        with pytest.raises(PoptuiError, match="closed by the server"):
            await session.client.quit()


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"\r\n", "sent an empty line instead of a reply"),
        (b"Server error, call 555\r\n", "not a POP3 reply: “Server error, call 555”"),
        (b"+ERR Server error: no Inbox.\r\n", "not a POP3 reply: “+ERR Server error: no Inbox.”"),
    ],
)
@pytest.mark.parametrize("capability", ["USER", "SASL PLAIN"])
async def test_a_line_that_is_not_a_reply_to_the_login_is_shown_soon(
    line: bytes, reply: str, capability: str
) -> None:
    login = (
        [("USER me", b"+OK\r\n"), ("PASS hunter2", line)]
        if capability == "USER"
        else [("AUTH PLAIN .*", line)]
    )
    error = await refused(*offering(capability), *login, timeout_s=600.0)
    assert reply in str(error)


async def test_the_reply_may_follow_a_line_that_is_not_a_reply() -> None:
    late = asyncio.Event()

    async def then(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        login = (("USER me", b"+OK\r\n"), ("PASS .*", b"\r\n"))
        await steps(*offering("USER"), *login)(reader, writer)
        await asyncio.sleep(0.2)
        late.set()
        writer.write(b"+OK welcome\r\n")
        await hold(reader, writer)

    async with ScriptedServer(then) as peer:
        session = await log_in(local(peer.port), CREDENTIALS)
        assert late.is_set()
        session.client.close()


async def test_a_refusal_of_capa_before_a_hang_up_is_shown() -> None:
    """The server refuses CAPA, with the reason, and doesn't answer the login."""
    error = await refused(
        (None, b"+OK ready\r\n"),
        ("CAPA", b"-ERR [SYS/TEMP] too busy today\r\n"),
        hang_up=True,
    )
    assert isinstance(error, MailboxLockedError)
    assert "too busy today" in str(error)


async def test_a_refusal_that_was_cut_off_is_shown() -> None:
    error = await refused(
        *offering("USER"),
        ("USER me", b"+OK\r\n"),
        ("PASS .*", b"-ERR wrong password for you"),
        hang_up=True,
    )
    assert isinstance(error, LoginError)
    assert "“wrong password for you”" in str(error)


@pytest.mark.parametrize("answer", [b"+OK UTF8 enabled\r\n", b"-ERR not today\r\n"])
async def test_utf8_is_asked_for_where_it_is_offered(answer: bytes) -> None:
    """Without it Courier hides messages with 8-bit headers; a refusal changes nothing."""
    lines = await logged_in(
        *offering("USER", "UTF8 USER"),
        ("UTF8", answer),
        ("USER me", b"+OK\r\n"),
        ("PASS hunter2", b"+OK\r\n"),
    )
    assert lines == [b"CAPA", b"UTF8", b"USER me", b"PASS hunter2"]


async def test_utf8_that_ends_the_connection_is_not_sent_again() -> None:
    first = (*offering("USER", "UTF8"), ("UTF8", b""))
    login = (("USER me", b"+OK\r\n"), ("PASS hunter2", b"+OK\r\n"))
    second = steps(*offering("USER", "UTF8"), *login, then=hold)
    async with ScriptedServer(first, second) as peer:
        session = await log_in(local(peer.port), CREDENTIALS)
        session.client.close()
    assert peer.connections == 2


@pytest.mark.parametrize(("offer", "is_sent"), [("UTF8 USER", False), ("UTF8", True)])
async def test_utf8_and_latin1(offer: str, is_sent: bool) -> None:
    """UTF8 with USER says that user and password are in UTF-8."""
    utf8 = [("UTF8", b"+OK\r\n")] if is_sent else []
    login = (("USER me", b"+OK\r\n"), ("PASS hunter2", b"+OK\r\n"))
    lines = await logged_in(*offering("USER", offer), *utf8, *login, login_charset="latin-1")
    assert len(lines) == 3 + is_sent


@pytest.mark.parametrize(
    ("silences", "learned"),
    [
        ([50.1, 50.3], 40),
        ([50.0, 20.0, 50.0], None),
        ([50.0, 20.0, 20.5], 16),
        ([3.0, 3.0], None),
        ([50.0], None),
        ([9.0, 9.0], 7),
    ],
)
def test_two_silent_losses_of_like_length_shorten_the_keepalive(
    silences: list[float], learned: int | None
) -> None:
    profile = ServerProfile()
    for silence_s in silences:
        profile.note_idle_loss("pop.example:995", silence_s)
    assert profile.number(ServerNumber.KEEPALIVE_S, "pop.example:995") == learned
    assert ("sign of life" in profile.remarks.get("pop.example:995", "")) is (learned is not None)


async def test_an_idle_connection_that_is_dropped_is_reported_with_its_idle_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poptui.net.server_profile.MIN_IDLE_S", 0.1)
    profile = ServerProfile()
    silence_s = 0.3

    async def drops(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        login = (("USER me", b"+OK\r\n"), ("PASS .*", b"+OK\r\n"))
        await steps(*offering("USER"), *login)(reader, writer)
        await asyncio.sleep(silence_s)

    async with ScriptedServer(drops) as peer:
        address = f"127.0.0.1:{peer.port}"
        for _ in range(2):
            session = await log_in(local(peer.port), CREDENTIALS, profile)
            lost = asyncio.Event()
            session.client.connection.on_lost = lambda error, lost=lost: lost.set()  # type: ignore[misc]
            await lost.wait()
    assert profile.number(ServerNumber.KEEPALIVE_S, address) == 5
