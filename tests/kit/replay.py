"""Turn a ``--debug`` file into a scripted server, so that a field report becomes a test.

A transcript saved in the protocol pane works as well.

::

    async with ReplayServer(Path("report.log").read_text("utf-8")) as server:
        ...  # run poptui against pop://user@127.0.0.1:{server.port}, with any password

Each recorded session serves one connection. A command gets the reply that the same command got
when it was recorded; one that was never answered gets none. Commands may come in another order or
be left out, as over plain TCP no STLS is sent. Text of messages is what the log has of it.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.kit.listener import Listener, hold, received

_RECORD = re.compile(
    r"^\S+ (?:DEBUG +poptui\.net\.wire_log: )?\[(\d+)\] (C:|S:|S>|S!) (.*)$", re.MULTILINE
)
_MULTILINE = re.compile(r"CAPA|LIST|UIDL|TOP \d+(?: \d+)?|RETR \d+", re.IGNORECASE)
_LEFT_OUT = re.compile(r"(\d+) more lines, (\d+) bytes")
_HIDDEN = "***"
_SASL = re.compile(rb"(?m)^SASL [^\r\n]*")


@dataclass
class Exchange:
    """A command and its reply."""

    command: str
    """As logged, with ``***`` for secrets; empty for the greeting."""
    reply: bytes = b""
    done: bool = False
    """Whether the complete reply was recorded."""

    def take(self, octets: bytes) -> None:
        """Add a line of the reply."""
        first = not self.reply
        self.reply += octets
        more = first and octets.upper().startswith(b"+OK") and _MULTILINE.fullmatch(self.command)
        in_body = not first and _MULTILINE.fullmatch(self.command)
        self.done = not more and not (in_body and octets.rstrip(b"\r\n") != b".")

    def answers(self, line: str) -> bool:
        """Whether ``line`` is this command."""
        pattern = ".*".join(map(re.escape, self.command.split(_HIDDEN)))
        return re.fullmatch(pattern, line) is not None


@dataclass
class RecordedSession:
    """A session of a debug file."""

    exchanges: list[Exchange] = field(default_factory=lambda: [Exchange("")])
    closed: bool = False
    """Whether the server closed the connection."""


def recorded_sessions(log: str) -> list[RecordedSession]:
    """Return the sessions in the text of a debug file, in order."""
    sessions: dict[str, RecordedSession] = {}
    due: dict[str, deque[Exchange]] = {}
    for number, side, text in _RECORD.findall(log):
        if number not in sessions:
            sessions[number] = RecordedSession()
            due[number] = deque(sessions[number].exchanges)
        if side == "C:":
            exchange = Exchange(text)
            sessions[number].exchanges.append(exchange)
            due[number].append(exchange)
        elif text == "closed the connection" and side == "S!":
            sessions[number].closed = True
        else:
            _take(due[number], sessions[number], _octets(side, text))
    for session in sessions.values():
        session.exchanges = _with_plain_logins(session.exchanges)
    return list(sessions.values())


def _with_plain_logins(exchanges: list[Exchange]) -> list[Exchange]:
    """Let the client log in with PLAIN if it used a method whose challenges are hidden.

    The log lacks what is needed to answer SCRAM, and the client would notice.
    """
    plain: list[Exchange] = []
    asked = False
    for exchange in exchanges:
        if asked and exchange.command == _HIDDEN:
            plain[-1].reply = exchange.reply
        else:
            plain.append(exchange)
        asked = exchange.reply.startswith(f"+ {_HIDDEN}".encode())
        if asked and exchange.command != _HIDDEN:
            exchange.command = f"AUTH PLAIN {_HIDDEN}"
            for before in plain:
                before.reply = _SASL.sub(b"SASL PLAIN", before.reply)
    return plain


def _take(due: deque[Exchange], session: RecordedSession, octets: bytes) -> None:
    """Add bytes from the server to the pending reply, or to the last one if none is pending."""
    exchange = due[0] if due else session.exchanges[-1]
    exchange.take(octets)
    if exchange.done and due:
        due.popleft()


def _octets(side: str, text: str) -> bytes:
    if side == "S!":
        left_out = _LEFT_OUT.fullmatch(text)
        assert left_out, text
        return b"".join(_filler(int(left_out[1]), int(left_out[2])))
    line = unescaped(text)
    return line if side == "S>" or line.endswith(b"\n") else line + b"\r\n"


def _filler(lines: int, octets: int) -> Iterator[bytes]:
    """Yield ``lines`` lines of ``octets`` bytes in total, as far as possible."""
    for left in range(lines, 0, -1):
        line = b"x" * max(0, octets // left - 2) + b"\r\n"
        octets -= len(line)
        yield line


def unescaped(text: str) -> bytes:
    """Return the bytes that the log shows as ``text``."""
    return text.encode("ascii").decode("unicode_escape").encode("latin-1")


class ReplayServer(Listener):
    """Answers like the server in a debug file."""

    def __init__(self, log: str) -> None:
        super().__init__()
        self._sessions = deque(recorded_sessions(log))
        assert self._sessions, "the debug file has no session in it"
        self.unknown: list[str] = []
        """Commands that were not recorded, and so were refused."""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._sessions:
            self.unknown.append("another connection")
            return
        session = self._sessions.popleft()
        greeting, *rest = session.exchanges
        writer.write(greeting.reply)
        challenged = False
        while rest:
            line = (await received(reader)).decode("utf-8", "replace")
            exchange = self._exchange(rest, line, challenged)
            if exchange is None:
                self.unknown.append(line)
                writer.write(b"-ERR this is not in the recorded session\r\n")
                continue
            rest.remove(exchange)
            challenged = exchange.reply.startswith(b"+ ")
            writer.write(exchange.reply)
            await writer.drain()
            if session.closed and not any(exchange.reply for exchange in rest):
                if rest:
                    await received(reader)
                return
        if not session.closed:
            await hold(reader, writer)

    def _exchange(self, rest: list[Exchange], line: str, challenged: bool) -> Exchange | None:
        for exchange in rest:
            if challenged if exchange.command == _HIDDEN else exchange.answers(line):
                return exchange
        return None
