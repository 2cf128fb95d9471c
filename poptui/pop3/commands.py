"""Every command of the protocol: a frozen value that encodes itself and knows its rules."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import ClassVar

from poptui.pop3 import limits
from poptui.pop3.errors import LocalError
from poptui.pop3.states import BEFORE_LOGIN, EITHER, IN_MAILBOX, ProtocolState
from poptui.secret import Secret

MESSAGES = 2**31 - 1
"""The largest message number that is sent: what a server of 32 bits can read."""

_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Command:
    """What all commands have in common; the class attributes are the rules of the verb."""

    verb: ClassVar[str]
    states: ClassVar[frozenset[ProtocolState]] = IN_MAILBOX
    """Where RFC 1939 and its extensions allow the command."""
    pipelined: ClassVar[bool] = True
    """May stand in a flight with others (RFC 2449 section 6.6); what changes the state may not."""
    header: ClassVar[bool] = False
    """The reply is a header, of which there are many."""
    limit: ClassVar[int] = limits.MAX_LISTING_BYTES
    """The octets of a multi-line reply that are read before the session is given up."""
    kept: ClassVar[int] = limits.MAX_LISTING_BYTES
    """The octets of it that are kept."""

    @property
    def multiline(self) -> bool:
        """Whether ``+OK`` is followed by lines up to a dot."""
        return False

    def arguments(self) -> tuple[str, ...]:
        """What follows the verb."""
        return ()

    def encode(self) -> bytes:
        """The command line with its CRLF.

        Raises LocalError for an argument that would break the line or the protocol.
        """
        line = " ".join((self.verb, *(_checked(argument) for argument in self.arguments())))
        octets = line.encode() + b"\r\n"
        if len(octets) > self.longest:
            raise LocalError(f"{self.verb} would be longer than {self.longest} octets")
        return octets

    longest: ClassVar[int] = limits.MAX_COMMAND_BYTES


def _checked(argument: str) -> str:
    if _UNSENDABLE.search(argument):
        raise LocalError("a command takes no control characters, nor what UTF-8 cannot hold")
    return argument


def _number(number: int) -> str:
    if not 1 <= number <= MESSAGES:
        raise LocalError(f"{number} is no message number")
    return str(number)


def _word(text: str) -> str:
    if not text or " " in text:
        raise LocalError("a word is due here, without spaces")
    return text


@dataclass(frozen=True)
class User(Command):
    """USER name: RFC 1939 section 7."""

    verb = "USER"
    states = BEFORE_LOGIN
    pipelined = False
    name: str

    def arguments(self) -> tuple[str, ...]:
        return (self.name,)


@dataclass(frozen=True)
class Pass(Command):
    """PASS string: all up to the CRLF is the password, spaces too (RFC 1939 section 7)."""

    verb = "PASS"
    states = BEFORE_LOGIN
    pipelined = False
    longest = limits.MAX_AUTH_LINE_BYTES
    password: Secret

    def arguments(self) -> tuple[str, ...]:
        return (self.password.reveal(),)


@dataclass(frozen=True)
class Apop(Command):
    """APOP name digest: RFC 1939 section 7. The digest comes from :mod:`poptui.pop3.apop`."""

    verb = "APOP"
    states = BEFORE_LOGIN
    pipelined = False
    name: str
    digest: str = field(repr=False)

    def arguments(self) -> tuple[str, ...]:
        return (_word(self.name), self.digest)


@dataclass(frozen=True)
class Auth(Command):
    """AUTH mechanism [initial-response]: RFC 5034 section 4.

    The initial response goes along only where the line fits in 255 octets; else the server
    asks for it (two-step AUTH).
    """

    verb = "AUTH"
    states = BEFORE_LOGIN
    pipelined = False
    mechanism: str
    initial: bytes | None = field(default=None, repr=False)

    def arguments(self) -> tuple[str, ...]:
        if self.initial is None:
            return (_word(self.mechanism),)
        return (_word(self.mechanism), b64encode(self.initial).decode() or "=")

    @property
    def fits(self) -> bool:
        """Whether the line is short enough to carry its initial response."""
        return len(" ".join((self.verb, *self.arguments())).encode()) + 2 <= self.longest


class Capa(Command):
    """CAPA: RFC 2449 section 5."""

    verb = "CAPA"
    states = EITHER
    limit = kept = limits.MAX_CAPA_BYTES
    multiline = True


class Stls(Command):
    """STLS: RFC 2595 section 4. The TLS handshake follows its +OK at once."""

    verb = "STLS"
    states = BEFORE_LOGIN
    pipelined = False


class Utf8(Command):
    """UTF8: RFC 6856 section 2."""

    verb = "UTF8"
    states = BEFORE_LOGIN
    pipelined = False


class Stat(Command):
    """STAT: the number of messages and their octets (RFC 1939 section 5)."""

    verb = "STAT"


@dataclass(frozen=True)
class _Listing(Command):
    number: int | None = None

    @property
    def multiline(self) -> bool:
        return self.number is None

    def arguments(self) -> tuple[str, ...]:
        return () if self.number is None else (_number(self.number),)


class List(_Listing):
    """LIST [number]: the scan listing (RFC 1939 section 5)."""

    verb = "LIST"


class Uidl(_Listing):
    """UIDL [number]: the unique-id listing (RFC 1939 section 7)."""

    verb = "UIDL"


@dataclass(frozen=True)
class Top(Command):
    """TOP number lines: the header and so many lines of the body (RFC 1939 section 7)."""

    verb = "TOP"
    header = multiline = True
    limit, kept = limits.MAX_DRAINED_HEADER_BYTES, limits.MAX_HEADER_BYTES
    number: int
    lines: int = 0

    def encode(self) -> bytes:
        """As any command, but quicker: there are tens of thousands of it."""
        if 1 <= self.number <= MESSAGES and 0 <= self.lines <= MESSAGES:
            return b"TOP %d %d\r\n" % (self.number, self.lines)
        return super().encode()

    def arguments(self) -> tuple[str, ...]:
        if not 0 <= self.lines <= MESSAGES:
            raise LocalError(f"TOP takes no {self.lines} lines")
        return (_number(self.number), str(self.lines))


class Peek(Top):
    """TOP for reading: all of it is kept, not the header alone."""

    kept = limits.MAX_DRAINED_HEADER_BYTES


@dataclass(frozen=True)
class _OneMessage(Command):
    number: int

    def arguments(self) -> tuple[str, ...]:
        return (_number(self.number),)


class Retr(_OneMessage):
    """RETR number: the whole message (RFC 1939 section 5)."""

    verb = "RETR"
    multiline = True
    limit = kept = limits.MAX_MESSAGE_BYTES


class Dele(_OneMessage):
    """DELE number: mark for the UPDATE state (RFC 1939 section 5)."""

    verb = "DELE"


class Rset(Command):
    """RSET: take back every mark of the session (RFC 1939 section 5)."""

    verb = "RSET"


class Noop(Command):
    """NOOP: a sign of life (RFC 1939 section 5)."""

    verb = "NOOP"


@dataclass(frozen=True)
class Quit(Command):
    """QUIT: in the mailbox, the commit (RFC 1939 section 6).

    ``deleting`` names the message numbers that the caller confirmed to delete. The session
    refuses to encode a QUIT that would delete anything else.
    """

    verb = "QUIT"
    states = EITHER
    pipelined = False
    deleting: frozenset[int] = frozenset()


class Last(Command):
    """LAST: the highest number read (RFC 1225; obsolete, some servers keep it)."""

    verb = "LAST"


class Help(Command):
    """HELP: no RFC has it; servers that know it answer with one line."""

    verb = "HELP"
    states = EITHER


@dataclass(frozen=True)
class Xtnd(Command):
    """XTND subcommand: RFC 1082 section 3; the reply to XLST is a listing."""

    verb = "XTND"
    subcommand: str
    rest: str = ""

    @property
    def multiline(self) -> bool:
        return self.subcommand.upper() in {"BBOARDS", "XLST"}

    def arguments(self) -> tuple[str, ...]:
        return (_word(self.subcommand), *filter(None, (self.rest,)))
