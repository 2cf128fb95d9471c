"""One POP3 session, from bytes to bytes: RFC 1939's states and commands, without a socket."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from poptui.demo.login import AuthCancelledError, DemoAccount, Exchange, decoded
from poptui.demo.replies import RefusedError, beginning, err, listing, message, number, ok, words
from poptui.demo.stored_mailbox import DemoSessionView, StoredMailbox, StoredMessage


class DemoState(Enum):
    """Where a session stands (RFC 1939 section 3)."""

    AUTHORIZATION = "authorization"
    TRANSACTION = "transaction"
    ENDED = "ended"


@dataclass(frozen=True)
class Service:
    """What all sessions of a server share: the maildrop, its user, and what is offered."""

    mailbox: StoredMailbox
    account: DemoAccount
    pipelining: bool = True
    capa: bool = True


class DemoSession:
    """Answers the lines of one connection; ``close`` frees what it holds."""

    def __init__(self, service: Service, timestamp: bytes) -> None:
        self._service = service
        self._timestamp = timestamp
        self._visit: DemoSessionView | None = None
        self._user = b""
        self._exchange: Exchange | None = None
        self.state = DemoState.AUTHORIZATION

    @property
    def greeting(self) -> bytes:
        """The first line of the connection, with the timestamp that APOP needs."""
        return ok(b"POP3 demo server ready " + self._timestamp)

    def answer(self, line: bytes) -> bytes:
        """The whole reply to one line, given without its line end."""
        try:
            if self._exchange is not None:
                return self._go_on(self._exchange, line)
            keyword, _, argument = line.partition(b" ")
            return self._command(keyword.upper())(self, argument)
        except AuthCancelledError:
            return err("Authentication cancelled")
        except RefusedError as refusal:
            return err(str(refusal))

    def shown(self, line: bytes) -> bytes:
        """``line`` as it may be logged: without passwords."""
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
        """The connection is gone: what was marked stays, the lock is freed."""
        self._leave(update=False)

    def _command(self, keyword: bytes) -> Command:
        by_state = _COMMANDS.get(keyword)
        if by_state is None or (keyword == b"CAPA" and not self._service.capa):
            raise RefusedError("Unknown command")
        if self.state not in by_state:
            raise RefusedError("Not in this state")
        return by_state[self.state]

    def _leave(self, *, update: bool) -> None:
        self.state = DemoState.ENDED
        if self._visit is not None:
            self._service.mailbox.leave(self._visit, update=update)

    def _name(self, argument: bytes) -> bytes:
        (self._user,) = words(argument, 1)
        return ok(b"please send the PASS")

    def _pass(self, argument: bytes) -> bytes:
        if not self._user:
            raise RefusedError("USER first")
        user, self._user = self._user, b""
        return self._enter(self._service.account.admits(user, argument))

    def _apop(self, argument: bytes) -> bytes:
        user, digest = words(argument, 2)
        return self._enter(self._service.account.admits_digest(user, digest, self._timestamp))

    def _auth(self, argument: bytes) -> bytes:
        mechanism, _, initial = argument.partition(b" ")
        account = self._service.account
        offered = {b"PLAIN": account.plain, b"LOGIN": account.login}
        if mechanism.upper() not in offered:
            raise RefusedError("No such mechanism")
        exchange = offered[mechanism.upper()]()
        challenge = next(exchange)
        if initial:
            return self._go_on(exchange, initial)
        return self._challenge(exchange, challenge)

    def _go_on(self, exchange: Exchange, line: bytes) -> bytes:
        self._exchange = None
        try:
            return self._challenge(exchange, exchange.send(decoded(line)))
        except StopIteration as end:
            return self._enter(end.value)

    def _challenge(self, exchange: Exchange, challenge: bytes) -> bytes:
        self._exchange = exchange
        return b"+ " + base64.b64encode(challenge) + b"\r\n"

    def _enter(self, admitted: bool) -> bytes:
        if not admitted:
            raise RefusedError("[AUTH] Go away!")
        self._visit = self._service.mailbox.enter()
        if self._visit is None:
            raise RefusedError("[IN-USE] Another session has this maildrop open")
        self.state = DemoState.TRANSACTION
        return ok(b"%d messages (%d bytes)" % (len(self._visit.letters), self._visit.octets()))

    def _capa(self, _: bytes) -> bytes:
        lines = [b"TOP", b"UIDL", b"RESP-CODES", b"AUTH-RESP-CODE"]
        lines += [b"PIPELINING"] if self._service.pipelining else []
        before = self.state is DemoState.AUTHORIZATION
        lines += [b"USER", b"SASL PLAIN LOGIN"] if before else [b"EXPIRE NEVER"]
        return listing(b"Capability list follows", [*lines, b"IMPLEMENTATION poptui-demo"])

    def _help(self, _: bytes) -> bytes:
        return ok(b"Valid commands: " + b", ".join(_COMMANDS))

    def _quit(self, _: bytes) -> bytes:
        self._leave(update=True)
        return ok(b"POP3 demo server connection closed")

    @property
    def _here(self) -> DemoSessionView:
        assert self._visit is not None, "the table of commands lets no one here before login"
        return self._visit

    def _letter(self, argument: bytes) -> tuple[int, StoredMessage]:
        which = number(argument)
        letter = self._here.find(which)
        if letter is None:
            raise RefusedError(f"There's no message {which}")
        return which, letter

    def _listing(self, argument: bytes, show: Callable[[StoredMessage], bytes]) -> bytes:
        if argument:
            which, letter = self._letter(argument)
            return ok(b"%d %s" % (which, show(letter)))
        rows = [b"%d %s" % (which, show(letter)) for which, letter in self._here.remaining()]
        return listing(b"%d messages" % len(rows), rows)

    def _list(self, argument: bytes) -> bytes:
        return self._listing(argument, lambda letter: b"%d" % len(letter.data))

    def _uidl(self, argument: bytes) -> bytes:
        return self._listing(argument, lambda letter: letter.uid.encode())

    def _stat(self, _: bytes) -> bytes:
        return ok(b"%d %d" % (len(self._here.remaining()), self._here.octets()))

    def _top(self, argument: bytes) -> bytes:
        which, _, count = argument.partition(b" ")
        _, letter = self._letter(which)
        return message(beginning(letter.data, number(count) if count else 0))

    def _retr(self, argument: bytes) -> bytes:
        which, letter = self._letter(argument)
        self._here.last_seen = max(self._here.last_seen, which)
        return message(letter.data)

    def _dele(self, argument: bytes) -> bytes:
        which, _ = self._letter(argument)
        self._here.deleted.add(which)
        return ok(b"marked deleted")

    def _rset(self, _: bytes) -> bytes:
        self._here.reset()
        return ok(b"%d messages (%d bytes)" % (len(self._here.letters), self._here.octets()))

    def _last(self, _: bytes) -> bytes:
        return ok(b"%d is last seen" % self._here.last_seen)

    def _noop(self, _: bytes) -> bytes:
        return ok(b"cool")

    def _xtnd(self, _: bytes) -> bytes:
        raise RefusedError("XTND: no such extension")


Command = Callable[[DemoSession, bytes], bytes]


def _before(command: Command) -> dict[DemoState, Command]:
    return {DemoState.AUTHORIZATION: command}


def _after(command: Command) -> dict[DemoState, Command]:
    return {DemoState.TRANSACTION: command}


_COMMANDS: dict[bytes, dict[DemoState, Command]] = {
    b"USER": _before(DemoSession._name),
    b"PASS": _before(DemoSession._pass),
    b"APOP": _before(DemoSession._apop),
    b"AUTH": _before(DemoSession._auth),
    b"CAPA": _before(DemoSession._capa) | _after(DemoSession._capa),
    b"HELP": _before(DemoSession._help) | _after(DemoSession._help),
    b"QUIT": _before(DemoSession._quit) | _after(DemoSession._quit),
    b"STAT": _after(DemoSession._stat),
    b"LIST": _after(DemoSession._list),
    b"UIDL": _after(DemoSession._uidl),
    b"TOP": _after(DemoSession._top),
    b"RETR": _after(DemoSession._retr),
    b"DELE": _after(DemoSession._dele),
    b"RSET": _after(DemoSession._rset),
    b"NOOP": _after(DemoSession._noop),
    b"LAST": _after(DemoSession._last),
    b"XTND": _after(DemoSession._xtnd),
}
"""Which commands there are, and in which states (RFC 1939 sections 4 to 7)."""
