"""Log the lines of a session without secrets, exactly enough to replay the session.

Each line is one record such as ``[2] C: TOP 7 0`` or ``[2] S: +OK``; the number is the session's.
The CRLF at the end is omitted, every other byte outside printable ASCII is escaped (``\\n``,
``\\x07``). ``S>`` is an unfinished line, ``S!`` describes other events. Passwords become ``***``,
and so does the rest of a login's exchange: with both sides of SCRAM, passwords can be guessed
offline. The text of messages keeps only its shape: each character except dots becomes an ``x``.
``tests.kit.replay`` turns such a log into a server.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from itertools import count

from poptui.patterns import lazy_pattern
from poptui.pop3.commands import Auth, Command, Retr, Top

logger = logging.getLogger(__name__)

HIDDEN = "***"
CLOSED = "closed the connection"
MAX_TEXT_LINES = 100
"""Only this many lines of one message's text are logged; of the rest, only the size."""
MAX_REST_BYTES = 4096
"""Only this much of an unfinished line is logged at the end of a session."""

_SHOWN_WORDS = {b"PASS": 1, b"APOP": 2, b"AUTH": 2}
"""The number of words that are logged of commands that carry a secret."""
_STATUS = lazy_pattern(rb"[ \t]*(\+OK|-ERR)(?=[ \t\r\n]|\Z)", re.IGNORECASE)
_HIDDEN_CHALLENGE = lazy_pattern(rb"\+(?![ \t]*(OK|ERR)\b)[ \t]*[^ \t\r\n]", re.IGNORECASE)
"""A challenge that is not empty."""
_SHAPED = lazy_pattern(rb"[^.\r\n]")
_sessions = count(1)

_ESCAPES = [chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in range(256)]
_ESCAPES[ord("\\")], _ESCAPES[ord("\t")] = "\\\\", "\\t"
_ESCAPES[ord("\n")], _ESCAPES[ord("\r")] = "\\n", "\\r"


def escaped(data: bytes) -> str:
    """Return ``data`` as printable ASCII, from which it can be restored."""
    return "".join(map(_ESCAPES.__getitem__, data))


def shown_command(line: bytes) -> bytes:
    """Return a command line without its end and its secrets."""
    words = line.rstrip(b"\r\n").split(b" ")
    shown = _SHOWN_WORDS.get(words[0].upper(), len(words))
    return b" ".join((*words[:shown], HIDDEN.encode()) if shown < len(words) else words)


class WireLog:
    """Logs what one session sends and receives.

    It tracks the pending replies itself, so that a bug in the protocol code cannot falsify the log.
    """

    def __init__(self) -> None:
        self._session = next(_sessions)
        self._pending: deque[Command | None] = deque([None])
        """Commands without a complete reply; None stands for the greeting."""
        self._rest = bytearray()
        self._body: _Body | None = None

    def sent(self, line: bytes, command: Command) -> None:
        """Log a command."""
        self._pending.append(command)
        self._log("C:", escaped(shown_command(line)))

    def sent_answer(self) -> None:
        """Log the answer to a challenge; all of it is secret."""
        self._log("C:", HIDDEN)

    def received(self, data: bytes) -> None:
        """Log received bytes."""
        first, *lines = data.split(b"\n")
        self._rest += first
        for line in lines:
            self._log_line(bytes(self._rest) + b"\n")
            self._rest[:] = line

    def ended(self, how: str, *, by_server: bool) -> None:
        """Log the end of the session; ``by_server`` if the server closed the connection."""
        if self._rest:
            in_text = self._body is not None and self._body.in_text
            rest = bytes(self._rest[:MAX_REST_BYTES])
            self._log("S>", escaped(_shape(rest) if in_text else rest))
        self._rest.clear()
        if by_server:
            self._log("S!", CLOSED)
        logger.debug("[%d] ended: %s", self._session, how)

    def _log_line(self, line: bytes) -> None:
        if self._body is not None:
            self._log_body_line(self._body, line)
            return
        is_challenge = bool(self._pending) and isinstance(self._pending[0], Auth)
        is_secret = is_challenge and line[:1] == b"+" and _HIDDEN_CHALLENGE.match(line)
        self._log("S:", f"+ {HIDDEN}" if is_secret else _without_crlf(line))
        status = _STATUS.match(line)
        if status is None or not self._pending:
            return
        command = self._pending.popleft()
        if command is not None and command.multiline and status[1].upper() == b"+OK":
            self._body = _Body(command, strict=line.endswith(b"\r\n"))

    def _log_body_line(self, body: _Body, line: bytes) -> None:
        if body.ends_with(line):
            if body.omitted_lines:
                self._log("S!", f"{body.omitted_lines} more lines, {body.omitted_bytes} bytes")
            self._body = None
        elif body.in_text:
            body.text_lines += 1
            if body.text_lines > MAX_TEXT_LINES:
                body.omitted_lines += 1
                body.omitted_bytes += len(line)
                return
            line = _shape(line)
        else:
            body.in_text = body.is_message and line.strip() == b""
        self._log("S:", _without_crlf(line))

    def _log(self, side: str, text: str) -> None:
        logger.debug("[%d] %s %s", self._session, side, text)


class _Body:
    """The state of a multi-line reply while its lines arrive."""

    def __init__(self, command: Command, *, strict: bool) -> None:
        self.is_message = isinstance(command, (Top, Retr))
        self.in_text = False
        """Whether the blank line after the header was received."""
        self.text_lines = self.omitted_lines = self.omitted_bytes = 0
        self._strict = strict
        self._after_crlf = True

    def ends_with(self, line: bytes) -> bool:
        """Whether ``line`` is the final dot; in a strict body, only CRLF ends lines."""
        ends = line == b".\r\n" if self._strict else line in (b".\n", b".\r\n")
        ends = ends and (self._after_crlf or not self._strict)
        self._after_crlf = line.endswith(b"\r\n")
        return ends


def _shape(line: bytes) -> bytes:
    return _SHAPED.sub(b"x", line)


def _without_crlf(line: bytes) -> str:
    return escaped(line[:-2] if line.endswith(b"\r\n") else line)
