"""Create sessions in a given state and feed them bytes."""

from __future__ import annotations

from collections.abc import Iterable

from poptui.pop3.commands import Command, Pass, Quit, User
from poptui.pop3.connection import Connection
from poptui.pop3.errors import ProtocolError
from poptui.pop3.events import Event, Reply
from poptui.pop3.states import ProtocolState
from poptui.secret import Secret

Outcome = tuple[list[Event], tuple[str, str] | None]
"""The events, and the message and text of the ProtocolError that ended them."""


def feed(session: Connection, *pieces: bytes) -> list[Event]:
    """Return the events of these bytes."""
    return [event for piece in pieces for event in session.receive(piece)]


def outcome(session: Connection, pieces: Iterable[bytes]) -> Outcome:
    """Return the events of these bytes up to the first ProtocolError."""
    events: list[Event] = []
    try:
        for piece in pieces:
            events.extend(session.receive(piece))
    except ProtocolError as error:
        return events, (str(error), error.text)
    return events, None


def ask(session: Connection, command: Command, *answer: bytes) -> Reply:
    """Send a command and return its reply."""
    session.send(command)
    (reply,) = feed(session, *answer)
    assert isinstance(reply, Reply)
    assert reply.command is command
    return reply


def greeted(session: Connection | None = None) -> Connection:
    """Return a session in AUTHORIZATION."""
    session = session or Connection()
    feed(session, b"+OK ready\r\n")
    return session


def inside(session: Connection | None = None) -> Connection:
    """Return a session in TRANSACTION."""
    session = greeted(session)
    ask(session, User("me"), b"+OK\r\n")
    ask(session, Pass(Secret("secret")), b"+OK\r\n")
    return session


def session_in(state: ProtocolState) -> Connection:
    """Return a session in ``state``, reached by the shortest way."""
    if state is ProtocolState.GREETING:
        return Connection()
    if state is ProtocolState.AUTHORIZATION:
        return greeted()
    session = inside() if state in {ProtocolState.TRANSACTION, ProtocolState.UPDATE} else greeted()
    if state is not ProtocolState.TRANSACTION:
        ask(session, Quit(), b"+OK bye\r\n")
    assert session.state is state
    return session
