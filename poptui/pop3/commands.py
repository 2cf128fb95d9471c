"""The commands poptui sends: values that encode themselves and know the rules of their verb."""

from __future__ import annotations

from base64 import b64encode
from typing import ClassVar

from poptui.patterns import lazy_pattern
from poptui.pop3 import limits
from poptui.pop3.auth import UTF_8, encode_login
from poptui.pop3.errors import LocalError
from poptui.pop3.states import AFTER_LOGIN, ANYTIME, BEFORE_LOGIN, ProtocolState
from poptui.secret import Secret

MAX_MESSAGE_NUMBER = 2**31 - 1
"""The largest number that a server with 32-bit integers can read."""

_UNSENDABLE = lazy_pattern("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Command:
    """Base of all commands; its class attributes are the rules of the verb.

    Commands are immutable values. It is no dataclass, because making ten of these would take a
    twelfth of the start of a batch command.
    """

    verb: ClassVar[str]
    states: ClassVar[frozenset[ProtocolState]] = AFTER_LOGIN
    """The states in which the command is allowed."""
    can_pipeline: ClassVar[bool] = True
    """Whether it may be sent before earlier commands are answered (RFC 2449 section 6.6).

    Commands that change the state may not."""
    fetches_header: ClassVar[bool] = False
    """Whether the reply is a header. There are many of them, so they are parsed in one step."""
    max_bytes: ClassVar[int] = limits.MAX_LISTING_BYTES
    """The session ends if a multi-line reply is longer than this."""
    max_kept_bytes: ClassVar[int] = limits.MAX_LISTING_BYTES
    """The rest of a longer reply is read, but not kept."""
    max_line_bytes: ClassVar[int] = limits.MAX_COMMAND_BYTES
    """The length of the command line with its CRLF."""

    @property
    def encoding(self) -> str:
        """The encoding of the command line."""
        return UTF_8

    @property
    def multiline(self) -> bool:
        """Whether ``+OK`` is followed by a body."""
        return False

    def arguments(self) -> tuple[str, ...]:
        """Return the arguments after the verb."""
        return ()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        """The verb alone: an argument may be secret."""
        return f"<{type(self).__name__}>"

    def encode(self) -> bytes:
        """Return the command line with its CRLF.

        Raises LocalError for an argument that would break the line or the protocol.
        """
        text = " ".join((self.verb, *(_checked(argument) for argument in self.arguments())))
        line = encode_login(text, self.encoding) + b"\r\n"
        if len(line) > self.max_line_bytes:
            raise LocalError(f"{self.verb} would be longer than {self.max_line_bytes} bytes")
        return line


def _checked(argument: str) -> str:
    if _UNSENDABLE.search(argument):
        raise LocalError("a command cannot hold control characters or broken UTF-8")
    return argument


def _number(number: int) -> str:
    if not 1 <= number <= MAX_MESSAGE_NUMBER:
        raise LocalError(f"{number} is not a message number")
    return str(number)


def _single_word(text: str) -> str:
    if not text or " " in text:
        raise LocalError("an argument must not be empty or contain spaces")
    return text


class _LoginCommand(Command):
    """A command that carries a user or password as the server expects them encoded."""

    states = BEFORE_LOGIN
    can_pipeline = False

    def __init__(self, charset: str) -> None:
        self.charset = charset

    @property
    def encoding(self) -> str:
        return self.charset


class User(_LoginCommand):
    """USER name (RFC 1939 section 7)."""

    verb = "USER"

    def __init__(self, name: str, *, charset: str = UTF_8) -> None:
        super().__init__(charset)
        self.name = name

    def arguments(self) -> tuple[str, ...]:
        return (self.name,)


class Pass(_LoginCommand):
    """PASS string (RFC 1939 section 7). The password may contain spaces."""

    verb = "PASS"
    max_line_bytes = limits.MAX_AUTH_LINE_BYTES

    def __init__(self, password: Secret, *, charset: str = UTF_8) -> None:
        super().__init__(charset)
        self.password = password

    def arguments(self) -> tuple[str, ...]:
        return (self.password.reveal(),)


class Utf8(Command):
    """UTF8 (RFC 6856 section 2): send messages and take user names in UTF-8."""

    verb = "UTF8"
    states = BEFORE_LOGIN
    can_pipeline = False


class Apop(_LoginCommand):
    """APOP name digest (RFC 1939 section 7); see :func:`poptui.pop3.auth.apop_digest`."""

    verb = "APOP"

    def __init__(self, name: str, digest: str, *, charset: str = UTF_8) -> None:
        super().__init__(charset)
        self.name, self.digest = name, digest

    def arguments(self) -> tuple[str, ...]:
        return (_single_word(self.name), self.digest)


class Auth(Command):
    """AUTH mechanism [initial-response] (RFC 5034 section 4).

    Send the initial response only if the line ``fits`` in 255 bytes; else the server asks for it.
    """

    verb = "AUTH"
    states = BEFORE_LOGIN
    can_pipeline = False

    def __init__(self, mechanism: str, initial: bytes | None = None) -> None:
        self.mechanism, self.initial = mechanism, initial

    def arguments(self) -> tuple[str, ...]:
        if self.initial is None:
            return (_single_word(self.mechanism),)
        return (_single_word(self.mechanism), b64encode(self.initial).decode() or "=")

    @property
    def fits(self) -> bool:
        """Whether the line is short enough to carry its initial response."""
        return len(" ".join((self.verb, *self.arguments())).encode()) + 2 <= self.max_line_bytes


class Capa(Command):
    """CAPA (RFC 2449 section 5)."""

    verb = "CAPA"
    states = ANYTIME
    max_bytes = max_kept_bytes = limits.MAX_CAPA_BYTES
    multiline = True


class Stls(Command):
    """STLS (RFC 2595 section 4). The TLS handshake follows its +OK immediately."""

    verb = "STLS"
    states = BEFORE_LOGIN
    can_pipeline = False


class Stat(Command):
    """STAT: the number of messages and their total size (RFC 1939 section 5)."""

    verb = "STAT"


class _NumberedListing(Command):
    def __init__(self, number: int | None = None) -> None:
        self.number = number

    @property
    def multiline(self) -> bool:
        return self.number is None

    def arguments(self) -> tuple[str, ...]:
        return () if self.number is None else (_number(self.number),)


class List(_NumberedListing):
    """LIST [number]: the sizes of messages (RFC 1939 section 5)."""

    verb = "LIST"


class Probe(List):
    """LIST number after a command typed by hand.

    Its reply names the message, which shows that replies and commands are still in step.
    """

    can_pipeline = False


class Uidl(_NumberedListing):
    """UIDL [number]: the UIDs of messages (RFC 1939 section 7)."""

    verb = "UIDL"


class Top(Command):
    """TOP number lines: the header and that many lines of the body (RFC 1939 section 7)."""

    verb = "TOP"
    fetches_header = multiline = True
    max_bytes, max_kept_bytes = limits.MAX_DRAINED_HEADER_BYTES, limits.MAX_HEADER_BYTES

    def __init__(self, number: int, lines: int = 0) -> None:
        self.number, self.lines = number, lines

    def encode(self) -> bytes:
        """Like any command, but faster: tens of thousands are sent."""
        if 1 <= self.number <= MAX_MESSAGE_NUMBER and 0 <= self.lines <= MAX_MESSAGE_NUMBER:
            return b"TOP %d %d\r\n" % (self.number, self.lines)
        return super().encode()

    def arguments(self) -> tuple[str, ...]:
        if not 0 <= self.lines <= MAX_MESSAGE_NUMBER:
            raise LocalError(f"TOP cannot fetch {self.lines} lines")
        return (_number(self.number), str(self.lines))


class PreviewTop(Top):
    """TOP for a preview: the lines of the body are kept too."""

    max_kept_bytes = limits.MAX_DRAINED_HEADER_BYTES


class BareTop(PreviewTop):
    """TOP number, as some old servers take it; only typed by hand."""

    def encode(self) -> bytes:
        """Leave out the number of lines."""
        return Command.encode(self)

    def arguments(self) -> tuple[str, ...]:
        return (_number(self.number),)


class _OneMessage(Command):
    def __init__(self, number: int) -> None:
        self.number = number

    def arguments(self) -> tuple[str, ...]:
        return (_number(self.number),)


class Retr(_OneMessage):
    """RETR number: the whole message (RFC 1939 section 5)."""

    verb = "RETR"
    multiline = True
    max_bytes = max_kept_bytes = limits.MAX_MESSAGE_BYTES


class Dele(_OneMessage):
    """DELE number: delete at QUIT (RFC 1939 section 5)."""

    verb = "DELE"


class Rset(Command):
    """RSET: undo every DELE of the session (RFC 1939 section 5)."""

    verb = "RSET"


class Noop(Command):
    """NOOP: keep the session alive (RFC 1939 section 5)."""

    verb = "NOOP"


class Quit(Command):
    """QUIT: after the login, it carries out the deletions (RFC 1939 section 6).

    ``deleting`` holds the numbers of the messages that the caller confirmed. The connection
    refuses to send a QUIT that would delete anything else.
    """

    verb = "QUIT"
    states = ANYTIME
    can_pipeline = False

    def __init__(self, deleting: frozenset[int] = frozenset()) -> None:
        self.deleting = deleting
