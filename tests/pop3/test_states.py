"""Which commands may be sent in which state, and which may be pipelined."""

from __future__ import annotations

import pytest

from poptui.pop3.commands import (
    Apop,
    Auth,
    Capa,
    Command,
    Dele,
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
]
BOTH: list[Command] = [Capa(), Quit()]
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
    with pytest.raises(
        LocalError, match=f"{command.verb} is not allowed in the {state.value} state"
    ):
        session.send(command)
    assert (session.outstanding, session.state) == (0, state)


@pytest.mark.parametrize("ok", [True, False])
@pytest.mark.parametrize("command", ALL, ids=repr)
def test_the_state_after_a_reply(command: Command, ok: bool) -> None:
    state = ProtocolState.TRANSACTION if command in MAILBOX else ProtocolState.AUTHORIZATION
    session = session_in(state)
    body = b".\r\n" if command.multiline and ok else b""
    reply = ask(session, command, (b"+OK\r\n" if ok else b"-ERR\r\n") + body)
    assert reply.ok is ok
    expected = TRANSITIONS.get((state, command.verb), state) if ok else state
    assert session.state is (ProtocolState.CLOSED if isinstance(command, Quit) else expected)


def test_only_a_login_opens_the_mailbox_and_only_quit_deletes() -> None:
    into = {verb for (_, verb), state in TRANSITIONS.items() if state is ProtocolState.TRANSACTION}
    update = {pair for pair, state in TRANSITIONS.items() if state is ProtocolState.UPDATE}
    assert into == {"PASS", "APOP", "AUTH"}
    assert update == {(ProtocolState.TRANSACTION, "QUIT")}


def test_quit_after_login_enters_update() -> None:
    session = inside()
    assert ask(session, Quit(), b"+OK\r\n").ok
    assert session.state is ProtocolState.UPDATE


def test_a_refused_quit_also_ends_the_session() -> None:
    session = inside()
    assert not ask(session, Quit(), b"-ERR some deleted messages not removed\r\n").ok
    assert session.state is ProtocolState.CLOSED


def test_a_refusing_greeting_closes_the_session() -> None:
    session = Connection()
    assert feed(session, b"-ERR no service\r\n") == [Greeting(False, "no service")]
    assert session.state is ProtocolState.CLOSED


@pytest.mark.parametrize("first", ALL, ids=repr)
@pytest.mark.parametrize("second", ALL, ids=repr)
def test_which_pairs_can_be_pipelined(first: Command, second: Command) -> None:
    state = ProtocolState.TRANSACTION if first in MAILBOX + BOTH else ProtocolState.AUTHORIZATION
    session = session_in(state)
    session.send(first)
    can_pipeline = {*MAILBOX, Capa()}
    if first in can_pipeline and second in can_pipeline:
        session.send(second)
        assert session.outstanding == 2
    else:
        with pytest.raises(LocalError):
            session.send(second)
        assert session.outstanding == 1


def test_quit_waits_for_all_replies() -> None:
    session = inside()
    session.send(Noop())
    session.send(Stat())
    feed(session, b"+OK\r\n")
    with pytest.raises(LocalError, match="pipelined"):
        session.send(Quit())
    feed(session, b"+OK 0 0\r\n")
    assert session.send(Quit()) == b"QUIT\r\n"


def test_replies_are_matched_to_commands_in_order() -> None:
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


def test_nothing_is_sent_between_stls_and_tls() -> None:
    session = greeted()
    ask(session, Stls(), b"+OK begin\r\n")
    with pytest.raises(LocalError):
        session.send(User("me"))
    session.tls_started()
    assert session.send(User("me")) == b"USER me\r\n"
