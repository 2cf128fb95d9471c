"""The transcript of a session: its records, its bounds, and what it hides."""

from __future__ import annotations

import pytest

from poptui.net import transcript
from poptui.net.client import Client
from poptui.net.server import ConnectionOptions
from poptui.net.transcript import Record, RecordKind, Transcript, saved_lines, shown_line
from poptui.pop3.commands import Auth, Command, List, Noop, Pass, Quit, Retr, Stat, Top, Uidl
from poptui.pop3.typed import parse
from poptui.secret import Secret
from tests.kit.replay import recorded_sessions
from tests.net.memory import SERVER, MemoryStream, at_once, settle

COMMANDS: list[Command] = [Stat(), Top(7), List(), Noop(), Retr(2), parse("HELP"), Uidl()]
REPLIES = (
    b"+OK ready <1@x>\r\n+OK 5 99\r\n"
    b"+OK message follows\r\nSubject: x\r\n..dot\r\n\r\n.\r\n"
    b"+OK\n1 10\n2 20\n.\n"
    b"-ERR not now\r\n"
    b"+OK\r\n.\r\n"
    b"+OK first\r\nmore of it\r\nand more\r\n.\r\n"
    b"-ERR no UIDL\r\n"
)


def recorded(pieces: list[bytes], commands: list[Command] = COMMANDS) -> Transcript:
    kept = Transcript()
    session = kept.session()
    for command in commands:
        session.sent(command.encode(), command)
    for piece in pieces:
        session.received(piece)
    session.ended("lost", by_server=True)
    return kept


def summary(record: Record) -> tuple[RecordKind, bytes, list[bytes], bool]:
    return record.kind, record.line, record.body_lines(), record.is_complete


def test_records_of_a_session() -> None:
    kept = recorded([REPLIES])
    assert summary(kept.records[0]) == (RecordKind.REMARK, b"Connection 1", [], True)
    replies = [summary(record) for record in kept.records[1 + len(COMMANDS) :]]
    reply = RecordKind.REPLY
    assert replies == [
        (reply, b"+OK ready <1@x>", [], True),
        (reply, b"+OK 5 99", [], True),
        (reply, b"+OK message follows", [b"Subject: x", b"..dot", b""], True),
        (reply, b"+OK", [b"1 10", b"2 20"], True),
        (reply, b"-ERR not now", [], True),
        (reply, b"+OK", [], True),
        (reply, b"+OK first", [], True),
        (RecordKind.STRAY, b"", [b"more of it", b"and more", b"."], True),
        (reply, b"-ERR no UIDL", [], True),
        (RecordKind.CLOSED, b"closed the connection", [], True),
        (RecordKind.REMARK, b"lost", [], True),
    ]
    assert sum(r.octets for r in kept.records[1 + len(COMMANDS) :]) == len(REPLIES)
    answered = [r.answers for r in kept.records if r.kind is reply]
    assert answered == [b"", *(c.encode().rstrip() for c in COMMANDS)]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64])
def test_the_pieces_make_no_difference(size: int) -> None:
    pieces = [REPLIES[at : at + size] for at in range(0, len(REPLIES), size)]
    whole = recorded([REPLIES]).records
    assert [summary(r) for r in recorded(pieces).records] == [summary(r) for r in whole]


def test_secrets_are_hidden() -> None:
    password = Secret("correct horse battery")
    kept = Transcript()
    session = kept.session()
    session.received(b"+OK\r\n")
    session.sent(Pass(password).encode(), Pass(password))
    session.sent_answer()
    session.received(b"-ERR no correct horse battery here: Y29ycmVjdCBob3JzZSBiYXR0ZXJ5\r\n")
    lines = [*saved_lines(kept.records), *(shown_line(record.line) for record in kept.records)]
    assert any("PASS ***" in line for line in lines)
    assert not any("horse" in line or "Y29ycmVj" in line for line in lines)


def test_challenges_of_a_login_are_hidden() -> None:
    kept = Transcript()
    session = kept.session()
    session.received(b"+OK\r\n")
    for challenge in (b"+ cj0zODI2", b"+cj0zODI2", b"+"):
        auth = Auth("SCRAM-SHA-256", b"n,,n=me,r=nonce")
        session.sent(auth.encode(), auth)
        session.received(challenge + b"\r\n")
        session.sent_answer()
        session.received(b"-ERR no\r\n")
    lines = [shown_line(record.line) for record in kept.records[2:]]
    assert lines[:4] == ["AUTH SCRAM-SHA-256 ***", "+ ***", "***", "-ERR no"]
    assert lines[4:8] == lines[:4]
    assert lines[9] == "+"


def test_nothing_acts_on_the_terminal() -> None:
    assert shown_line(b"+OK \x1b[2J\x07 \xc2\x9b tab\there\r!") == (
        "+OK \\x1b[2J\\x07 \\x9b tab\\there\\r!"
    )
    assert "\u202e" not in shown_line("+OK \u202eabc".encode())
    assert len(shown_line(b"x" * 10**6)) == transcript.MAX_SHOWN_BYTES


def test_memory_is_bounded_for_any_input() -> None:
    kept = Transcript()
    session = kept.session()
    for _ in range(300):
        session.sent(b"TOP 1 0\r\n", Top(1))
    for piece in (b"x" * 60_000, b"\n" * 60_000, b"+OK\r\n" * 12_000, b"\xff\0 .\r\n" * 10_000):
        for _ in range(20):
            session.received(piece)
    assert sum(record.cost for record in kept.records) <= transcript.RING_BYTES + 60_000
    assert len(kept.records) <= transcript.RING_RECORDS
    assert kept.records[0].number == kept.dropped
    session.sent(b"RETR 1\r\n", Retr(1))
    for _ in range(5000):
        session.sent(b"NOOP\r\n", Noop())
        session.received(b"+OK big\r\n" + b"line\r\n" * 100)
    assert len(kept.records) <= transcript.RING_RECORDS
    assert kept.dropped > 1000


def test_a_long_reply_is_counted_but_not_kept() -> None:
    body = b"line of the message\r\n" * 50_000
    kept = recorded([b"+OK\r\n", b"+OK\r\n" + body + b".\r\n"], [Retr(1)])
    reply = kept.records[-3]
    assert reply.lines == 50_000
    assert reply.octets == len(body) + 8
    assert len(reply.body) == transcript.MAX_BODY_BYTES
    assert reply.left_out == len(body) - transcript.MAX_BODY_BYTES


def test_a_saved_transcript_can_be_replayed() -> None:
    text = "\n".join(saved_lines(recorded([REPLIES]).records))
    (session,) = recorded_sessions(text)
    assert session.closed
    assert [exchange.command for exchange in session.exchanges[1:]] == [
        command.encode().decode().rstrip() for command in COMMANDS
    ]
    replies = b"".join(exchange.reply for exchange in session.exchanges)
    assert replies == REPLIES.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@at_once
async def test_a_session_is_recorded_as_it_happens() -> None:
    kept = Transcript()
    changes: list[int] = []
    kept.on_change = lambda: changes.append(len(kept.records))
    stream = MemoryStream()
    client = Client(stream, SERVER, ConnectionOptions(transcript=kept))
    stream.say(b"+OK hello\r\n")
    await client.greeting()
    answer = client.submit(Quit())
    stream.say(b"+OK bye\r\n")
    await answer
    client.close()
    await settle()
    lines = [shown_line(record.line) for record in kept.records]
    assert lines[1:4] == ["+OK hello", "QUIT", "+OK bye"]
    assert len(changes) >= 3
