"""One POP3 session of the demo server, without a socket: lines in, replies out."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from poptui.demo.login import AuthCancelledError, AuthExchange, DemoAccount, decode_answer
from poptui.demo.stored_mailbox import DemoSessionView, StoredMailbox, StoredMessage


class RefusedError(Exception):
    """A command is refused; the text is sent after ``-ERR``."""


class DemoState(Enum):
    """The state of a session (RFC 1939 section 3)."""

    AUTHORIZATION = "authorization"
    TRANSACTION = "transaction"
    ENDED = "ended"


@dataclass(frozen=True)
class DemoService:
    """The state that all sessions of a server share: mailbox, user, and offered features."""

    mailbox: StoredMailbox
    account: DemoAccount
    pipelining: bool = True
    capa: bool = True


class DemoSession:
    """Answers the lines of one connection; ``close`` unlocks the mailbox."""

    def __init__(self, service: DemoService, timestamp: bytes) -> None:
        self._service = service
        self._timestamp = timestamp
        self._view: DemoSessionView | None = None
        self._user = b""
        self._exchange: AuthExchange | None = None
        self.state = DemoState.AUTHORIZATION

    @property
    def greeting(self) -> bytes:
        """The first line of the session, with the timestamp for APOP."""
        return _ok(b"POP3 demo server ready " + self._timestamp)

    def answer(self, line: bytes) -> bytes:
        """Return the complete reply to a line, which is given without its line end."""
        try:
            if self._exchange is not None:
                return self._continue_auth(self._exchange, line)
            keyword, _, argument = line.partition(b" ")
            return self._handler(keyword.upper())(self, argument)
        except AuthCancelledError:
            return _err("Authentication cancelled")
        except RefusedError as refusal:
            return _err(str(refusal))

    def shown(self, line: bytes) -> bytes:
        """Return ``line`` for the log, without passwords."""
        if self._exchange is not None:
            return b"***"
        keyword, _, argument = line.partition(b" ")
        mechanism, space, _ = argument.partition(b" ")
        if keyword.upper() == b"PASS":
            return keyword + b" ***"
        if keyword.upper() == b"AUTH" and space:
            return keyword + b" " + mechanism + b" ***"
        return line

    def close(self) -> None:
        """End the session after a lost connection: delete nothing and unlock the mailbox."""
        self._end(update=False)

    def _handler(self, keyword: bytes) -> Handler:
        by_state = _COMMANDS.get(keyword)
        if by_state is None or (keyword == b"CAPA" and not self._service.capa):
            raise RefusedError("Unknown command")
        if self.state not in by_state:
            raise RefusedError("Not in this state")
        return by_state[self.state]

    def _end(self, *, update: bool) -> None:
        self.state = DemoState.ENDED
        if self._view is not None:
            self._service.mailbox.unlock(self._view, update=update)

    def _name(self, argument: bytes) -> bytes:
        (self._user,) = _split_arguments(argument, 1)
        return _ok(b"please send the PASS")

    def _pass(self, argument: bytes) -> bytes:
        if not self._user:
            raise RefusedError("USER first")
        user, self._user = self._user, b""
        return self._log_in(self._service.account.admits(user, argument))

    def _apop(self, argument: bytes) -> bytes:
        user, digest = _split_arguments(argument, 2)
        return self._log_in(self._service.account.admits_digest(user, digest, self._timestamp))

    def _auth(self, argument: bytes) -> bytes:
        mechanism, _, initial = argument.partition(b" ")
        account = self._service.account
        offered = {b"PLAIN": account.plain, b"LOGIN": account.login}
        if mechanism.upper() not in offered:
            raise RefusedError("No such mechanism")
        exchange = offered[mechanism.upper()]()
        challenge = next(exchange)
        if initial:
            return self._continue_auth(exchange, initial)
        return self._challenge(exchange, challenge)

    def _continue_auth(self, exchange: AuthExchange, line: bytes) -> bytes:
        self._exchange = None
        try:
            return self._challenge(exchange, exchange.send(decode_answer(line)))
        except StopIteration as end:
            return self._log_in(end.value)

    def _challenge(self, exchange: AuthExchange, challenge: bytes) -> bytes:
        self._exchange = exchange
        return b"+ " + base64.b64encode(challenge) + b"\r\n"

    def _log_in(self, accepted: bool) -> bytes:
        if not accepted:
            raise RefusedError("[AUTH] Go away!")
        self._view = self._service.mailbox.lock()
        if self._view is None:
            raise RefusedError("[IN-USE] Another session has this mailbox open")
        self.state = DemoState.TRANSACTION
        return _ok(b"%d messages (%d bytes)" % (len(self._view.messages), self._view.octets()))

    def _capa(self, _: bytes) -> bytes:
        lines = [b"TOP", b"UIDL", b"RESP-CODES", b"AUTH-RESP-CODE"]
        lines += [b"PIPELINING"] if self._service.pipelining else []
        before = self.state is DemoState.AUTHORIZATION
        lines += [b"USER", b"SASL PLAIN LOGIN"] if before else [b"EXPIRE NEVER"]
        return _listing(b"Capability list follows", [*lines, b"IMPLEMENTATION poptui-demo"])

    def _help(self, _: bytes) -> bytes:
        return _ok(b"Valid commands: " + b", ".join(_COMMANDS))

    def _quit(self, _: bytes) -> bytes:
        self._end(update=True)
        return _ok(b"POP3 demo server connection closed")

    @property
    def _open_view(self) -> DemoSessionView:
        assert self._view is not None, "the command table allows this only after the login"
        return self._view

    def _find(self, argument: bytes) -> tuple[int, StoredMessage]:
        number = _parse_number(argument)
        found = self._open_view.find(number)
        if found is None:
            raise RefusedError(f"There's no message {number}")
        return number, found

    def _listing(self, argument: bytes, show: Callable[[StoredMessage], bytes]) -> bytes:
        if argument:
            number, found = self._find(argument)
            return _ok(b"%d %s" % (number, show(found)))
        rows = [b"%d %s" % (number, show(found)) for number, found in self._open_view.remaining()]
        return _listing(b"%d messages" % len(rows), rows)

    def _list(self, argument: bytes) -> bytes:
        return self._listing(argument, lambda found: b"%d" % len(found.data))

    def _uidl(self, argument: bytes) -> bytes:
        return self._listing(argument, lambda found: found.uid.encode())

    def _stat(self, _: bytes) -> bytes:
        return _ok(b"%d %d" % (len(self._open_view.remaining()), self._open_view.octets()))

    def _top(self, argument: bytes) -> bytes:
        number, _, count = argument.partition(b" ")
        _, found = self._find(number)
        return _message(_top(found.data, _parse_number(count) if count else 0))

    def _retr(self, argument: bytes) -> bytes:
        number, found = self._find(argument)
        self._open_view.last_seen = max(self._open_view.last_seen, number)
        return _message(found.data)

    def _dele(self, argument: bytes) -> bytes:
        number, _ = self._find(argument)
        self._open_view.deleted.add(number)
        return _ok(b"marked deleted")

    def _rset(self, _: bytes) -> bytes:
        self._open_view.reset()
        return _ok(
            b"%d messages (%d bytes)" % (len(self._open_view.messages), self._open_view.octets())
        )

    def _last(self, _: bytes) -> bytes:
        return _ok(b"%d is last seen" % self._open_view.last_seen)

    def _noop(self, _: bytes) -> bytes:
        return _ok(b"cool")

    def _xtnd(self, _: bytes) -> bytes:
        raise RefusedError("XTND: no such extension")


def _ok(text: bytes) -> bytes:
    """Return a positive reply of one line."""
    return b"+OK " + text + b"\r\n"


def _err(text: str) -> bytes:
    """Return a refusal."""
    return b"-ERR " + text.encode() + b"\r\n"


def _listing(text: bytes, lines: Iterable[bytes]) -> bytes:
    """Return a multi-line reply; no line may begin with a dot."""
    return _ok(text) + b"".join(line + b"\r\n" for line in lines) + b".\r\n"


def _message(data: bytes) -> bytes:
    """Return a multi-line reply with (a part of) a message, dot-stuffed (RFC 1939 section 3)."""
    first = b"." if data.startswith(b".") else b""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    return b"".join((_ok(b"message follows"), first, stuffed, b".\r\n"))


def _top(data: bytes, lines: int) -> bytes:
    """Return the header, the blank line, and the given number of body lines (TOP)."""
    end = _header_end(data)
    for _ in range(lines):
        line_end = data.find(b"\r\n", end)
        if line_end < 0:
            break
        end = line_end + 2
    return data[:end]


def _header_end(data: bytes) -> int:
    if data.startswith(b"\r\n"):
        return 2
    blank = data.find(b"\r\n\r\n")
    return len(data) if blank < 0 else blank + 4


def _split_arguments(argument: bytes, count: int) -> list[bytes]:
    """Return exactly ``count`` arguments. Raises RefusedError."""
    found = argument.split()
    if len(found) != count:
        raise RefusedError("Wrong number of arguments")
    return found


def _parse_number(argument: bytes) -> int:
    """Parse a message number or a number of lines. Raises RefusedError."""
    if not argument.isdigit() or len(argument) > 9:
        raise RefusedError("Invalid number")
    return int(argument)


Handler = Callable[[DemoSession, bytes], bytes]


def _before_login(handler: Handler) -> dict[DemoState, Handler]:
    return {DemoState.AUTHORIZATION: handler}


def _after_login(handler: Handler) -> dict[DemoState, Handler]:
    return {DemoState.TRANSACTION: handler}


_COMMANDS: dict[bytes, dict[DemoState, Handler]] = {
    b"USER": _before_login(DemoSession._name),
    b"PASS": _before_login(DemoSession._pass),
    b"APOP": _before_login(DemoSession._apop),
    b"AUTH": _before_login(DemoSession._auth),
    b"CAPA": _before_login(DemoSession._capa) | _after_login(DemoSession._capa),
    b"HELP": _before_login(DemoSession._help) | _after_login(DemoSession._help),
    b"QUIT": _before_login(DemoSession._quit) | _after_login(DemoSession._quit),
    b"STAT": _after_login(DemoSession._stat),
    b"LIST": _after_login(DemoSession._list),
    b"UIDL": _after_login(DemoSession._uidl),
    b"TOP": _after_login(DemoSession._top),
    b"RETR": _after_login(DemoSession._retr),
    b"DELE": _after_login(DemoSession._dele),
    b"RSET": _after_login(DemoSession._rset),
    b"NOOP": _after_login(DemoSession._noop),
    b"LAST": _after_login(DemoSession._last),
    b"XTND": _after_login(DemoSession._xtnd),
}
"""The commands and the states in which they are allowed (RFC 1939 sections 4 to 7)."""
