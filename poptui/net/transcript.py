"""Record the traffic of this run's sessions for the protocol pane, with limits and no passwords.

A ``SessionTranscript`` takes the bytes of one session as they pass and cuts them into records: a
command, a reply with its lines, lines that belong to no reply, a remark. It works on whole replies,
not lines, so that loading headers costs no more with it than without. Like the debug log it tracks
the pending replies itself: a bug in the protocol code cannot falsify it.

Commands are stored without their secrets. What the server sent is stored as received;
``shown_line`` removes secrets that it repeats, so that this costs time only for lines that are
shown.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import count
from time import time

from poptui.net.wire_log import CLOSED, escaped, shown_command
from poptui.patterns import lazy_pattern
from poptui.pop3.commands import Command, Probe
from poptui.printable import printable
from poptui.secret import hide_secret_bytes
from poptui.text.server_text import decode_server_text

RING_BYTES, RING_RECORDS = 1024 * 1024, 4_000
"""The limits before the pane is opened."""
OPEN_RING_BYTES, OPEN_RING_RECORDS = 4 * 1024 * 1024, 20_000
"""The limits once the pane was opened."""
MAX_BODY_BYTES = 128 * 1024
"""Only this much of a reply is kept; the rest is counted."""
MAX_LINE_BYTES = 16 * 1024
"""A longer line is recorded before its end has arrived."""
MAX_SHOWN_BYTES = 2048
"""Only this much of a line is shown."""
RECORD_BYTES = 200
"""The memory of a record besides its text, about."""

_STATUS = lazy_pattern(rb"[ \t]*(\+OK|-ERR)(?=[ \t\r\n]|\Z)", re.IGNORECASE)
_NEXT_STATUS = lazy_pattern(rb"\n(?=[ \t]*(?:\+OK|-ERR)(?:[ \t\r\n]))", re.IGNORECASE)
_LF_END = lazy_pattern(rb"\n\.\r?\n")
_END_BYTES = 5
"""The length of the longest end of a body: CRLF, dot, CRLF."""
_CONTROLS = lazy_pattern("[\x00-\x1f\x7f-\x9f]")


class RecordKind(Enum):
    """The kind of a record; its value is written before it in a saved transcript."""

    COMMAND = "C:"
    REPLY = "S:"
    STRAY = "S?"
    """Lines from the server that belong to no reply."""
    CLOSED = "S!"
    """The server closed the connection."""
    REMARK = "--"
    """Our own note: the start of a session, or why it ended."""


class Record:
    """A command, a reply, stray lines or a remark."""

    __slots__ = (
        "answers", "at", "body", "is_check", "is_complete", "is_multiline", "kind", "left_out",
        "line", "lines", "number", "octets", "session",
    )  # fmt: skip

    def __init__(
        self, number: int, session: int, at: float, kind: RecordKind, line: bytes, octets: int = 0
    ) -> None:
        """``at``: seconds since the epoch; ``line``: command or status line without its CRLF."""
        self.number, self.session, self.at = number, session, at
        self.kind, self.line = kind, line
        self.octets = octets
        """All bytes of it on the wire, kept or not."""
        self.body = bytearray()
        """The lines after the status line, as received; at most MAX_BODY_BYTES of them."""
        self.lines = 0
        """Number of lines after the status line, without the final dot."""
        self.left_out = 0
        """Number of their bytes that were not kept."""
        self.is_multiline = False
        self.is_complete = True
        """False while the end of a multi-line reply is still to come."""
        self.answers = b""
        """The command that a reply answers."""
        self.is_check = False
        """A command that shows whether replies still belong to their commands."""

    @property
    def cost(self) -> int:
        """Its size in memory."""
        return RECORD_BYTES + len(self.line) + len(self.body)

    def body_lines(self) -> list[bytes]:
        """Return the kept lines of the body, without their ends."""
        lines = bytes(self.body).split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        return [line.removesuffix(b"\r") for line in lines]


class Transcript:
    """The records of all sessions of this run, the oldest of which are dropped."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        """The records kept; their numbers are consecutive."""
        self.dropped = 0
        """Number of records dropped."""
        self.dropped_bytes = 0
        """Their size in bytes."""
        self.on_change: Callable[[], None] | None = None
        """Called after each change, while the pane is open."""
        self._cost = 0
        self._max_cost, self._max_records = RING_BYTES, RING_RECORDS
        self._numbers = count()
        self._sessions = count(1)

    def keep_more(self) -> None:
        """Keep more from now on, because the pane was opened."""
        self._max_cost, self._max_records = OPEN_RING_BYTES, OPEN_RING_RECORDS

    def session(self) -> SessionTranscript:
        """Begin to record a session."""
        number = next(self._sessions)
        self.add(number, RecordKind.REMARK, b"Connection %d" % number)
        return SessionTranscript(self, number)

    def add(self, session: int, kind: RecordKind, line: bytes, octets: int = 0) -> Record:
        """Append a record."""
        record = Record(next(self._numbers), session, time(), kind, line, octets)
        self.records.append(record)
        self.grown(record.cost)
        return record

    def grown(self, octets: int) -> None:
        """Note that the records grew by this much; drop the oldest if they are too many."""
        self._cost += octets
        if self._cost > self._max_cost or len(self.records) > self._max_records:
            self._drop()
        if self.on_change is not None:
            self.on_change()

    def _drop(self) -> None:
        """Drop a tenth more than needed, so that this is seldom; the newest record stays."""
        cost, records = self._max_cost * 9 // 10, self._max_records * 9 // 10
        drop = 0
        while drop < len(self.records) - 1 and (
            self._cost > cost or len(self.records) - drop > records
        ):
            self._cost -= self.records[drop].cost
            self.dropped_bytes += self.records[drop].octets
            drop += 1
        self.dropped += drop
        del self.records[:drop]


class SessionTranscript:
    """Cuts what one session sends and receives into records."""

    def __init__(self, transcript: Transcript, session: int) -> None:
        self._transcript, self._session = transcript, session
        self._pending: deque[tuple[bool, bytes]] = deque([(False, b"")])
        """The commands without a complete reply: whether it is multi-line, and the command line.
        The first stands for the greeting."""
        self._buffer = bytearray()
        self._body: Record | None = None
        """The multi-line reply that is arriving."""
        self._is_strict = True
        """In it only CRLF ends a line."""
        self._at_start = True
        """Nothing of its body was taken from the buffer yet."""
        self._stray: Record | None = None

    def sent(self, line: bytes, command: Command) -> None:
        """Record a command, without its secrets."""
        shown = shown_command(line)
        self._pending.append((command.multiline, shown))
        self._add(RecordKind.COMMAND, shown, len(line)).is_check = isinstance(command, Probe)

    def sent_answer(self) -> None:
        """Record that a challenge was answered; the answer is secret."""
        self._add(RecordKind.COMMAND, b"***")

    def received(self, data: bytes) -> None:
        """Record received bytes."""
        self._buffer += data
        while self._buffer and self._step():
            pass

    def ended(self, how: str, *, by_server: bool) -> None:
        """Record the end of the session."""
        if self._buffer:
            self._take_stray(len(self._buffer))
        if by_server:
            self._add(RecordKind.CLOSED, CLOSED.encode())
        self._add(RecordKind.REMARK, how.encode("utf-8", "replace"))

    @property
    def _in_auth(self) -> bool:
        return bool(self._pending) and self._pending[0][1].startswith(b"AUTH")

    def _add(self, kind: RecordKind, line: bytes, octets: int = 0) -> Record:
        self._stray = None
        return self._transcript.add(self._session, kind, line, octets)

    def _step(self) -> bool:
        """Take the next part of the buffer; return False if more bytes are needed."""
        if self._body is not None:
            return self._take_body(self._body)
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > MAX_LINE_BYTES:
                self._take_stray(len(self._buffer))
            return False
        line = bytes(self._buffer[: end + 1])
        status = _STATUS.match(line) if self._pending else None
        is_challenge = status is None and line.startswith(b"+") and self._in_auth
        if status is None and not is_challenge:
            found = _NEXT_STATUS.search(self._buffer) if self._pending else None
            self._take_stray(found.end() if found else self._buffer.rfind(b"\n") + 1)
            return True
        del self._buffer[: end + 1]
        shown = line.rstrip(b"\r\n")
        if is_challenge and len(shown) > len(b"+ "):
            shown = b"+ ***"  # some challenges hold what a password can be guessed from
        record = self._add(RecordKind.REPLY, shown, len(line))
        if status is not None:
            record.is_multiline, record.answers = self._pending.popleft()
            record.is_multiline &= status[1].upper() == b"+OK"
        if record.is_multiline:
            self._body, self._at_start = record, True
            self._is_strict, record.is_complete = line.endswith(b"\r\n"), False
        return True

    def _take_body(self, record: Record) -> bool:
        """Take what has arrived of a multi-line reply; return whether it has ended."""
        if (
            self._at_start
            and self._buffer[:1] == b"."
            and (
                self._buffer[:3] == b".\r\n" or (not self._is_strict and self._buffer[:2] == b".\n")
            )
        ):
            self._end_body(record, 0, self._buffer.find(b"\n") + 1)
            return True
        start, end = self._find_end()
        if start < 0:
            # Bytes that may belong to the end of the body stay in the buffer.
            self._keep(record, max(0, len(self._buffer) - _END_BYTES + 1))
            return False
        self._end_body(record, start, end)
        return True

    def _find_end(self) -> tuple[int, int]:
        """Return where the body ends and the next reply begins; -1 if that has not arrived."""
        if self._is_strict:
            at = self._buffer.find(b"\r\n.\r\n")
            return (at + 2, at + _END_BYTES) if at >= 0 else (-1, -1)
        match = _LF_END.search(self._buffer)
        return (match.start() + 1, match.end()) if match else (-1, -1)

    def _end_body(self, record: Record, start: int, end: int) -> None:
        self._keep(record, start)
        record.octets += end - start
        del self._buffer[: end - start]
        record.is_complete, self._body = True, None
        self._transcript.grown(0)

    def _keep(self, record: Record, octets: int) -> None:
        """Move this many bytes from the buffer to the body of ``record``."""
        if octets:
            self._at_start = False
            taken = self._buffer[:octets]
            del self._buffer[:octets]
            room = max(0, MAX_BODY_BYTES - len(record.body))
            if record.number < self._transcript.dropped:
                room = 0
            record.lines += taken.count(b"\n")
            record.octets += octets
            record.left_out += max(0, octets - room)
            record.body += taken[:room]
            self._transcript.grown(min(room, octets))

    def _take_stray(self, octets: int) -> None:
        """Record bytes that belong to no reply, together with those before them."""
        if self._stray is None:
            self._stray = self._transcript.add(self._session, RecordKind.STRAY, b"")
        self._keep(self._stray, octets)


def shown_line(line: bytes) -> str:
    """Return a line for the terminal: without secrets, with control characters as ``\\x1b``."""
    text = decode_server_text(hide_secret_bytes(line[: 2 * MAX_SHOWN_BYTES]))
    cut = text[:MAX_SHOWN_BYTES]
    return printable(_CONTROLS.sub(lambda match: escaped(match.group().encode("latin-1")), cut))


def saved_lines(records: list[Record]) -> Iterator[str]:
    """Yield the lines of a file with the transcript, without secrets.

    It has the form of a debug log, from which tests make a server (``tests.kit.replay``).
    """
    for record in records:
        at = _timestamp(record.at)
        sign = "S:" if record.kind is RecordKind.STRAY else record.kind.value
        before = f"{at} [{record.session}] {sign} "
        if record.kind is not RecordKind.STRAY:
            yield before + _saved(record.line)
        yield from (before + _saved(line) for line in record.body_lines())
        if record.left_out:
            yield f"{at} [{record.session}] -- {record.left_out} more bytes were not kept"
        if record.is_multiline and record.is_complete:
            yield f"{before}."


def _saved(line: bytes) -> str:
    return escaped(hide_secret_bytes(line))


def _timestamp(at: float) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")
