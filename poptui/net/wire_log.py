"""The lines of a session in the debug log, exact enough to be replayed, without secrets.

Each line is one record, ``[2] C: TOP 7 0`` or ``[2] S: +OK``, after the number of the session.
CRLF at the end is left out, every other byte that is not printable ASCII is escaped (``\\n``,
``\\x07``). ``S>`` is a line whose end has not come, ``S!`` says what else the server did. Passwords
are ``***``. Of the text of messages only the shape is kept: each character but a dot is an ``x``.
``tests.kit.replay`` makes a server of it.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from itertools import count

from poptui.pop3.commands import Command, Retr, Top

logger = logging.getLogger(__name__)

HIDDEN = "***"
CLOSED = "closed the connection"
MAX_TEXT_LINES = 100
"""Lines of one message's text that are logged; of the rest only the size is."""
MAX_REST_BYTES = 4096
"""Bytes of an unfinished line that are logged at the end of a session."""

_SHOWN_WORDS = {b"PASS": 1, b"APOP": 2, b"AUTH": 2}
"""How many words of the commands that carry a secret are logged."""
_STATUS = re.compile(rb"[ \t]*(\+OK|-ERR)(?=[ \t\r\n]|\Z)", re.IGNORECASE)
_SHAPED = re.compile(rb"[^.\r\n]")
_sessions = count(1)

_ESCAPES = [chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in range(256)]
_ESCAPES[ord("\\")], _ESCAPES[ord("\t")] = "\\\\", "\\t"
_ESCAPES[ord("\n")], _ESCAPES[ord("\r")] = "\\n", "\\r"


def escaped(octets: bytes) -> str:
    """``octets`` as printable ASCII, from which they can be restored."""
    return "".join(map(_ESCAPES.__getitem__, octets))


class WireLog:
    """Logs what one session sends and receives.

    It keeps its own account of which reply is due, so that a fault in the protocol code cannot
    change what is logged.
    """

    def __init__(self) -> None:
        self._session = next(_sessions)
        self._due: deque[Command | None] = deque([None])
        """The commands without a complete reply; None is the greeting."""
        self._rest = bytearray()
        self._body: _Body | None = None

    def sent(self, line: bytes, command: Command) -> None:
        """A command goes out."""
        self._due.append(command)
        words = line.rstrip(b"\r\n").split(b" ")
        shown = _SHOWN_WORDS.get(words[0].upper(), len(words))
        hidden = [HIDDEN] if shown < len(words) else []
        self._log("C:", " ".join([escaped(b" ".join(words[:shown])), *hidden]))

    def answered(self) -> None:
        """The answer to a challenge goes out; all of it is secret."""
        self._log("C:", HIDDEN)

    def received(self, data: bytes) -> None:
        """These octets came."""
        first, *lines = data.split(b"\n")
        self._rest += first
        for line in lines:
            self._line(bytes(self._rest) + b"\n")
            self._rest[:] = line

    def ended(self, how: str, *, by_server: bool) -> None:
        """The session is over; ``by_server``, which closed or broke the connection."""
        if self._rest:
            in_text = self._body is not None and self._body.in_text
            rest = bytes(self._rest[:MAX_REST_BYTES])
            self._log("S>", escaped(_shape(rest) if in_text else rest))
        self._rest.clear()
        if by_server:
            self._log("S!", CLOSED)
        logger.debug("[%d] ended: %s", self._session, how)

    def _line(self, line: bytes) -> None:
        if self._body is not None:
            self._body_line(self._body, line)
            return
        self._log("S:", _without_crlf(line))
        status = _STATUS.match(line)
        if status is None or not self._due:
            return
        command = self._due.popleft()
        if command is not None and command.multiline and status[1].upper() == b"+OK":
            self._body = _Body(command, strict=line.endswith(b"\r\n"))

    def _body_line(self, body: _Body, line: bytes) -> None:
        if body.ends_with(line):
            if body.left_out:
                self._log("S!", f"{body.left_out} more lines, {body.left_out_octets} bytes")
            self._body = None
        elif body.in_text:
            body.text_lines += 1
            if body.text_lines > MAX_TEXT_LINES:
                body.left_out += 1
                body.left_out_octets += len(line)
                return
            line = _shape(line)
        else:
            body.in_text = body.is_message and line.strip() == b""
        self._log("S:", _without_crlf(line))

    def _log(self, side: str, text: str) -> None:
        logger.debug("[%d] %s %s", self._session, side, text)


class _Body:
    """What is known of a multi-line reply while its lines come."""

    def __init__(self, command: Command, *, strict: bool) -> None:
        self.is_message = isinstance(command, (Top, Retr))
        self.in_text = False
        """The blank line after the header has come."""
        self.text_lines = self.left_out = self.left_out_octets = 0
        self._strict = strict
        self._after_crlf = True

    def ends_with(self, line: bytes) -> bool:
        """Whether ``line`` is the dot that ends it; a strict body takes only CRLF for line ends."""
        ends = line == b".\r\n" if self._strict else line in (b".\n", b".\r\n")
        ends = ends and (self._after_crlf or not self._strict)
        self._after_crlf = line.endswith(b"\r\n")
        return ends


def _shape(line: bytes) -> bytes:
    return _SHAPED.sub(b"x", line)


def _without_crlf(line: bytes) -> str:
    return escaped(line[:-2] if line.endswith(b"\r\n") else line)
