"""The client's side of a POP3 session, without input or output.

``send`` turns commands into bytes, ``receive`` turns received bytes into events. Guarantees:

* replies are matched to commands in the order in which the commands were sent;
* a command is sent only in the states that allow it, and nothing follows a command that changes
  the state until that is answered;
* QUIT is sent only with a list of what it deletes, and only if that list covers every message
  that the server may have marked as deleted. A read-only session sends neither a line that begins
  with DELE nor a QUIT that deletes;
* if QUIT may remove messages that were downloaded, it is sent only if these are confirmed too
  (RFC 2449 section 6.7);
* once a command was sent whose effect is not known, no QUIT is sent in that session, and a
  read-only session doesn't send such a command at all;
* a protocol violation ends the session (ProtocolError): once replies and commands are out of
  step, there is no safe way to match them again.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterator, Set
from io import BytesIO

from poptui.patterns import lazy_pattern
from poptui.pop3 import limits
from poptui.pop3.capabilities import AfterDownload
from poptui.pop3.commands import (
    Apop,
    Auth,
    Capa,
    Command,
    Dele,
    List,
    Noop,
    Pass,
    PreviewTop,
    Probe,
    Quit,
    Retr,
    Rset,
    Stat,
    Stls,
    Top,
    Uidl,
    User,
)
from poptui.pop3.errors import LocalError, ProtocolError, ReplyTooLongError
from poptui.pop3.events import Challenge, ClosingReply, Event, Greeting, Reply, split_code
from poptui.pop3.framing import BodyReader, Buffer, Sink
from poptui.pop3.states import ProtocolState, next_state
from poptui.pop3.typed import TypedCommand
from poptui.secret import Secret, hide_secret_bytes, hide_secrets
from poptui.text.server_text import decode_server_text

_STATUS = lazy_pattern(rb"[ \t]*(\+OK|-ERR)(?=[ \t]|\Z)", re.IGNORECASE)
_MISSPELLED_STATUS = lazy_pattern(rb"[ \t]*([+-][A-Za-z]|[+-][ \t]+(OK|ERR)\b)", re.IGNORECASE)
"""A status such as ``+ERR``, which may mean either ``+OK`` or ``-ERR``."""
_NUMBER = lazy_pattern(r"\s*(\d{1,10})(?!\d)")
_NO_CHALLENGE = lazy_pattern(rb"[+][ \t]*(OK|ERR|ERROR|FAIL)\b", re.IGNORECASE)


class _PendingReply:
    """A command without a complete reply, and what has arrived of the reply."""

    __slots__ = ("cancelled", "challenged", "command", "kept", "octets", "sink", "text")

    def __init__(self, command: Command, sink: Sink | None) -> None:
        self.command, self.sink = command, sink
        self.kept: BytesIO | None = None
        self.text = ""
        self.octets = 0
        self.challenged = False
        """AUTH: the server waits for our answer to its challenge."""
        self.cancelled = False
        """AUTH: we cancelled, so only a refusal may follow."""

    def write(self, chunk: bytes) -> None:
        """Keep the next part of the body, up to the limit. Raises ReplyTooLongError."""
        room = self.command.max_kept_bytes - self.octets
        self.octets += len(chunk)
        self.check_size()
        if room > 0:
            self._store().write(chunk[:room])

    def _store(self) -> Sink:
        if self.sink is not None:
            return self.sink
        self.kept = self.kept or BytesIO()
        return self.kept

    def check_size(self, pending_bytes: int = 0) -> None:
        """Raises ReplyTooLongError if the body, with ``pending_bytes`` more, is too long."""
        if self.octets + pending_bytes > self.command.max_bytes:
            raise ReplyTooLongError(self.command.verb, self.header_number)

    @property
    def header_number(self) -> int:
        """The message whose header was requested; 0 for other commands."""
        return self.command.number if isinstance(self.command, Top) else 0


class Connection:
    """One session, from the greeting to its end."""

    def __init__(self, *, readonly: bool = False) -> None:
        self.state = ProtocolState.GREETING
        self.deleted: set[int] = set()
        """Numbers of messages whose DELE was answered with +OK since the last RSET."""
        self.downloaded: set[int] = set()
        """Numbers of messages that the server may count as downloaded."""
        self.after_download = AfterDownload.UNKNOWN
        """The effect of QUIT on these; the caller sets it once the server has announced it."""
        self.quit_is_unsafe = False
        """A command with an unknown effect was sent, so the effect of QUIT is unknown too."""
        self._readonly = readonly
        self._buffer = Buffer()
        self._pending: deque[_PendingReply] = deque()
        self._body: BodyReader | None = None
        self._stray_lines = 0
        self._credentials: list[Secret] = []
        """Sent digests and AUTH responses: they are hidden if the server repeats them."""
        self._stray_lines_allowed = True
        self._handshake_due = False
        self.stray_login_reply: str | None = None
        """The last line that came instead of a reply to the login; None if there was none."""

    @property
    def outstanding(self) -> int:
        """The number of commands without a reply."""
        return len(self._pending)

    @property
    def partial_header(self) -> int:
        """The message whose header has arrived in part; 0 if there is none."""
        if self._body is None or not (self._pending[0].octets or len(self._buffer)):
            return 0
        return self._pending[0].header_number

    @property
    def unanswered_deletions(self) -> Set[int]:
        """Numbers of messages whose DELE is not answered yet."""
        commands = (pending.command for pending in self._pending)
        return {command.number for command in commands if isinstance(command, Dele)}

    # --- sending

    def send(self, command: Command, sink: Sink | None = None) -> bytes:
        """Return the bytes of ``command``; the reply's body will go to ``sink`` or into the Reply.

        Raises LocalError if the command may not be sent now; then nothing has changed.
        """
        self._check(command)
        line = command.encode()
        if self._readonly and _deletes(command, line):
            raise LocalError(f"{command.verb} would delete, and the session is read-only")
        if isinstance(command, TypedCommand) and not command.is_harmless:
            if self._readonly:
                raise LocalError(f"{command.verb} might change something; this is read-only")
            self.quit_is_unsafe = True
        self._pending.append(_PendingReply(command, sink))
        if isinstance(command, (Apop, Auth)):
            self._credentials += [
                Secret(argument, once=True) for argument in command.arguments()[1:]
            ]
        if isinstance(command, Retr):
            self.downloaded.add(command.number)
        return line

    def removed_by_quit(self, deleting: Set[int] = frozenset()) -> Set[int]:
        """Return the downloaded messages that QUIT may remove in addition to ``deleting``."""
        if self.after_download is AfterDownload.KEPT:
            return frozenset()
        return self.downloaded - deleting

    @property
    def is_challenged(self) -> bool:
        """Whether AUTH waits for our answer to a challenge."""
        return bool(self._pending) and self._pending[0].challenged

    def respond(self, data: bytes | None) -> bytes:
        """Return the line that answers a challenge; None cancels AUTH (RFC 5034 section 4)."""
        if not self.is_challenged:
            raise LocalError("there is no AUTH challenge to answer")
        line = b"*" if data is None else b64encode(data)
        if len(line) > limits.MAX_AUTH_LINE_BYTES:
            raise LocalError("the AUTH response is too long for a line")
        self._pending[0].challenged, self._pending[0].cancelled = False, data is None
        self._credentials.append(Secret(line.decode("ascii"), once=True))
        return line + b"\r\n"

    def tls_started(self) -> None:
        """Continue inside TLS. Raises ProtocolError if someone injected bytes before it."""
        if len(self._buffer):
            raise ProtocolError("unencrypted bytes after the reply to STLS")
        self._handshake_due = False

    def _check(self, command: Command) -> None:
        if self.state not in command.states or self._handshake_due:
            raise LocalError(f"{command.verb} is not allowed in the {self.state.value} state")
        if self._pending and not (command.can_pipeline and self._pending[-1].command.can_pipeline):
            raise LocalError(f"{command.verb} cannot be pipelined with the commands before it")
        if isinstance(command, Quit):
            if self.quit_is_unsafe:
                raise LocalError("QUIT might carry out what a command typed by hand has done")
            unconfirmed = self.deleted - command.deleting
            if unconfirmed:
                raise LocalError(f"QUIT would delete {len(unconfirmed)} messages unconfirmed")
            removed = self.removed_by_quit(command.deleting)
            certain = self.after_download is AfterDownload.REMOVED
            if removed and (certain or not command.deleting):
                raise LocalError(f"QUIT may remove {len(removed)} messages that were downloaded")

    # --- receiving

    def receive(self, data: bytes) -> Iterator[Event]:
        """Yield the events that ``data`` completes; exhaust the iterator before the next call.

        Raises ProtocolError, after the events that precede the violation.
        """
        self._buffer.feed(data)
        advanced = True
        while advanced:
            advanced, event = self._advance()
            if event is not None:
                yield event

    def finish(self) -> Iterator[Event]:
        """Yield the events of a refusal whose line is incomplete because the server hung up.

        Before the login such a refusal can be believed, because it changes nothing.
        """
        before_login = self.state is ProtocolState.AUTHORIZATION
        if before_login and self._body is None and self._buffer.starts_with(b"-ERR"):
            yield from self.receive(b"\r\n")

    def _advance(self) -> tuple[bool, Event | None]:
        """Take one step; return whether there was enough data, and the event that is complete."""
        if self._handshake_due:
            return False, None
        if self._body is not None:
            return self._read_body(self._body)
        if self._pending and self._pending[0].command.fetches_header and not self._stray_lines:
            header = self._read_header(self._pending[0])
            if header is not None:
                return True, header
        line = self._buffer.line()
        if line is None:
            return False, None
        return True, self._handle_line(*line)

    def _read_header(self, pending: _PendingReply) -> Reply | None:
        """Read a simple reply to TOP in one step: there are tens of thousands of them."""
        if pending.sink is not None:
            return None
        simple = self._buffer.take_simple_reply(pending.command.max_kept_bytes)
        if simple is None:
            return None
        status_text, body = simple
        self._pending.popleft()
        self._stray_lines_allowed = False
        if self.after_download is AfterDownload.REMOVED:
            self._count_as_download(pending.command, body)
        code, text = split_code(decode_server_text(status_text.strip(b" \t")))
        return Reply(pending.command, True, text, code, body, len(body))

    def _read_body(self, body: BodyReader) -> tuple[bool, Event | None]:
        chunk, ended = body.read()
        pending = self._pending[0]
        pending.write(chunk)
        if not ended:
            pending.check_size(body.pending_bytes)
            return False, None
        self._body, self._stray_lines_allowed = None, False
        return True, self._complete(pending, ok=True)

    def _handle_line(self, line: bytes, bare: bool) -> Event | None:
        status = _STATUS.match(line)
        if status is not None:
            strays, self._stray_lines = self._stray_lines, 0
            self.stray_login_reply = None
            ok = status[1].upper() == b"+OK"
            text = decode_server_text(line[status.end() :].strip(b" \t"))
            if self._pending and isinstance(self._pending[0].command, Probe):
                _check_probe(self._pending[0].command, ok, text, strays)
            return self._handle_status(ok, text, bare)
        if self._in_auth() and line[:1] == b"+" and not _NO_CHALLENGE.match(line):
            return self._handle_challenge(line)
        self._handle_stray_line(line)
        return None

    def _handle_challenge(self, line: bytes) -> Challenge:
        """Take a challenge; after a cancel there must be none (RFC 5034 section 4)."""
        pending = self._pending[0]
        if pending.cancelled:
            raise ProtocolError("a challenge after AUTH was cancelled", decode_server_text(line))
        if pending.challenged:
            raise ProtocolError("a challenge before the last was answered")
        pending.challenged = True
        return Challenge(_decoded(line[1:].strip()))

    def _handle_status(self, ok: bool, text: str, bare: bool) -> Event | None:
        if self.state is ProtocolState.GREETING:
            self.state = next_state(self.state, "+OK" if ok else "-ERR")
            return Greeting(ok, text, split_code(text)[0])
        if not self._pending:
            return self._handle_unrequested(ok, text)
        pending = self._pending[0]
        pending.text = text
        if ok and pending.command.multiline:
            self._body = BodyReader(self._buffer, bare=bare)
            return None
        if not isinstance(pending.command, (List, Noop)):
            # Replies to LIST n and NOOP prove that the body before them has ended: they must not
            # allow the rest of a message to pass as stray lines.
            self._stray_lines_allowed = True
        return self._complete(pending, ok)

    def _complete(self, pending: _PendingReply, ok: bool) -> Reply:
        self._pending.popleft()
        self._update_state(pending.command, ok)
        code, text = split_code(pending.text)
        if not (ok and isinstance(pending.command, (Stat, List, Uidl, Top))):
            text = hide_secrets(text)  # a server may repeat what it was sent
        body = pending.kept.getvalue() if pending.kept else b""
        if isinstance(pending.command, Capa):
            body = b"\r\n".join(map(hide_secret_bytes, body.split(b"\r\n")))
        if ok and self.after_download is AfterDownload.REMOVED:
            self._count_as_download(pending.command, body)
        return Reply(pending.command, ok, text, code, body, pending.octets)

    def _update_state(self, command: Command, ok: bool) -> None:
        """Update the state and the sets of deleted and downloaded messages."""
        if isinstance(command, Dele):
            self.deleted |= {command.number} if ok else set()
        elif isinstance(command, Retr):
            if not ok:
                self.downloaded.discard(command.number)
        elif isinstance(command, Rset) and ok:
            self.deleted.clear()
        elif isinstance(command, Quit):
            self.state = next_state(self.state, command.verb) if ok else ProtocolState.CLOSED
        elif ok:
            self.state = next_state(self.state, command.verb)
            self._handshake_due = isinstance(command, Stls)

    def _count_as_download(self, command: Command, body: bytes) -> None:
        """Count a TOP that returned more than the header: the server may do so as well."""
        if isinstance(command, Top) and (
            isinstance(command, PreviewTop) or body.partition(b"\r\n\r\n")[2].strip()
        ):
            self.downloaded.add(command.number)

    def _in_auth(self) -> bool:
        return bool(self._pending) and isinstance(self._pending[0].command, Auth)

    def _handle_unrequested(self, ok: bool, text: str) -> Event:
        if ok:
            raise ProtocolError("a reply without a command", text)
        return ClosingReply(text)

    def _handle_stray_line(self, line: bytes) -> None:
        """Ignore a line that is not a reply, unless it may be part of a message.

        After a body it may be the rest of a message whose dots were not stuffed. Then a sender may
        have written every following line, even one that looks like a reply.
        """
        self._stray_lines += 1
        if self._pending and isinstance(self._pending[0].command, (Apop, Auth, Pass, User)):
            self.stray_login_reply = decode_server_text(line)
        if self._pending and _MISSPELLED_STATUS.match(line):
            raise ProtocolError("something that is not a POP3 reply", decode_server_text(line))
        greeted = self.state is not ProtocolState.GREETING
        if line.strip() and not (greeted and self._stray_lines_allowed):
            raise ProtocolError("something that is not a POP3 reply", decode_server_text(line))
        if self._stray_lines > limits.MAX_STRAY_LINES:
            raise ProtocolError("many lines that are not POP3 replies", decode_server_text(line))


def _check_probe(probe: Probe, ok: bool, text: str, strays: int) -> None:
    """Raises ProtocolError if the reply may belong to the command before the probe.

    A refusal names no message, so it counts only if no ``strays`` came before it: lines that belong
    to no reply.
    """
    named = _NUMBER.match(text) if ok else None
    in_step = named is not None and int(named[1]) == probe.number
    if not in_step and (ok or strays):
        raise ProtocolError("a reply to another command", text)


def _deletes(command: Command, line: bytes) -> bool:
    """Whether a command would delete. The line counts, not the class that encoded it."""
    is_commit = isinstance(command, Quit) and bool(command.deleting)
    return is_commit or line.split(maxsplit=1)[0].upper() == b"DELE"


def _decoded(raw: bytes) -> bytes:
    try:
        return b64decode(raw, validate=True)
    except binascii.Error:
        return raw
