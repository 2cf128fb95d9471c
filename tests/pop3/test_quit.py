"""QUIT deletes nothing that was not confirmed: any course of DELE, RSET and QUIT, any answers."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from poptui.pop3.commands import Command, Dele, Noop, Quit, Rset
from poptui.pop3.errors import LocalError
from poptui.pop3.states import ProtocolState
from tests.pop3.sessions import ask, feed, inside

NUMBERS = st.integers(1, 5)


class Mailbox(RuleBasedStateMachine):
    """A session beside a model server that executes in order and deletes only at QUIT."""

    def __init__(self) -> None:
        super().__init__()
        self.session = inside()
        self.asked: deque[Command] = deque()
        self.held: set[int] = set()
        """What the model server holds as deleted."""
        self.gone: set[int] = set()
        self.confirmed: frozenset[int] = frozenset()

    @precondition(
        lambda self: self.session.state is ProtocolState.TRANSACTION and not self.quitting
    )
    @rule(command=st.one_of(NUMBERS.map(Dele), st.just(Rset()), st.just(Noop())))
    def send(self, command: Command) -> None:
        self.session.send(command)
        self.asked.append(command)

    @precondition(lambda self: self.asked)
    @rule(ok=st.booleans(), pieces=st.booleans())
    def answer(self, ok: bool, pieces: bool) -> None:
        command = self.asked.popleft()
        if isinstance(command, Dele):
            ok = ok and command.number not in self.held
            self.held |= {command.number} if ok else set()
        elif isinstance(command, Rset) and ok:
            self.held.clear()
        elif isinstance(command, Quit):
            self.gone = set(self.held) if ok else set()
        line = b"+OK done\r\n" if ok else b"-ERR no\r\n"
        feed(self.session, *([line[:5], line[5:]] if pieces else [line]))

    @precondition(
        lambda self: self.session.state is ProtocolState.TRANSACTION and not self.quitting
    )
    @rule(deleting=st.frozensets(NUMBERS))
    def quit(self, deleting: frozenset[int]) -> None:
        may = not self.asked and self.held <= deleting
        try:
            line = self.session.send(Quit(deleting))
        except LocalError:
            assert not may, "a QUIT that deletes only what is confirmed was refused"
            return
        assert line == b"QUIT\r\n"
        assert may, f"QUIT went out for {deleting} while {self.held} are held as deleted"
        self.asked.append(Quit(deleting))
        self.confirmed = deleting

    @precondition(lambda self: self.session.state in {ProtocolState.UPDATE, ProtocolState.CLOSED})
    @rule()
    def begin_anew(self) -> None:
        self.session = inside()
        self.held.clear()
        self.gone.clear()

    @property
    def quitting(self) -> bool:
        return bool(self.asked) and isinstance(self.asked[-1], Quit)

    @invariant()
    def nothing_unconfirmed_is_gone(self) -> None:
        assert self.gone <= self.confirmed

    @invariant()
    def both_agree_when_nothing_is_under_way(self) -> None:
        if not self.asked and self.session.state is ProtocolState.TRANSACTION:
            assert self.session.deleted == self.held


TestMailbox = Mailbox.TestCase
TestMailbox.settings = settings(max_examples=150, stateful_step_count=25)


def test_quit_names_what_it_deletes() -> None:
    session = inside()
    for number in (1, 2, 3):
        ask(session, Dele(number), b"+OK\r\n")
    for short in (frozenset(), frozenset({1, 2}), frozenset({4, 5, 6})):
        with pytest.raises(LocalError, match="messages unconfirmed"):
            session.send(Quit(short))
    assert session.state is ProtocolState.TRANSACTION
    assert session.send(Quit(frozenset({1, 2, 3, 9}))) == b"QUIT\r\n"


def test_a_refused_rset_leaves_the_marks() -> None:
    session = inside()
    ask(session, Dele(1), b"+OK\r\n")
    ask(session, Rset(), b"-ERR not now\r\n")
    with pytest.raises(LocalError, match="1 messages unconfirmed"):
        session.send(Quit())


def test_a_second_dele_that_is_refused_leaves_the_first() -> None:
    session = inside()
    ask(session, Dele(1), b"+OK\r\n")
    ask(session, Dele(1), b"-ERR Message is deleted.\r\n")
    with pytest.raises(LocalError, match="unconfirmed"):
        session.send(Quit())
