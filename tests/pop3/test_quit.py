"""QUIT deletes only confirmed messages, after any sequence of DELE, RSET and QUIT."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from poptui.pop3.capabilities import AfterDownload
from poptui.pop3.commands import Command, Dele, Noop, PreviewTop, Quit, Retr, Rset, Top
from poptui.pop3.errors import LocalError
from poptui.pop3.states import ProtocolState
from tests.pop3.sessions import ask, feed, inside

NUMBERS = st.integers(1, 5)


class QuitMachine(RuleBasedStateMachine):
    """A session and a model of a server that deletes only at QUIT."""

    def __init__(self) -> None:
        super().__init__()
        self.session = inside()
        self.pending: deque[Command] = deque()
        self.marked: set[int] = set()
        """Messages that the model has marked as deleted."""
        self.deleted: set[int] = set()
        self.confirmed: frozenset[int] = frozenset()

    @precondition(
        lambda self: self.session.state is ProtocolState.TRANSACTION and not self.quitting
    )
    @rule(command=st.one_of(NUMBERS.map(Dele), st.just(Rset()), st.just(Noop())))
    def send(self, command: Command) -> None:
        self.session.send(command)
        self.pending.append(command)

    @precondition(lambda self: self.pending)
    @rule(ok=st.booleans(), pieces=st.booleans())
    def answer(self, ok: bool, pieces: bool) -> None:
        command = self.pending.popleft()
        if isinstance(command, Dele):
            ok = ok and command.number not in self.marked
            self.marked |= {command.number} if ok else set()
        elif isinstance(command, Rset) and ok:
            self.marked.clear()
        elif isinstance(command, Quit):
            self.deleted = set(self.marked) if ok else set()
        line = b"+OK done\r\n" if ok else b"-ERR no\r\n"
        feed(self.session, *([line[:5], line[5:]] if pieces else [line]))

    @precondition(
        lambda self: self.session.state is ProtocolState.TRANSACTION and not self.quitting
    )
    @rule(deleting=st.frozensets(NUMBERS))
    def quit(self, deleting: frozenset[int]) -> None:
        may = not self.pending and self.marked <= deleting
        try:
            line = self.session.send(Quit(deleting))
        except LocalError:
            assert not may, "a QUIT that deletes only what is confirmed was refused"
            return
        assert line == b"QUIT\r\n"
        assert may, f"QUIT went out for {deleting} while {self.marked} are marked as deleted"
        self.pending.append(Quit(deleting))
        self.confirmed = deleting

    @precondition(lambda self: self.session.state in {ProtocolState.UPDATE, ProtocolState.CLOSED})
    @rule()
    def start_new_session(self) -> None:
        self.session = inside()
        self.marked.clear()
        self.deleted.clear()

    @property
    def quitting(self) -> bool:
        return bool(self.pending) and isinstance(self.pending[-1], Quit)

    @invariant()
    def only_confirmed_messages_are_deleted(self) -> None:
        assert self.deleted <= self.confirmed

    @invariant()
    def session_and_model_agree_when_all_is_answered(self) -> None:
        if not self.pending and self.session.state is ProtocolState.TRANSACTION:
            assert self.session.deleted == self.marked


TestQuitMachine = QuitMachine.TestCase
TestQuitMachine.settings = settings(max_examples=150, stateful_step_count=25)


def test_quit_must_list_every_deletion() -> None:
    session = inside()
    for number in (1, 2, 3):
        ask(session, Dele(number), b"+OK\r\n")
    for short in (frozenset(), frozenset({1, 2}), frozenset({4, 5, 6})):
        with pytest.raises(LocalError, match="messages unconfirmed"):
            session.send(Quit(short))
    assert session.state is ProtocolState.TRANSACTION
    assert session.send(Quit(frozenset({1, 2, 3, 9}))) == b"QUIT\r\n"


def test_a_refused_rset_keeps_the_deletions() -> None:
    session = inside()
    ask(session, Dele(1), b"+OK\r\n")
    ask(session, Rset(), b"-ERR not now\r\n")
    with pytest.raises(LocalError, match="1 messages unconfirmed"):
        session.send(Quit())


def test_a_refused_second_dele_keeps_the_first() -> None:
    session = inside()
    ask(session, Dele(1), b"+OK\r\n")
    ask(session, Dele(1), b"-ERR Message is deleted.\r\n")
    with pytest.raises(LocalError, match="unconfirmed"):
        session.send(Quit())


@pytest.mark.parametrize("policy", AfterDownload)
def test_quit_may_not_remove_downloaded_messages_unconfirmed(policy: AfterDownload) -> None:
    session = inside()
    session.after_download = policy
    for number in (1, 2, 3):
        session.send(Retr(number))
    feed(session, b"+OK\r\nSubject: 1\r\n\r\n.\r\n-ERR no\r\n+OK\r\nSubject: 3\r\n\r\n.\r\n")
    assert session.downloaded == {1, 3}
    if policy is AfterDownload.KEPT:
        assert session.removed_by_quit(set()) == set()
        assert session.send(Quit()) == b"QUIT\r\n"
        return
    assert session.removed_by_quit({1}) == {3}
    with pytest.raises(LocalError, match="downloaded"):
        session.send(Quit())
    if policy is AfterDownload.REMOVED:
        with pytest.raises(LocalError, match="downloaded"):
            session.send(Quit(frozenset({1})))
    session.send(Rset())
    feed(session, b"+OK\r\n")
    with pytest.raises(LocalError, match="downloaded"):
        session.send(Quit())
    assert session.send(Quit(frozenset({1, 3}))) == b"QUIT\r\n"


def test_a_download_counts_before_its_reply_is_complete() -> None:
    session = inside()
    session.send(Retr(1))
    feed(session, b"+OK\r\nSubject: 1\r\n")
    assert session.removed_by_quit(set()) == {1}


@pytest.mark.parametrize(
    ("command", "body", "counts"),
    [
        (Top(1), b"Subject: 1\r\n\r\n", False),
        (Top(1), b"Subject: 1\r\n\r\n\r\n", False),
        (Top(1), b"Subject: 1\r\n\r\nthe body\r\n", True),
        (PreviewTop(1, 3), b"Subject: 1\r\n\r\n", True),
    ],
)
def test_top_counts_as_a_download_if_it_returns_a_body(
    command: Top, body: bytes, counts: bool
) -> None:
    session = inside()
    session.after_download = AfterDownload.REMOVED
    session.send(command)
    feed(session, b"+OK\r\n" + body + b".\r\n")
    assert session.removed_by_quit(set()) == ({1} if counts else set())
