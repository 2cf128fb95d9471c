"""SCRAM, tokens and certificates at scripted servers, honest and hostile."""

from __future__ import annotations

import asyncio
import logging
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scramp import ScramException, ScramMechanism

from poptui.cli.debug_log import debug_handler
from poptui.errors import (
    LoginError,
    NoLoginMethodError,
    ServerError,
    TokenRefusedError,
    UntrustedServerError,
)
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.scram import channel_binding
from poptui.net.server import ConnectionOptions, Security
from poptui.net.server_profile import ServerProfile
from poptui.secret import Secret
from tests.kit.certificates import Certificates
from tests.kit.scripted import Conversation, ScriptedServer, hold, received, steps
from tests.net.logins import CREDENTIALS, PLAIN_LINE, STAMP, local, logged_in, offering, refused

OPTIONS = ConnectionOptions(timeout_s=5.0)
TOKEN, FRESH = "ya29.stale-token-sentinel", "ya29.fresh-token-sentinel"
REFUSED_401 = b"+ " + b64encode(b'{"status":"401","scope":"https://mail.google.com/"}') + b"\r\n"


@pytest.fixture
def debug_log(tmp_path: Path) -> Iterator[Path]:
    """Provide the file that --debug would write."""
    file, logger = tmp_path / "debug.log", logging.getLogger("poptui")
    handler, level = debug_handler(str(file)), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield file
    logger.removeHandler(handler)
    logger.setLevel(level)
    handler.close()


class Tokens:
    """Returns one token after another, then the last one repeatedly."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = [Secret(token) for token in tokens]
        self.refused: list[str | None] = []

    async def token(self, refused: Secret | None = None) -> Secret:
        self.refused.append(refused.reveal() if refused else None)
        return self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0]


def with_tokens(*tokens: str) -> Credentials:
    return Credentials(tokens=Tokens(*tokens))


def xoauth2_line(token: str, user: str = "me") -> str:
    message = f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
    return "AUTH XOAUTH2 " + re.escape(b64encode(message).decode())


# --- SCRAM


def scram_server(
    name: str = "SCRAM-SHA-256",
    *,
    offer: str = "",
    password: str = "hunter2",
    binding: tuple[str, bytes] | None = None,
    change_last: Callable[[str], str | None] = lambda last: last,
    refusal: bytes = b"",
) -> Conversation:
    """A server that lets ``me`` in by SCRAM; ``change_last`` makes it cheat at the end.

    ``refusal`` is the message in which it says why it refuses.
    """
    mechanism = ScramMechanism(name)
    known = mechanism.make_auth_info(password, iteration_count=4096)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await steps(*offering(f"SASL {offer or name}"))(reader, writer)
        verb, asked, message = (await received(reader)).split()
        assert (verb, asked.decode()) == (b"AUTH", name)
        server = mechanism.make_server(lambda user: known, channel_binding=binding)
        try:
            server.set_client_first(b64decode(message).decode())
            writer.write(b"+ " + b64encode(server.get_server_first().encode()) + b"\r\n")
            server.set_client_final(b64decode(await received(reader)).decode())
        except ScramException:
            if refusal:
                writer.write(b"+ " + b64encode(refusal) + b"\r\n")
                await received(reader)
            writer.write(b"-ERR [AUTH] no\r\n")
            return
        last = change_last(server.get_server_final())
        if last is not None:
            writer.write(b"+ " + b64encode(last.encode()) + b"\r\n")
            if await received(reader) == b"*":
                writer.write(b"-ERR cancelled\r\n")
                return
        writer.write(b"+OK in\r\n")
        await hold(reader, writer)

    return converse


@pytest.mark.parametrize("name", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
async def test_scram(name: str) -> None:
    async with ScriptedServer(scram_server(name)) as peer:
        session = await log_in(local(peer.port), CREDENTIALS, options=OPTIONS)
        session.client.close()
    assert peer.commands[-1] == b""
    assert b"n,,n=me,r=" in b64decode(peer.commands[1].split()[-1])


@pytest.mark.parametrize("name", ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"])
@pytest.mark.parametrize("is_same", [True, False])
async def test_scram_plus(name: str, is_same: bool, certificates: Certificates) -> None:
    """If somebody is in the middle, the certificates differ, and the server refuses."""
    shown = certificates.good if is_same else certificates.stranger
    data = channel_binding(shown.der)
    assert data
    bound = scram_server(name, binding=("tls-server-end-point", data))
    async with ScriptedServer(bound, tls=certificates.good.context()) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        if is_same:
            session = await log_in(server, CREDENTIALS, options=OPTIONS)
            session.client.close()
        else:
            with pytest.raises(LoginError):
                await log_in(server, CREDENTIALS, options=OPTIONS)
    assert b64decode(peer.commands[1].split()[-1]).startswith(b"p=tls-server-end-point,,n=me")


async def test_a_server_without_plus_learns_that_we_could(certificates: Certificates) -> None:
    async with ScriptedServer(scram_server(), tls=certificates.good.context()) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        session = await log_in(server, CREDENTIALS, options=OPTIONS)
        session.client.close()
    assert b64decode(peer.commands[1].split()[-1]).startswith(b"y,,")


async def test_the_server_notices_that_plus_was_removed_on_the_way(
    certificates: Certificates,
) -> None:
    """The server sees that the client supports binding, but didn't get its offer."""
    data = channel_binding(certificates.good.der)
    assert data
    script = scram_server(binding=("tls-server-end-point", data))
    async with ScriptedServer(script, tls=certificates.good.context()) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        with pytest.raises(LoginError):
            await log_in(server, CREDENTIALS, options=OPTIONS)


@pytest.mark.parametrize("then", ["accepted", "in the middle", "unknown", "wrong password"])
async def test_a_server_that_misses_its_plus_gets_it_once(
    then: str, certificates: Certificates
) -> None:
    """The form with binding shows whether the offer was removed (RFC 5802 section 6)."""
    shown = certificates.stranger if then == "in the middle" else certificates.good
    data = channel_binding(shown.der)
    assert data
    lost = b64encode(b"e=server-does-support-channel-binding")
    refusal = steps(
        *offering("SASL SCRAM-SHA-256 PLAIN"),
        ("AUTH SCRAM-SHA-256 .*", b"+ " + lost + b"\r\n"),
        (r"\*", b"-ERR [AUTH] no\r\n"),
    )
    plus = "SCRAM-SHA-256-PLUS"
    retry = scram_server(
        plus,
        offer="SCRAM-SHA-256 PLAIN",
        binding=("tls-server-end-point", data),
        password="other" if then == "wrong password" else "hunter2",
        refusal=b"e=invalid-proof" if then == "wrong password" else b"",
    )
    if then == "unknown":
        retry = steps(
            *offering("SASL SCRAM-SHA-256 PLAIN"),
            (f"AUTH {plus} .*", b"-ERR unknown mechanism\r\n"),
        )
    after = steps(
        *offering("SASL SCRAM-SHA-256 PLAIN"), (PLAIN_LINE.decode(), b"-ERR [AUTH] no\r\n")
    )
    scripts = (refusal, retry, *[after] * (then == "wrong password"))
    async with ScriptedServer(*scripts, tls=certificates.good.context()) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        logging_in = log_in(server, CREDENTIALS, options=OPTIONS)
        if then == "accepted":
            (await logging_in).client.close()
        else:
            with pytest.raises(LoginError) as caught:
                await logging_in
            is_trusted = not isinstance(caught.value, UntrustedServerError)
            assert is_trusted == (then == "wrong password")
    sent = [line.split()[1:] for line in peer.commands if line.startswith(b"AUTH")]
    names = [b"SCRAM-SHA-256", plus.encode(), *[b"PLAIN"] * (then == "wrong password")]
    assert [name for name, _ in sent] == names
    assert b64decode(sent[0][1]).startswith(b"y,,")
    assert b64decode(sent[1][1]).startswith(b"p=tls-server-end-point,,")


@pytest.mark.parametrize(
    "change", [lambda last: None, lambda last: "v=" + "A" * 43 + "=", lambda last: "x"]
)
async def test_a_server_that_proves_nothing_gets_no_session(
    change: Callable[[str], str | None], caplog: pytest.LogCaptureFixture
) -> None:
    """It doesn't get the password by a weaker method either."""
    caplog.set_level(logging.DEBUG)
    script = scram_server(offer="SCRAM-SHA-256 PLAIN", change_last=change)
    async with ScriptedServer(script) as peer:
        with pytest.raises(UntrustedServerError, match="may not be the server it claims") as caught:
            await log_in(local(peer.port), CREDENTIALS, options=OPTIONS)
    assert not caught.value.asks_password
    assert peer.connections == 1
    assert not any(line.startswith((b"AUTH PLAIN", b"STAT", b"QUIT")) for line in peer.commands)
    assert "hunter2" not in caplog.text


async def test_scram_that_cannot_be_answered_is_followed_by_another_method() -> None:
    spoken = await logged_in(
        *offering("SASL SCRAM-SHA-256 PLAIN"),
        ("AUTH SCRAM-SHA-256 .*", b"+ !!!\r\n"),
        (r"\*", b"-ERR cancelled\r\n"),
        (PLAIN_LINE.decode(), b"+OK\r\n"),
    )
    assert len(spoken) == 4


async def test_a_scram_failure_is_named() -> None:
    error = await refused(
        *offering("SASL SCRAM-SHA-256"),
        ("AUTH SCRAM-SHA-256 .*", b"+ cj0x\r\n"),
        (r"\*", b"-ERR cancelled\r\n"),
    )
    assert "did not follow the protocol" in str(error)


async def test_a_refused_binding_is_tried_once(certificates: Certificates) -> None:
    """Cyrus knows only tls-unique. It must not be told then that it has no -PLUS."""
    offer = "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256"
    refusal = steps(
        *offering(f"SASL {offer}"),
        ("AUTH SCRAM-SHA-256-PLUS .*", b"+ !\r\n"),
        (r"\*", b"-ERR [AUTH] bad protocol / cancel\r\n"),
    )
    accepted = scram_server(offer=offer)
    async with ScriptedServer(refusal, accepted, tls=certificates.good.context()) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        session = await log_in(server, CREDENTIALS, options=OPTIONS)
        session.client.close()
    sent = [line for line in peer.commands if line.startswith(b"AUTH")]
    assert [line.split()[1] for line in sent] == [b"SCRAM-SHA-256-PLUS", b"SCRAM-SHA-256"]
    assert b64decode(sent[1].split()[2]).startswith(b"n,,")


@pytest.mark.parametrize("challenges", [2, 50])
async def test_a_flood_of_challenges_ends_the_session(challenges: int) -> None:
    error = await refused(
        *offering("SASL SCRAM-SHA-256"),
        ("AUTH SCRAM-SHA-256 .*", b"+ \r\n" * challenges),
        hang_up=True,
    )
    assert isinstance(error, ServerError)
    assert "a challenge" in str(error)


async def test_a_server_that_lets_us_in_while_scram_is_under_way() -> None:
    error = await refused(
        *offering("SASL SCRAM-SHA-256"),
        ("AUTH SCRAM-SHA-256 .*", b"+ \r\n+OK come in\r\n"),
        hang_up=True,
    )
    assert isinstance(error, UntrustedServerError)


async def test_no_log_has_data_to_test_password_guesses_with(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The server's last message is made from the password, and its salt is in the first."""
    caplog.set_level(logging.DEBUG)
    async with ScriptedServer(scram_server()) as peer:
        session = await log_in(local(peer.port), CREDENTIALS, options=OPTIONS)
        session.client.close()
    assert "S: + ***" in caplog.text
    assert "C: AUTH SCRAM-SHA-256 ***" in caplog.text
    assert not re.search(r"[CS]: \+ (?!\*)\S", caplog.text)


# --- tokens


async def test_xoauth2() -> None:
    spoken = await logged_in(
        *offering("SASL PLAIN XOAUTH2"),
        (xoauth2_line(TOKEN), b"+OK\r\n"),
        credentials=with_tokens(TOKEN),
    )
    assert len(spoken) == 2


async def test_oauthbearer_names_the_server() -> None:
    spoken = await logged_in(
        *offering("SASL XOAUTH2 OAUTHBEARER"),
        ("AUTH OAUTHBEARER .*", b"+OK\r\n"),
        credentials=with_tokens(TOKEN),
    )
    message = b64decode(spoken[1].split()[-1])
    assert message.startswith(b"n,a=me,\x01host=127.0.0.1\x01port=")


@pytest.mark.parametrize("hang_up", [False, True])
async def test_a_refused_token_is_replaced_once(hang_up: bool) -> None:
    tokens = Tokens(TOKEN, FRESH)
    first = (
        *offering("SASL XOAUTH2"),
        (xoauth2_line(TOKEN), REFUSED_401),
        ("", b"-ERR [AUTH] Invalid credentials\r\n"),
    )
    second = (xoauth2_line(FRESH), b"+OK\r\n")
    scripts: list[Any] = [steps(*first, second, then=hold)]
    if hang_up:
        scripts = [first, steps(*offering("SASL XOAUTH2"), second, then=hold)]
    async with ScriptedServer(*scripts) as peer:
        credentials = Credentials(tokens=tokens)
        session = await log_in(local(peer.port), credentials, options=OPTIONS)
        session.client.close()
    assert tokens.refused == [None, TOKEN]


async def test_a_token_that_is_refused_again(debug_log: Path) -> None:
    refusal = (REFUSED_401, b"-ERR [AUTH] Invalid credentials " + TOKEN.encode() + b"\r\n")
    error = await refused(
        *offering("SASL XOAUTH2 PLAIN USER"),
        (xoauth2_line(TOKEN), refusal[0]),
        ("", refusal[1]),
        (xoauth2_line(FRESH), refusal[0]),
        ("", refusal[1]),
        credentials=with_tokens(TOKEN, FRESH),
    )
    assert isinstance(error, TokenRefusedError)
    assert not error.asks_password
    for words in ("invalid or has expired, status 401", "https://mail.google.com/", "authorize"):
        assert words in str(error)
    logged = await asyncio.to_thread(debug_log.read_text)
    for sentinel in (TOKEN, FRESH, b64encode(TOKEN.encode()).decode()[:16]):
        assert sentinel not in str(error)
        assert sentinel not in logged


async def test_the_same_token_is_not_sent_twice() -> None:
    error = await refused(
        *offering("SASL XOAUTH2"),
        (xoauth2_line(TOKEN), b"-ERR [AUTH] no\r\n"),
        credentials=with_tokens(TOKEN),
    )
    assert isinstance(error, TokenRefusedError)


async def test_a_token_is_not_renewed_if_the_mailbox_is_locked() -> None:
    tokens = Tokens(TOKEN, FRESH)
    await refused(
        *offering("SASL XOAUTH2"),
        (xoauth2_line(TOKEN), b"-ERR [IN-USE] busy\r\n"),
        credentials=Credentials(tokens=tokens),
    )
    assert tokens.refused == [None]


async def test_a_long_token_is_sent_on_request() -> None:
    """Exchange hangs up on a line of AUTH with more than 255 bytes."""
    token = "x" * 3000
    spoken = await logged_in(
        *offering("SASL XOAUTH2"),
        ("AUTH XOAUTH2", b"+ \r\n"),
        ("[A-Za-z0-9+/=]{4000,}", b"+OK\r\n"),
        credentials=with_tokens(token),
    )
    assert token.encode() in b64decode(spoken[2])


async def test_a_server_that_lets_us_in_after_refusing_the_token() -> None:
    error = await refused(
        *offering("SASL XOAUTH2"),
        (xoauth2_line(TOKEN), REFUSED_401),
        ("", b"+OK\r\n"),
        credentials=with_tokens(TOKEN),
    )
    assert isinstance(error, UntrustedServerError)


async def test_tokens_at_a_server_that_takes_none() -> None:
    error = await refused(*offering("SASL PLAIN NTLM"), credentials=with_tokens(TOKEN))
    assert "needs a password" in str(error)


# --- initial responses, hang-ups, several refusals


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


@pytest.mark.parametrize("said", ["Unknown command", "[AUTH] Unsupported authentication mechanism"])
async def test_a_method_that_is_offered_and_unknown(said: str) -> None:
    """The password is not at fault, and not asked for again."""
    error = await refused(
        *offering("SASL CRAM-MD5"), ("AUTH CRAM-MD5", f"-ERR {said}\r\n".encode())
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


# --- certificates


async def test_external_needs_tls() -> None:
    error = await refused(*offering("SASL EXTERNAL"), client_cert="any.pem")
    assert isinstance(error, NoLoginMethodError)
    assert "needs TLS" in str(error)


# --- users and passwords that are not ASCII


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
    said = b"\n".join(seen)
    assert user.encode(charset) in said
    assert "grün".encode(charset) in said


async def test_a_refused_password_that_is_not_ascii_is_reported_with_the_charset() -> None:
    error = await refused(
        *offering("USER"),
        ("USER me", b"+OK\r\n"),
        ("PASS .*", b"-ERR [AUTH] no\r\n"),
        credentials=Credentials(Secret("grün")),
    )
    assert 'try login_charset = "latin-1"' in str(error)
