"""The client's side of a POP3 session, without input or output.

Commands go in and come out as octets for the wire; the wire's octets go in and come out as
typed events. The rules that this file keeps:

* replies belong to commands in the order in which these were sent;
* a command is sent only in the states that allow it, and nothing follows one that changes the
  state until it is answered;
* QUIT is sent only with a list of what it deletes, and only if that list covers every message
  that the server may hold as deleted; in a session that is read-only no line that begins with
  DELE becomes octets, nor a QUIT that would delete;
* QUIT is not sent either where the server may take it for leave to remove messages that were
  downloaded, unless these are confirmed too (RFC 2449 section 6.7);
* what does not fit the protocol ends the session (ProtocolError): there is no guessing in a
  stream that has lost its step.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterator, Set
from dataclasses import dataclass
from io import BytesIO

from poptui.pop3 import limits
from poptui.pop3.capabilities import AfterDownload
from poptui.pop3.codes import split_code
from poptui.pop3.commands import (
    Apop,
    Auth,
    Capa,
    Command,
    Dele,
    List,
    Noop,
    Peek,
    Quit,
    Retr,
    Rset,
    Stat,
    Stls,
    Top,
    Uidl,
)
from poptui.pop3.errors import LocalError, ProtocolError, ReplyTooLongError
from poptui.pop3.events import Challenge, ClosingError, Event, Greeting, Reply
from poptui.pop3.framing import Body, Buffer, Sink
from poptui.pop3.states import ProtocolState, after
from poptui.secret import Secret, hide_secret_bytes, hide_secrets

_STATUS = re.compile(rb"[ \t]*(\+OK|-ERR)(?=[ \t]|\Z)", re.IGNORECASE)


@dataclass(slots=True)
class _Awaited:
    """A command under way, and what has come of its reply."""

    command: Command
    sink: Sink | None
    kept: BytesIO | None = None
    text: str = ""
    octets: int = 0
    our_turn: bool = False
    """A challenge of AUTH waits for our answer."""
    cancelled: bool = False
    """We have cancelled AUTH: only a refusal can follow."""

    def write(self, chunk: bytes) -> None:
        """Keep what may be kept; raises ProtocolError where the reply has no end."""
        room = self.command.kept - self.octets
        self.octets += len(chunk)
        self.bear(0)
        if room > 0:
            self._store().write(chunk[:room])

    def _store(self) -> Sink:
        if self.sink is not None:
            return self.sink
        self.kept = self.kept or BytesIO()
        return self.kept

    def bear(self, begun: int) -> None:
        """Raises ProtocolError where the reply, with ``begun`` octets to come, has no end."""
        if self.octets + begun > self.command.limit:
            raise ReplyTooLongError(self.command.verb, self.header_of)

    @property
    def header_of(self) -> int:
        """The message whose header is asked for, 0 where something else is."""
        return self.command.number if isinstance(self.command, Top) else 0


class Connection:
    """One session from the greeting to its end."""

    def __init__(self, *, readonly: bool = False) -> None:
        self.state = ProtocolState.GREETING
        self.deleted: set[int] = set()
        """Message numbers that the server holds as deleted: DELE answered by +OK since RSET."""
        self._doubtful: set[int] = set()
        self.downloaded: set[int] = set()
        """Message numbers that the server may take as downloaded."""
        self.after_download = AfterDownload.UNKNOWN
        """What becomes of these at QUIT; to be set once the server has said so."""
        self._readonly = readonly
        self._buffer = Buffer()
        self._awaited: deque[_Awaited] = deque()
        self._body: Body | None = None
        self._strays = 0
        self._credentials: list[Secret] = []
        """What was sent to log in, beside the password: hidden wherever the server repeats it."""
        self._talk_allowed = True
        self._handshake_due = False

    @property
    def outstanding(self) -> int:
        """How many commands wait for their replies."""
        return len(self._awaited)

    @property
    def half_a_header(self) -> int:
        """The message whose header has begun to come, 0 where none has."""
        if self._body is None or not (self._awaited[0].octets or len(self._buffer)):
            return 0
        return self._awaited[0].header_of

    @property
    def unanswered_deletions(self) -> Set[int]:
        """Message numbers whose DELE was sent and is not answered."""
        return self._doubtful

    # --- sending

    def send(self, command: Command, sink: Sink | None = None) -> bytes:
        """The octets of ``command``; its body will go to ``sink``, or into the Reply.

        Raises LocalError where the command may not be sent now; nothing has changed then.
        """
        self._check(command)
        line = command.encode()
        if self._readonly and _deletes(command, line):
            raise LocalError(f"{command.verb} would delete, and the session is read-only")
        self._awaited.append(_Awaited(command, sink))
        if isinstance(command, (Apop, Auth)):
            self._credentials += [Secret(one) for one in command.arguments()[1:]]
        if isinstance(command, Dele):
            self._doubtful.add(command.number)
        elif isinstance(command, Retr):
            self.downloaded.add(command.number)
        return line

    def removed_by_quit(self, deleting: Set[int]) -> Set[int]:
        """Which downloaded messages the server may remove at QUIT beside ``deleting``."""
        if self.after_download is AfterDownload.KEPT:
            return frozenset()
        return self.downloaded - deleting

    def respond(self, data: bytes | None) -> bytes:
        """Our turn in an AUTH exchange, None to cancel it (RFC 5034 section 4)."""
        if not (self._awaited and self._awaited[0].our_turn):
            raise LocalError("no challenge of AUTH waits for an answer")
        line = b"*" if data is None else b64encode(data)
        if len(line) > limits.MAX_AUTH_LINE_BYTES:
            raise LocalError("the AUTH response is too long for a line")
        self._awaited[0].our_turn, self._awaited[0].cancelled = False, data is None
        self._credentials.append(Secret(line.decode("ascii")))
        return line + b"\r\n"

    def secured(self) -> None:
        """TLS stands. Raises ProtocolError where octets came in clear after STLS (an injection)."""
        if len(self._buffer):
            raise ProtocolError("unencrypted octets after the answer to STLS")
        self._handshake_due = False

    def _check(self, command: Command) -> None:
        if self.state not in command.states or self._handshake_due:
            raise LocalError(f"{command.verb} has no place in the {self.state.value} state")
        if self._awaited and not (command.pipelined and self._awaited[-1].command.pipelined):
            raise LocalError(f"{command.verb} does not go into a flight with others")
        if isinstance(command, Quit):
            unconfirmed = (self.deleted | self._doubtful) - command.deleting
            if unconfirmed:
                raise LocalError(f"QUIT would delete {len(unconfirmed)} messages unconfirmed")
            removed = self.removed_by_quit(command.deleting)
            certain = self.after_download is AfterDownload.REMOVED
            if removed and (certain or not command.deleting):
                raise LocalError(f"QUIT may remove {len(removed)} messages that were downloaded")

    # --- receiving

    def receive(self, data: bytes) -> Iterator[Event]:
        """The events that ``data`` completes; to be exhausted before the next call.

        Raises ProtocolError, after the events that came before the fault.
        """
        self._buffer.feed(data)
        moving = True
        while moving:
            moving, event = self._advance()
            if event is not None:
                yield event

    def _advance(self) -> tuple[bool, Event | None]:
        """One step: whether there was enough to take one, and the event that it completed."""
        if self._handshake_due:
            return False, None
        if self._body is not None:
            return self._take_body(self._body)
        if self._awaited and self._awaited[0].command.header and not self._strays:
            header = self._take_header(self._awaited[0])
            if header is not None:
                return True, header
        line = self._buffer.line()
        if line is None:
            return False, None
        return True, self._take_line(*line)

    def _take_header(self, awaited: _Awaited) -> Reply | None:
        """The whole of a plain reply to TOP at once: there are tens of thousands of them."""
        whole = None if awaited.sink is not None else self._buffer.whole(awaited.command.kept)
        if whole is None:
            return None
        self._awaited.popleft()
        self._talk_allowed = False
        if self.after_download is AfterDownload.REMOVED:
            self._note_top(awaited.command, whole[1])
        code, words = split_code(_text(whole[0].strip(b" \t")))
        return Reply(awaited.command, True, words, code, whole[1], len(whole[1]))

    def _take_body(self, body: Body) -> tuple[bool, Event | None]:
        chunk, ended = body.read()
        awaited = self._awaited[0]
        awaited.write(chunk)
        if not ended:
            awaited.bear(body.begun)
            return False, None
        self._body, self._talk_allowed = None, False
        return True, self._complete(awaited, ok=True)

    def _take_line(self, line: bytes, bare: bool) -> Event | None:
        status = _STATUS.match(line)
        if status is not None:
            self._strays = 0
            words = _text(line[status.end() :].strip(b" \t"))
            return self._take_status(status[1].upper() == b"+OK", words, bare)
        if self._challenged() and line[:1] == b"+":
            return self._take_challenge(line)
        self._stray(line)
        return None

    def _take_challenge(self, line: bytes) -> Challenge:
        """The server's turn is over; after a cancel it has none (RFC 5034 section 4)."""
        awaited = self._awaited[0]
        if awaited.cancelled:
            raise ProtocolError("a challenge after AUTH was cancelled", _text(line))
        awaited.our_turn = True
        return Challenge(_decoded(line[1:].strip()))

    def _take_status(self, ok: bool, text: str, bare: bool) -> Event | None:
        if self.state is ProtocolState.GREETING:
            self.state = after(self.state, "+OK" if ok else "-ERR")
            return Greeting(ok, text, split_code(text)[0])
        if not self._awaited:
            return self._uncalled(ok, text)
        awaited = self._awaited[0]
        awaited.text = text
        if ok and awaited.command.multiline:
            self._body = Body(self._buffer, bare=bare)
            return None
        if not isinstance(awaited.command, (List, Noop)):
            self._talk_allowed = True  # these two prove that a body ended, so nothing may follow
        return self._complete(awaited, ok)

    def _complete(self, awaited: _Awaited, ok: bool) -> Reply:
        self._awaited.popleft()
        self._note(awaited.command, ok)
        code, words = split_code(awaited.text)
        if not (ok and isinstance(awaited.command, (Stat, List, Uidl))):
            words = hide_secrets(words)  # a server may repeat what it was sent
        body = awaited.kept.getvalue() if awaited.kept else b""
        if isinstance(awaited.command, Capa):
            body = b"\r\n".join(map(hide_secret_bytes, body.split(b"\r\n")))
        if ok and self.after_download is AfterDownload.REMOVED:
            self._note_top(awaited.command, body)
        return Reply(awaited.command, ok, words, code, body, awaited.octets)

    def _note(self, command: Command, ok: bool) -> None:
        """Keep account of the state and of what the server holds as deleted."""
        if isinstance(command, Dele):
            self._doubtful.discard(command.number)
            self.deleted |= {command.number} if ok else set()
        elif isinstance(command, Retr):
            if not ok:
                self.downloaded.discard(command.number)
        elif isinstance(command, Rset) and ok:
            self.deleted.clear()
        elif isinstance(command, Quit):
            self.state = after(self.state, command.verb) if ok else ProtocolState.CLOSED
        elif ok:
            self.state = after(self.state, command.verb)
            self._handshake_due = isinstance(command, Stls)

    def _note_top(self, command: Command, body: bytes) -> None:
        """A TOP that brings more than the header may be a download to the server as well."""
        if isinstance(command, Top) and (
            isinstance(command, Peek) or body.partition(b"\r\n\r\n")[2].strip()
        ):
            self.downloaded.add(command.number)

    def _challenged(self) -> bool:
        return bool(self._awaited) and isinstance(self._awaited[0].command, Auth)

    def _uncalled(self, ok: bool, text: str) -> Event:
        if ok:
            raise ProtocolError("an answer to nothing", text)
        return ClosingError(text)

    def _stray(self, line: bytes) -> None:
        """A line that is no status: put up with it only where it cannot be part of a message.

        After a body it may be the rest of one whose dots were not stuffed: then every line that
        follows may be a sender's, an apparent reply too.
        """
        self._strays += 1
        greeted = self.state is not ProtocolState.GREETING
        if line.strip() and not (greeted and self._talk_allowed):
            raise ProtocolError("something that is no POP3 reply", _text(line))
        if self._strays > limits.MAX_STRAY_LINES:
            raise ProtocolError("many lines that are no POP3 replies", _text(line))


def _deletes(command: Command, line: bytes) -> bool:
    """Whether it is about a deletion, under whatever name it is sent."""
    deleting = isinstance(command, Quit) and bool(command.deleting)
    return deleting or line.split(maxsplit=1)[0].upper() == b"DELE"


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _decoded(octets: bytes) -> bytes:
    try:
        return b64decode(octets, validate=True)
    except binascii.Error:
        return octets
