"""The targets: each takes bytes, and raises an exception if an invariant is violated."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir

from poptui.errors import PoptuiError, UsageError
from poptui.mail.headers.decode import decode_header, split_header
from poptui.mail.headers.header import Header
from poptui.mail.headers.view import all_fields, received_chain, short_fields
from poptui.mail.html.to_text import html_body
from poptui.mail.parsed_message import Body
from poptui.mail.reader.codec import pack, unpack
from poptui.mail.reader.parse import _parse_stages
from poptui.net.server import parse_target
from poptui.pop3.commands import Capa, Command, Dele, List, Noop, Pass, Quit, Retr, Stat, Top, User
from poptui.pop3.connection import Connection
from poptui.pop3.errors import LocalError, ProtocolError
from poptui.pop3.events import Event
from poptui.pop3.listing import parse_list, parse_stat, parse_uidl
from poptui.printable import printable, printable_line
from poptui.secret import Secret
from poptui.storage.config import load_config
from poptui.triage.filters.filter import FilterError, parse
from poptui.triage.spam.judge import judge
from poptui.triage.spam.verdict import Context

Target = Callable[[bytes], None]

CONTEXT = Context(frozenset({"me@example.com"}), frozenset({"mail.example.com", "example.com"}))
FLIGHT: tuple[Command, ...] = (Stat(), List(), Top(1), Retr(2), Dele(3), Noop(), Capa())


def text_of(octets: bytes) -> str:
    """Decode to any text, including lone surrogates."""
    return octets.decode("utf-8", "surrogateescape")


def clean(text: str) -> None:
    assert printable(text) == text, f"it would act on a terminal: {text!r}"


def protocol(octets: bytes) -> None:
    """Parsed whole and in pieces: the same events, and no exception but ProtocolError."""
    cut = octets[0] if octets else 1
    pieces = [octets[at : at + cut % 7 + 1] for at in range(0, len(octets), cut % 7 + 1)]
    assert _events([octets]) == _events(pieces)


def _events(pieces: list[bytes]) -> tuple[list[Event], str]:
    session = Connection()
    events: list[Event] = []
    try:
        events += list(session.receive(b"+OK ready\r\n"))
        for login in (User("me"), Pass(Secret("x"))):
            session.send(login)
            events += list(session.receive(b"+OK\r\n"))
        for command in FLIGHT:
            session.send(command)
        for piece in pieces:
            events.extend(session.receive(piece))
    except ProtocolError as error:
        return events, str(error)
    with suppress(LocalError):
        session.send(Quit(frozenset(session.deleted)))
    assert session.deleted <= {3}
    return events, ""


def listings(octets: bytes) -> None:
    """Parse replies to STAT, LIST and UIDL."""
    assert all(size >= 0 for size in parse_list(octets).values())
    parse_uidl(octets)
    parse_stat(text_of(octets))


def header(octets: bytes) -> None:
    """Parse a header as the list, the card and the spam scores do."""
    found = decode_header(octets, frozenset({"x-mailer"}))
    assert isinstance(found, Header)
    judge(split_header(octets), found, CONTEXT)
    for field in (*all_fields(octets), *short_fields(octets)):
        clean(field.name + field.value)
    received_chain(octets)


def message(octets: bytes) -> None:
    """Parse a whole message, and pack and unpack the result as it travels between processes."""
    for complete in (True, False):
        for parsed in _parse_stages(octets, complete):
            again = unpack(pack(parsed), parsed.header, parsed.cc)
            for body in again.bodies:
                _shown(body)


def _shown(body: Body) -> None:
    for line in body.lines:
        clean(line.text)


def html(octets: bytes) -> None:
    """Convert HTML to text."""
    _shown(html_body(octets.decode("utf-8", "replace")))


def packet(octets: bytes) -> None:
    """Unpack what a parsing process may send if its message took it over."""
    with suppress(ValueError):
        for body in unpack(octets, Header(), "").bodies:
            _shown(body)


def filters(octets: bytes) -> None:
    """Parse a filter as the user types it."""
    try:
        parse(text_of(octets))
        parse(text_of(octets), typing=True)
    except FilterError as fault:
        clean(str(fault))


def config(octets: bytes) -> None:
    """Parse a configuration file."""
    path = Path(gettempdir()) / "poptui-fuzzed.toml"
    path.write_bytes(octets)
    try:
        load_config(path)
    except UsageError as fault:
        clean(str(fault))
    finally:
        path.unlink()


def target(octets: bytes) -> None:
    """Parse a TARGET of the command line."""
    try:
        clean(parse_target(text_of(octets)).title)
    except PoptuiError as fault:
        clean(str(fault))


def gateway(octets: bytes) -> None:
    """Clean text for the terminal."""
    for text in (text_of(octets), octets.decode("latin-1"), octets.decode("utf-16", "replace")):
        clean(printable(text))
        line = printable_line(text)
        assert "\n" not in line
        assert not [letter for letter in line if letter < " " or "\x7f" <= letter < "\xa0"]


TARGETS: dict[str, Target] = {
    target_function.__name__: target_function
    for target_function in (
        protocol,
        listings,
        header,
        message,
        html,
        packet,
        filters,
        config,
        target,
        gateway,
    )
}
