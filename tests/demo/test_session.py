"""Demo sessions without sockets: every line gets exactly one well-formed reply."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from poptui.demo.login import DemoAccount
from poptui.demo.session import DemoService, DemoSession, DemoState
from poptui.demo.stored_mailbox import StoredMailbox, StoredMessage

TIMESTAMP = b"<1.2@demo.example>"
KEYWORDS = "USER PASS APOP AUTH CAPA HELP STAT LIST UIDL TOP RETR DELE RSET NOOP LAST XTND QUIT"
ARGUMENTS = ["", " 1", " 2", " 1 1", " demo", " PLAIN", " PLAIN =", " LOGIN", " a b c"]
commands = st.tuples(st.sampled_from(KEYWORDS.split()), st.sampled_from(ARGUMENTS)).map(
    lambda pair: "".join(pair).encode()
)
lines = st.one_of(commands, st.binary(max_size=40).map(lambda octets: octets.replace(b"\n", b"")))


def opened(data: bytes) -> tuple[StoredMailbox, DemoSession]:
    mailbox = StoredMailbox([StoredMessage("only", data)])
    session = DemoSession(DemoService(mailbox, DemoAccount("demo", "demo")), TIMESTAMP)
    session.answer(b"AUTH PLAIN " + base64.b64encode(b"\0demo\0demo"))
    assert session.state is DemoState.TRANSACTION
    return mailbox, session


def unstuffed(reply: bytes) -> bytes:
    """Parse a multi-line reply strictly by RFC 1939 section 3."""
    first, *rest = reply.split(b"\r\n")
    assert first.startswith(b"+OK")
    assert rest[-2:] == [b".", b""]
    assert b"." not in rest[:-2]
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in rest[:-2])


@given(st.lists(lines, max_size=12))
def test_every_line_gets_one_reply(sent: list[bytes]) -> None:
    session = DemoSession(DemoService(StoredMailbox([]), DemoAccount("demo", "demo")), TIMESTAMP)
    for line in sent:
        reply = session.answer(line)
        assert reply.startswith((b"+OK", b"-ERR ", b"+ "))
        assert reply.endswith(b"\r\n")
        assert b"\n" not in reply.replace(b"\r\n", b"")


@given(st.text("a.\n", max_size=40).map(str.encode))
def test_messages_survive_dot_stuffing(data: bytes) -> None:
    mailbox, session = opened(data)
    assert unstuffed(session.answer(b"RETR 1")) == mailbox.messages[0].data


@given(st.text("a.\n", max_size=40).map(str.encode), st.integers(0, 50))
def test_top_is_the_beginning_of_retr(data: bytes, count: int) -> None:
    mailbox, session = opened(data)
    whole = mailbox.messages[0].data
    shown = unstuffed(session.answer(b"TOP 1 %d" % count))
    rows = whole.split(b"\r\n")[:-1]
    blank = rows.index(b"") if b"" in rows else len(rows)
    assert shown == b"".join(row + b"\r\n" for row in rows[: blank + 1 + count])


@given(st.lists(lines, max_size=12))
def test_only_quit_removes_messages(sent: list[bytes]) -> None:
    mailbox, session = opened(b"Subject: kept\n\n")
    for line in [b"DELE 1", *sent]:
        if line[:4].upper() != b"QUIT":
            session.answer(line)
    session.close()
    assert len(mailbox.messages) == 1
