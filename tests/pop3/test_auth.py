"""AUTH: the exchange of RFC 5034, and the SASL mechanisms."""

from __future__ import annotations

import hmac
from base64 import b64encode

import pytest

from poptui.pop3 import limits
from poptui.pop3.auth import CramMd5, External, Login, Plain
from poptui.pop3.commands import Auth, Noop
from poptui.pop3.connection import Connection
from poptui.pop3.errors import LocalError, ProtocolError
from poptui.pop3.events import Challenge, Reply
from poptui.pop3.states import ProtocolState
from poptui.secret import Secret
from tests.pop3.sessions import feed, greeted, inside

TEST = Plain("test", Secret("test"))


def exchange(initial: bytes | None = None) -> Connection:
    """Return a session that has sent AUTH."""
    session = greeted()
    session.send(Auth("PLAIN", initial))
    return session


def test_initial_response_example_of_rfc_5034() -> None:
    session = greeted()
    assert session.send(Auth("PLAIN", TEST.initial())) == b"AUTH PLAIN AHRlc3QAdGVzdA==\r\n"
    (reply,) = feed(session, b"+OK Maildrop locked and ready\r\n")
    assert isinstance(reply, Reply)
    assert session.state is ProtocolState.TRANSACTION


def test_two_step_example_of_rfc_5034() -> None:
    session = exchange()
    assert feed(session, b"+ \r\n") == [Challenge(b"")]
    assert session.respond(TEST.initial()) == b"AHRlc3QAdGVzdA==\r\n"
    feed(session, b"+OK\r\n")
    assert session.state is ProtocolState.TRANSACTION


@pytest.mark.parametrize(
    ("line", "challenge"),
    [
        (b"+", b""),
        (b"+ ", b""),
        (b"+ VXNlcm5hbWU6", b"Username:"),
        (b"+\tVXNlcm5hbWU6 ", b"Username:"),
        (b"+VXNlcm5hbWU6", b"Username:"),
        (b"+ Username:", b"Username:"),
        (b"+ VXNlcm5hbWU", b"VXNlcm5hbWU"),
        (b"+ \xff\xfe\x00", b"\xff\xfe\x00"),
        (b"+ VXNl cm5hbWU6", b"VXNl cm5hbWU6"),
    ],
)
def test_challenges(line: bytes, challenge: bytes) -> None:
    assert feed(exchange(), line + b"\r\n") == [Challenge(challenge)]


def test_cancelling_allows_another_auth() -> None:
    session = exchange()
    feed(session, b"+ \r\n")
    assert session.respond(None) == b"*\r\n"
    (reply,) = feed(session, b"-ERR cancelled\r\n")
    assert isinstance(reply, Reply)
    assert not reply.ok
    assert session.state is ProtocolState.AUTHORIZATION
    session.send(Auth("PLAIN"))
    assert feed(session, b"+ \r\n") == [Challenge(b"")]


def test_a_challenge_after_cancelling_is_an_error() -> None:
    session = exchange()
    feed(session, b"+ \r\n")
    session.respond(None)
    with pytest.raises(ProtocolError, match="after AUTH was cancelled"):
        feed(session, b"+ more\r\n")


def test_a_challenge_before_the_last_was_answered_is_an_error() -> None:
    session = exchange()
    with pytest.raises(ProtocolError, match="before the last was answered"):
        feed(session, b"+ \r\n+ \r\n")


def test_a_challenge_after_success_means_nothing() -> None:
    session = exchange()
    assert len(feed(session, b"+OK in\r\n+ bW9yZQ==\r\n")) == 1
    with pytest.raises(LocalError, match="no AUTH challenge"):
        session.respond(b"more")


def test_an_empty_answer_is_an_empty_line() -> None:
    session = exchange()
    feed(session, b"+ \r\n")
    assert session.respond(b"") == b"\r\n"


def test_only_a_challenge_can_be_answered() -> None:
    for session in (greeted(), inside(), exchange()):
        with pytest.raises(LocalError, match="no AUTH challenge"):
            session.respond(b"secret")
    session = exchange()
    feed(session, b"+ \r\n")
    session.respond(b"once")
    with pytest.raises(LocalError, match="no AUTH challenge"):
        session.respond(b"twice")


def test_auth_can_be_cancelled_after_an_answer_that_is_too_long() -> None:
    session = exchange()
    feed(session, b"+ \r\n")
    with pytest.raises(LocalError, match="too long"):
        session.respond(b"x" * limits.MAX_AUTH_LINE_BYTES)
    assert session.respond(None) == b"*\r\n"


def test_other_commands_get_no_challenges() -> None:
    session = greeted()
    with pytest.raises(LocalError):
        session.send(Noop())
    inner = inside()
    inner.send(Noop())
    assert feed(inner, b"+ VXNlcm5hbWU6\r\n") == []


def test_plain() -> None:
    plain = Plain("me", Secret("пароль"))
    assert plain.initial() == "\0me\0пароль".encode()
    assert plain.answer(b"who are you?") is None


def test_plain_repeats_its_message_once() -> None:
    plain = Plain("me", Secret("x"))
    assert [plain.answer(b"") for _ in range(3)] == [b"\0me\0x", None, None]


def test_login() -> None:
    login = Login("me", Secret("secret"))
    assert login.initial() is None
    assert [login.answer(b"Username:"), login.answer(b"Password:")] == [b"me", b"secret"]
    assert login.answer(b"And your mother's name?") is None


def test_cram_md5_example_of_rfc_2195() -> None:
    cram = CramMd5("tim", Secret("tanstaaftanstaaf"))
    assert cram.initial() is None
    answer = cram.answer(b"<1896.697170952@postoffice.reston.mci.net>")
    assert answer == b"tim b913a602c7eda7a495b4e6e7334d3890"
    assert cram.answer(b"<1896.697170952@postoffice.reston.mci.net>") is None
    assert cram.problem == "a second challenge"


def test_cram_md5_signs_no_empty_challenge() -> None:
    cram = CramMd5("tim", Secret("tanstaaftanstaaf"))
    assert cram.answer(b"") is None
    assert cram.problem == "an empty challenge"


def test_external() -> None:
    assert External("").initial() == b""
    external = External("me")
    assert [external.answer(b""), external.answer(b"")] == [b"me", None]


@pytest.mark.parametrize(("user", "password"), [("a\0b", "x"), ("a", "x\0y"), ("\0", "")])
def test_plain_takes_no_nul(user: str, password: str) -> None:
    with pytest.raises(LocalError, match="NUL"):
        Plain(user, Secret(password))


WITH_PASSWORD = (Plain, Login, CramMd5)


@pytest.mark.parametrize("kind", WITH_PASSWORD)
def test_the_charset_of_passwords(kind: type[Plain | Login | CramMd5]) -> None:
    def spoken(charset: str) -> bytes:
        mechanism = kind("jürgen", Secret("grün"), charset)
        return b"|".join(filter(None, (mechanism.initial(), *map(mechanism.answer, [b"x"] * 2))))

    utf8, latin1 = spoken("utf-8"), spoken("latin-1")
    assert "jürgen".encode() in utf8
    assert "jürgen".encode("latin-1") in latin1
    if kind is CramMd5:
        digests = [hmac.new("grün".encode(name), b"x", "md5") for name in ("utf-8", "latin-1")]
        assert [utf8[-32:], latin1[-32:]] == [each.hexdigest().encode() for each in digests]
    else:
        assert "grün".encode() in utf8
        assert "grün".encode("latin-1") in latin1


@pytest.mark.parametrize(
    ("secret", "charset"), [("hunter2\udcff", "utf-8"), ("hunter2€", "latin-1")]
)
@pytest.mark.parametrize("kind", WITH_PASSWORD)
def test_an_unencodable_password_is_refused_without_showing_it(
    kind: type[Plain | Login | CramMd5], secret: str, charset: str
) -> None:
    with pytest.raises(LocalError, match=charset if charset == "latin-1" else "UTF-8") as caught:
        kind("me", Secret(secret), charset).initial()
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("kind", WITH_PASSWORD)
def test_mechanisms_hide_the_password_in_repr(kind: type[Plain | Login | CramMd5]) -> None:
    mechanism = kind("me", Secret("hunter2"))
    assert "hunter2" not in repr(mechanism)
    assert b64encode(b"hunter2").decode() not in repr(mechanism)
