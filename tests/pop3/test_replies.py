"""Status lines, stray lines, unrequested replies, and protocol violations."""

from __future__ import annotations

import pytest

from poptui.pop3 import limits
from poptui.pop3.commands import Auth, Command, Dele, Noop, Quit, Retr, Rset, Stat, Stls, User
from poptui.pop3.connection import Connection
from poptui.pop3.errors import ProtocolError
from poptui.pop3.events import ClosingReply, Code, Greeting, Reply
from poptui.pop3.states import ProtocolState
from tests.pop3.sessions import ask, feed, greeted, inside, outcome


@pytest.mark.parametrize(
    ("line", "ok", "text"),
    [
        (b"+OK", True, ""),
        (b"+OK ", True, ""),
        (b"+OK cool", True, "cool"),
        (b"+OK\t two  words \t", True, "two  words"),
        (b"-ERR", False, ""),
        (b"-ERR Go away!", False, "Go away!"),
        (b"+ok cool", True, "cool"),
        (b" \t-err no", False, "no"),
        ("+OK Привет".encode(), True, "Привет"),
        (b"-ERR \xcf\xf0\xe8", False, "При"),
        (b"-ERR \x1b[31m\0", False, "\x1b[31m\0"),
        (b"+OK a\rb", True, "a\rb"),
    ],
)
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_status_lines(line: bytes, ok: bool, text: str, end: bytes) -> None:
    reply = ask(inside(), Noop(), line + end)
    assert (reply.ok, reply.text, reply.code, reply.body) == (ok, text, Code.NONE, b"")


def test_a_response_code_is_split_from_the_text() -> None:
    reply = ask(inside(), Dele(1), b"-ERR [SYS/PERM] read-only\r\n")
    assert (reply.code, reply.text) == (Code.SYS_PERM, "read-only")


def test_the_greeting_keeps_its_full_text_for_apop() -> None:
    text = "[AUTH] POP3 Server ready <31226791.1261208975@fcgp01.nicmail.ru>"
    (greeting,) = feed(Connection(), b"+OK " + text.encode() + b"\r\n")
    assert greeting == Greeting(True, text, Code.AUTH)


@pytest.mark.parametrize(
    "line",
    [
        b"+OKAY",
        b"+OK[AUTH]",
        b"-ERROR no",
        b"+ OK",
        b"OK",
        b"220 ready",
        b"* OK IMAP4rev1",
        b"SSH-2.0-OpenSSH_9.2",
        b"HTTP/1.1 400 Bad Request",
        b"\x15\x03\x01\x00\x02\x02P",
        b".",
    ],
)
def test_greetings_of_other_protocols_are_errors(line: bytes) -> None:
    _, fault = outcome(Connection(), [line + b"\r\n"])
    assert fault == ("something that is not a POP3 reply", line.decode("latin-1"))


def test_blank_lines_before_the_greeting_are_ignored() -> None:
    assert feed(Connection(), b"\r\n \r\n+OK\r\n") == [Greeting(True, "")]


def test_blank_lines_between_replies_are_ignored() -> None:
    session = inside()
    session.send(Noop())
    session.send(Retr(1))
    session.send(Noop())
    events = feed(session, b"\r\n+OK\r\n\r\n\n+OK\r\nX: y\r\n.\r\n\r\n\r\n+OK\r\n\r\n")
    assert [type(event) for event in events] == [Reply] * 3


def test_extra_lines_after_a_single_line_reply_are_ignored() -> None:
    session = inside()
    talk = b"+OK Valid commands:\r\n  QUIT, NOOP, STAT\r\nand a few more\r\n.\r\n"
    assert ask(session, Rset(), talk).text == "Valid commands:"
    assert ask(session, Stat(), b"+OK 5 868540\r\n").ok


def test_extra_lines_after_a_body_are_an_error() -> None:
    """They may be the rest of a message whose dots were not stuffed, with forged replies in it."""
    session = inside()
    session.send(Retr(1))
    session.send(Noop())
    events, fault = outcome(session, [b"+OK\r\nbody\r\n.\r\nrest of it\r\n+OK forged\r\n"])
    assert [event.command for event in events if isinstance(event, Reply)] == [Retr(1)]
    assert fault == ("something that is not a POP3 reply", "rest of it")


@pytest.mark.parametrize(
    "line", [b"+ERR Server error: no Inbox", b"-FAIL no", b"+ERROR", b"-ERROR: locked", b"-NO"]
)
@pytest.mark.parametrize("command", [User("me"), Auth("PLAIN"), Auth("LOGIN")])
def test_a_misspelled_reply_is_shown_at_once(line: bytes, command: Command) -> None:
    session = greeted()
    session.send(command)
    _, fault = outcome(session, [line + b"\r\n"])
    assert fault == ("something that is not a POP3 reply", line.decode())


def test_a_truncated_refusal_before_the_login_counts() -> None:
    session = greeted()
    session.send(User("me"))
    assert feed(session, b"-ERR too many logins") == []
    (reply,) = session.finish()
    assert isinstance(reply, Reply)
    assert (reply.ok, reply.text) == (False, "too many logins")


@pytest.mark.parametrize("last", [b"+OK we", b"", b"-E"])
def test_no_other_truncated_reply_counts(last: bytes) -> None:
    session = greeted()
    session.send(User("me"))
    assert feed(session, last) == []
    assert list(session.finish()) == []


def test_a_truncated_refusal_of_quit_does_not_count() -> None:
    session = inside()
    session.send(Quit(frozenset()))
    assert feed(session, b"-ERR some deleted messages not re") == []
    assert list(session.finish()) == []


@pytest.mark.parametrize("line", [b"\r\n", b"chatter\r\n"])
def test_endless_extra_lines_are_an_error(line: bytes) -> None:
    session = inside()
    session.send(Noop())
    assert feed(session, line * limits.MAX_STRAY_LINES) == []
    assert outcome(session, [line])[1] is not None


def test_a_reply_resets_the_count_of_stray_lines() -> None:
    session = inside()
    for _ in range(3):
        session.send(Noop())
        feed(session, b"\r\n" * limits.MAX_STRAY_LINES + b"+OK\r\n")


def test_a_reply_without_a_command() -> None:
    with pytest.raises(ProtocolError, match="a reply without a command") as caught:
        feed(inside(), b"+OK injected\r\n")
    assert caught.value.text == "injected"


def test_an_unrequested_err_is_a_closing_reply() -> None:
    assert feed(inside(), b"-ERR autologout; idle too long\r\n") == [
        ClosingReply("autologout; idle too long")
    ]


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\n"])
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_line_above_the_limit(monkeypatch: pytest.MonkeyPatch, end: bytes, size: int) -> None:
    monkeypatch.setattr(limits, "MAX_STATUS_BYTES", 100)
    pieces = [(b"+OK " + b"x" * 100 + end)[at : at + size] for at in range(0, 104 + len(end), size)]
    with pytest.raises(ProtocolError, match="a line that is too long for a reply"):
        feed(Connection(), *pieces)


def test_a_line_of_the_longest_allowed_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_STATUS_BYTES", 100)
    (greeting,) = feed(Connection(), b"+OK " + b"x" * 96 + b"\n")
    assert greeting == Greeting(True, "x" * 96)


def test_a_status_line_with_many_blanks_takes_linear_time() -> None:
    session = inside()
    for _ in range(100):
        line = b"+OK a" + b" " * (limits.MAX_STATUS_BYTES - 10) + b"b\r\n"
        assert ask(session, Noop(), line).text.endswith(" b")


@pytest.mark.parametrize("late", [b"+OK injected\r\n", b"-ERR injected\r\n", b"x"])
def test_bytes_after_stls_are_an_injection(late: bytes) -> None:
    together, apart = greeted(), greeted()
    together.send(Stls())
    assert len(feed(together, b"+OK begin\r\n" + late)) == 1
    ask(apart, Stls(), b"+OK begin\r\n")
    assert feed(apart, late) == []
    for session in (together, apart):
        with pytest.raises(ProtocolError, match="unencrypted bytes"):
            session.tls_started()


def test_a_refused_stls_changes_nothing() -> None:
    session = greeted()
    ask(session, Stls(), b"-ERR no TLS\r\n")
    assert session.state is ProtocolState.AUTHORIZATION
    assert session.send(Auth("PLAIN"))
