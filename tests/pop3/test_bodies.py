"""Multi-line replies: end, dot-stuffing, size limits, and sinks."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.pop3 import limits
from poptui.pop3.commands import Capa, Command, List, Noop, Retr, Top, Uidl
from poptui.pop3.errors import ProtocolError
from poptui.pop3.events import Reply
from tests.pop3.sessions import ask, feed, inside, outcome


class ChunkSink:
    """A sink that records the chunks it gets; falsy while empty."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []

    def __len__(self) -> int:
        return len(self.chunks)

    def write(self, data: bytes, /) -> None:
        self.chunks.append(bytes(data))


def stuffed(body: bytes) -> bytes:
    """Return ``body`` (lines ending in CRLF) with dot-stuffing and the final dot."""
    lines = body.split(b"\r\n")[:-1]
    return b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines) + b".\r\n"


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"..a\r\n...\r\nb.\r\n.\r\n", b".a\r\n..\r\nb.\r\n"),
        (b".a\r\n.\r\n", b"a\r\n"),
        (b". \r\n.\r\n", b" \r\n"),
        (b"\r\r\n.\r\n", b"\r\r\n"),
        (b"a\r\n.\r.\r\n.\r\n", b"a\r\n\r.\r\n"),
        (b"\0\xff\x1b\r\n.\r\n", b"\0\xff\x1b\r\n"),
    ],
)
def test_unstuffing(wire: bytes, body: bytes) -> None:
    for pieces in ([b"+OK\r\n" + wire], [b"+OK\r\n", *(wire[i : i + 1] for i in range(len(wire)))]):
        reply = ask(inside(), Retr(1), *pieces)
        assert (reply.body, reply.octets) == (body, len(body))


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        (b".\n", b""),
        (b".\r\n", b""),
        (b"a\n..b\n.\n", b"a\n.b\n"),
        (b"a\r\n..b\n.\r\n", b"a\r\n.b\n"),
        (b"..\n.\n", b".\n"),
        (b"..\r\n\n.\n", b".\r\n\n"),
        (b"a\r.\n.\n", b"a\r.\n"),
    ],
)
def test_a_server_that_sends_bare_line_feeds(wire: bytes, body: bytes) -> None:
    for pieces in ([b"+OK\n" + wire], [b"+OK\n", *(wire[i : i + 1] for i in range(len(wire)))]):
        assert ask(inside(), Retr(1), *pieces).body == body


@pytest.mark.parametrize(
    "forged",
    [
        b"\n.\n+OK forged\r\n",
        b"\n.\r\n+OK forged\r\n",
        b"\r\n.\n+OK forged\r\n",
        b"\r.\r+OK forged\r\n",
        b"\r\n.\r+OK\r\n",
        b"\n\r.\r\n+OK forged\r\n",
    ],
)
def test_a_sender_cannot_forge_the_end_of_a_body(forged: bytes) -> None:
    """If the server ends lines with CRLF, bare CRs and LFs are text (like SMTP smuggling)."""
    session = inside()
    session.send(Retr(1))
    session.send(Noop())
    message = b"Subject: x\r\n\r\nhello" + forged + b"bye\r\n"
    events = feed(session, b"+OK\r\n" + stuffed(message) + b"+OK the true one\r\n")
    first, second = events
    assert isinstance(first, Reply)
    assert first.body == message
    assert isinstance(second, Reply)
    assert second.text == "the true one"


@given(st.binary(max_size=60), st.integers(1, 7))
def test_a_sink_gets_exactly_the_unstuffed_body(text: bytes, size: int) -> None:
    body = text.replace(b"a", b"\r\n.") + b"\r\n"
    wire = b"+OK\r\n" + stuffed(body)
    session, sink = inside(), ChunkSink()
    session.send(Retr(1), sink)
    (reply,) = feed(session, *(wire[at : at + size] for at in range(0, len(wire), size)))
    assert isinstance(reply, Reply)
    assert b"".join(sink.chunks) == body
    assert (reply.body, reply.octets) == (b"", len(body))


def test_a_refusal_writes_nothing_to_the_sink() -> None:
    session, sink = inside(), ChunkSink()
    session.send(Retr(1), sink)
    feed(session, b"-ERR no such message\r\n")
    assert sink.chunks == []


@pytest.mark.parametrize("with_sink", [False, True])
def test_the_part_of_top_that_is_kept(monkeypatch: pytest.MonkeyPatch, with_sink: bool) -> None:
    monkeypatch.setattr(Top, "max_kept_bytes", 10)
    session, sink = inside(), BytesIO()
    session.send(Top(1), sink if with_sink else None)
    (reply,) = feed(session, b"+OK\r\n", b"12345\r\n", b"12345\r\n", b"12345\r\n.\r\n")
    assert isinstance(reply, Reply)
    assert (sink.getvalue() if with_sink else reply.body) == b"12345\r\n123"
    assert reply.octets == 21


@pytest.mark.parametrize("command", [Capa(), List(), Uidl(), Top(1), Retr(1)], ids=repr)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_an_endless_reply(monkeypatch: pytest.MonkeyPatch, command: Command, size: int) -> None:
    monkeypatch.setattr(type(command), "max_bytes", 50)
    session = inside()
    session.send(command)
    wire = b"+OK\r\n" + b"12345678\r\n" * 6
    events, fault = outcome(session, [wire[at : at + size] for at in range(0, len(wire), size)])
    assert events == []
    assert fault == (f"a reply to {command.verb} that does not end", "")


def test_a_reply_of_the_longest_allowed_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retr, "max_bytes", 50)
    wire = b"+OK\r\n" + b"12345678\r\n" * 5 + b".\r\n"
    for size in (1, 1000):
        pieces = [wire[at : at + size] for at in range(0, len(wire), size)]
        assert ask(inside(), Retr(1), *pieces).octets == 50


def test_a_long_line_is_passed_on_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PARTIAL_LINE_BYTES", 100)
    session, sink = inside(), ChunkSink()
    session.send(Retr(1), sink)
    feed(session, b"+OK\r\n", *[b"x" * 60] * 50)
    assert sum(map(len, sink.chunks)) >= 3000 - 160
    (reply,) = feed(session, b"\r", b"\n", b".", b"\r", b"\n")
    assert isinstance(reply, Reply)
    assert b"".join(sink.chunks) == b"x" * 3000 + b"\r\n"


def test_an_endless_line_reaches_the_size_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Retr, "max_bytes", 200_000)
    session = inside()
    session.send(Retr(1))
    with pytest.raises(ProtocolError, match="RETR that does not end"):
        feed(session, b"+OK\r\n", *[b"x" * 1000] * 201)


def test_commands_use_the_documented_limits() -> None:
    assert Capa.max_bytes == limits.MAX_CAPA_BYTES == 65536
    assert (
        Top.max_kept_bytes
        == limits.MAX_HEADER_BYTES
        < Top.max_bytes
        == limits.MAX_DRAINED_HEADER_BYTES
    )
    assert List.max_bytes == Uidl.max_bytes == limits.MAX_LISTING_BYTES
    assert Retr.max_bytes == Retr.max_kept_bytes == limits.MAX_MESSAGE_BYTES


class CountingBytes(bytearray):
    """A bytearray that counts the bytes that its searches examine."""

    work = 0

    def find(self, *arguments: object) -> int:
        found = super().find(*arguments)  # type: ignore[arg-type]
        start = arguments[1] if len(arguments) > 1 else 0
        assert isinstance(start, int)
        CountingBytes.work += (found if found >= 0 else len(self)) - start + 1
        return found

    def rfind(self, *arguments: object) -> int:
        found = super().rfind(*arguments)  # type: ignore[arg-type]
        start = arguments[1] if len(arguments) > 1 else 0
        assert isinstance(start, int)
        CountingBytes.work += len(self) - max(found, start) + 1
        return found


@pytest.mark.parametrize(
    "line", [b"x" * 70 + b"\r\n", b"x" * 10_000 + b"\r\n", b"x" * 1000, b"\r\n"]
)
@pytest.mark.parametrize("size", [1, 1460])
def test_a_body_in_pieces_is_read_in_linear_time(line: bytes, size: int) -> None:
    works = []
    for octets in (20_000, 40_000):
        session, body = inside(), (line * (octets // len(line) + 1))[:octets] + b"\r\n"
        session._buffer._data = CountingBytes()
        CountingBytes.work = 0
        session.send(Retr(1), ChunkSink())
        wire = b"+OK\r\n" + body + b".\r\n"
        events = feed(session, *(wire[at : at + size] for at in range(0, len(wire), size)))
        assert len(events) == 1
        works.append(CountingBytes.work)
    assert 0 < works[0] < 20_000 * 20
    assert works[1] < 3 * works[0]
