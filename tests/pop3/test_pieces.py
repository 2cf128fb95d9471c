"""The same bytes give the same events, however the network cuts them into pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from poptui.pop3 import limits
from poptui.pop3.commands import Auth, Capa, Command, Dele, List, Noop, Retr, Stat, Top, Uidl
from poptui.pop3.connection import Connection
from tests.pop3.sessions import greeted, inside, outcome

COMMANDS: tuple[Command, ...] = (Retr(2), Stat(), Uidl(), Top(1), Dele(1), List(), Capa(), Noop())

LINE = st.text(alphabet=".ab+-OKER\r ", max_size=12).map(str.encode)
END = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n"])
STATUS = st.builds(
    lambda status, text, end: status + text + end,
    st.sampled_from([b"+OK", b"-ERR", b"+ok", b" +OK", b"+", b"+OKAY"]),
    st.sampled_from([b"", b" ", b" 5 868540", b" [AUTH] no", b" \xff\xfe", b" VXNl"]),
    END,
)
BODY = st.builds(
    lambda lines, end: b"".join(b"".join(line) for line in lines) + b"." + end,
    st.lists(st.tuples(LINE, END), max_size=5),
    END,
)
STREAM = st.lists(
    st.one_of(
        STATUS,
        st.builds(bytes.__add__, STATUS, BODY),
        st.tuples(LINE, END).map(b"".join),
        st.sampled_from([b"\r\n", b"\n", b".\r\n", b"\r\n.\r\n", b"x" * 70 + b"\r\n", b"x" * 200]),
        st.binary(max_size=10),
    ),
    max_size=12,
).map(b"".join)


def in_mailbox() -> Connection:
    """Return a session that waits for one reply of every kind."""
    session = inside()
    for command in COMMANDS:
        session.send(command)
    return session


def in_auth() -> Connection:
    """Return a session that has sent AUTH."""
    session = greeted()
    session.send(Auth("PLAIN"))
    return session


def cut(stream: bytes, at: list[int]) -> Iterator[bytes]:
    """Cut ``stream`` at these positions."""
    cuts = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in at)})
    return (stream[start:end] for start, end in pairwise(cuts))


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the limits so that a short stream reaches them."""
    monkeypatch.setattr(limits, "MAX_STATUS_BYTES", 60)
    monkeypatch.setattr(limits, "PARTIAL_LINE_BYTES", 8)
    monkeypatch.setattr(limits, "MAX_STRAY_LINES", 3)
    monkeypatch.setattr(Top, "max_kept_bytes", 5)
    for kind in (Top, Retr, Uidl, List, Capa):
        monkeypatch.setattr(kind, "max_bytes", 90)


@pytest.mark.parametrize("begin", [Connection, greeted, in_auth, in_mailbox])
@pytest.mark.usefixtures("small_limits")
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stream=STREAM, at=st.lists(st.integers(0, 1000), max_size=8))
@example(stream=b"+OK\n..\n.\r\n", at=[5])
@example(stream=b"+OK\r\n.\r\n+OK\r\n.\r\n", at=[6, 7])
@example(stream=b"+OK\n123456789.\nrest\n.\n", at=[14])
@example(stream=b"+OK\r\n123456789.\r\nrest\r\n.\r\n", at=[15])
@example(stream=b"+OK\r\n123456789\r\n.\r\n", at=[15])
@example(stream=b"+OK\r\n" + b"+OK\r\n" + b"y" * 95, at=[10, 95])
def test_the_pieces_make_no_difference(
    begin: Callable[[], Connection], stream: bytes, at: list[int]
) -> None:
    whole = outcome(begin(), [stream])
    assert outcome(begin(), cut(stream, at)) == whole
    assert outcome(begin(), cut(stream, list(range(len(stream))))) == whole


@given(
    messages=st.lists(st.binary(max_size=80), min_size=1, max_size=4),
    at=st.lists(st.integers(0, 1000), max_size=8),
    end=st.sampled_from([b"\r\n", b"\n"]),
)
def test_messages_arrive_unchanged(messages: list[bytes], at: list[int], end: bytes) -> None:
    """After a round trip through dot-stuffing, the replies hold the original messages."""
    texts = [message.replace(b"\r", b"").replace(b"\n", end) + end for message in messages]
    session = inside()
    wire = b""
    for number, text in enumerate(texts, 1):
        session.send(Retr(number))
        lines = text.split(end)[:-1]
        stuffed = b"".join(b"." * line.startswith(b".") + line + end for line in lines)
        wire += b"+OK" + end + stuffed + b"." + end
    events, fault = outcome(session, cut(wire, at))
    assert fault is None
    assert [getattr(event, "body", None) for event in events] == texts
