"""What may be sent when: every verb in every state, and what may share a flight."""

from __future__ import annotations

import pytest

from poptui.pop3.commands import (
    Apop,
    Auth,
    Capa,
    Command,
    Dele,
    Help,
    Last,
    List,
    Noop,
    Pass,
    Quit,
    Retr,
    Rset,
    Stat,
    Stls,
    Top,
    Uidl,
    User,
    Utf8,
    Xtnd,
)
from poptui.pop3.connection import Connection
from poptui.pop3.errors import LocalError
from poptui.pop3.events import Greeting, Reply
from poptui.pop3.states import TRANSITIONS, ProtocolState
from poptui.secret import Secret
from tests.pop3.sessions import ask, feed, greeted, inside, session_in

LOGIN: list[Command] = [
    User("me"),
    Pass(Secret("x")),
    Apop("me", "d0"),
    Auth("PLAIN"),
    Stls(),
    Utf8(),
]
MAILBOX: list[Command] = [
    Stat(),
    List(),
    List(1),
    Uidl(),
    Uidl(1),
    Top(1),
    Retr(1),
    Dele(1),
    Rset(),
    Noop(),
    Last(),
    Xtnd("XLST"),
]
BOTH: list[Command] = [Capa(), Quit(), Help()]
ALL = LOGIN + MAILBOX + BOTH
ALLOWED = {ProtocolState.AUTHORIZATION: LOGIN + BOTH, ProtocolState.TRANSACTION: MAILBOX + BOTH}


@pytest.mark.parametrize("state", ProtocolState)
@pytest.mark.parametrize("command", ALL, ids=repr)
def test_every_verb_in_every_state(state: ProtocolState, command: Command) -> None:
    session = session_in(state)
    if command in ALLOWED.get(state, ()):
        assert session.send(command) == command.encode()
        assert session.outstanding == 1
        return
    with pytest.raises(LocalError, match=f"{command.verb} has no place in the {state.value} state"):
        session.send(command)
    assert (session.outstanding, session.state) == (0, state)


@pytest.mark.parametrize("ok", [True, False])
@pytest.mark.parametrize("command", ALL, ids=repr)
def test_where_an_answer_leads(command: Command, ok: bool) -> None:
    state = ProtocolState.TRANSACTION if command in MAILBOX else ProtocolState.AUTHORIZATION
    session = session_in(state)
    body = b".\r\n" if command.multiline and ok else b""
    reply = ask(session, command, (b"+OK\r\n" if ok else b"-ERR\r\n") + body)
    assert reply.ok is ok
    expected = TRANSITIONS.get((state, command.verb), state) if ok else state
    assert session.state is (ProtocolState.CLOSED if isinstance(command, Quit) else expected)


def test_only_a_login_leads_into_the_mailbox_and_only_quit_deletes() -> None:
    into = {verb for (_, verb), state in TRANSITIONS.items() if state is ProtocolState.TRANSACTION}
    update = {pair for pair, state in TRANSITIONS.items() if state is ProtocolState.UPDATE}
    assert into == {"PASS", "APOP", "AUTH"}
    assert update == {(ProtocolState.TRANSACTION, "QUIT")}


def test_quit_in_the_mailbox_is_the_update() -> None:
    session = inside()
    assert ask(session, Quit(), b"+OK\r\n").ok
    assert session.state is ProtocolState.UPDATE


def test_a_refused_quit_ends_the_session_too() -> None:
    session = inside()
    assert not ask(session, Quit(), b"-ERR some deleted messages not removed\r\n").ok
    assert session.state is ProtocolState.CLOSED


def test_a_server_that_refuses_its_service() -> None:
    session = Connection()
    assert feed(session, b"-ERR no service\r\n") == [Greeting(False, "no service")]
    assert session.state is ProtocolState.CLOSED


@pytest.mark.parametrize("first", ALL, ids=repr)
@pytest.mark.parametrize("second", ALL, ids=repr)
def test_flights(first: Command, second: Command) -> None:
    state = ProtocolState.TRANSACTION if first in MAILBOX + BOTH else ProtocolState.AUTHORIZATION
    session = session_in(state)
    session.send(first)
    together = {*MAILBOX, Capa(), Help()}
    if first in together and second in together:
        session.send(second)
        assert session.outstanding == 2
    else:
        with pytest.raises(LocalError):
            session.send(second)
        assert session.outstanding == 1


def test_quit_waits_for_every_answer() -> None:
    session = inside()
    session.send(Noop())
    session.send(Stat())
    feed(session, b"+OK\r\n")
    with pytest.raises(LocalError, match="flight"):
        session.send(Quit())
    feed(session, b"+OK 0 0\r\n")
    assert session.send(Quit()) == b"QUIT\r\n"


def test_replies_belong_to_their_commands() -> None:
    session = inside()
    commands: list[Command] = [Stat(), Top(1), Dele(2), Uidl(3), List()]
    for command in commands:
        session.send(command)
    events = feed(
        session,
        b"+OK 3 9\r\n+OK\r\nX: y\r\n.\r\n-ERR no\r\n+OK 3 a\r\n",
        b"+OK\r\n1 9\r\n.\r\n",
    )
    assert [event.command for event in events if isinstance(event, Reply)] == commands


def test_after_stls_nothing_goes_until_tls_stands() -> None:
    session = greeted()
    ask(session, Stls(), b"+OK begin\r\n")
    with pytest.raises(LocalError):
        session.send(User("me"))
    session.secured()
    assert session.send(User("me")) == b"USER me\r\n"
