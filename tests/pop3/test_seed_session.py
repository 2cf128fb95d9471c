"""Replay a real session, line by line, through the protocol core."""

from __future__ import annotations

import pytest

from poptui.pop3.auth import apop_digest, apop_timestamp
from poptui.pop3.commands import (
    Apop,
    Command,
    Dele,
    List,
    Noop,
    Pass,
    Quit,
    Retr,
    Rset,
    Stat,
    Top,
    Uidl,
    User,
)
from poptui.pop3.connection import Connection
from poptui.pop3.events import Greeting, Reply
from poptui.pop3.listing import parse_list, parse_stat, parse_uidl
from poptui.pop3.states import ProtocolState
from poptui.secret import Secret
from tests.kit.seed import DIGEST, EXCHANGES, GREETING, HEADER, PASSWORD, USER


def exchange(connection: Connection, command: Command, line: bytes) -> Reply:
    """Send ``command``, which must encode to ``line``, and receive its reply in two pieces."""
    assert connection.send(command) == line + b"\r\n"
    answer = EXCHANGES[line]
    half = len(answer) // 2
    (reply,) = [*connection.receive(answer[:half]), *connection.receive(answer[half:])]
    assert isinstance(reply, Reply)
    assert reply.command is command
    return reply


@pytest.fixture
def greeted() -> Connection:
    connection = Connection()
    (greeting,) = connection.receive(GREETING)
    assert isinstance(greeting, Greeting)
    stamp = apop_timestamp(greeting.text)
    assert stamp == "<31226791.1261208975@fcgp01.nicmail.ru>"
    assert apop_digest(stamp, Secret(PASSWORD)) == DIGEST
    return connection


def test_apop_to_quit(greeted: Connection) -> None:
    apop = exchange(greeted, Apop(USER, DIGEST), f"APOP {USER} {DIGEST}".encode())
    assert (apop.ok, apop.text) == (True, "5 messages (868540 bytes) (proxing)")
    assert greeted.state is ProtocolState.TRANSACTION
    assert exchange(greeted, Noop(), b"NOOP").text == "cool"
    uidl = parse_uidl(exchange(greeted, Uidl(), b"UIDL").body)
    assert uidl == {number: str(3875 + number) for number in range(1, 7)}
    assert exchange(greeted, Uidl(2), b"UIDL 2").text == "2 3877"
    assert parse_stat(exchange(greeted, Stat(), b"STAT").text) == (5, 868540)
    sizes = parse_list(exchange(greeted, List(), b"LIST").body)
    assert sizes == {1: 275368, 2: 11196, 3: 153304, 4: 275367, 5: 153305}
    assert exchange(greeted, List(2), b"LIST 2").text == "2 11196"
    assert exchange(greeted, Top(2), b"TOP 2 0").body == HEADER
    assert exchange(greeted, Retr(2), b"RETR 2").body == HEADER + b"Hello\r\n"
    assert exchange(greeted, Dele(2), b"DELE 2").text == "marked deleted"
    assert greeted.deleted == {2}
    assert exchange(greeted, Rset(), b"RSET").ok
    assert greeted.deleted == set()
    exchange(greeted, Dele(2), b"DELE 2")
    exchange(greeted, Quit(frozenset({2})), b"QUIT")
    assert greeted.state.name == "UPDATE"


def test_user_and_pass(greeted: Connection) -> None:
    assert exchange(greeted, User(USER), b"USER user@nic.ru").text == "please send the PASS"
    assert exchange(greeted, Pass(Secret(PASSWORD)), b"PASS qwerty").ok
    assert greeted.state is ProtocolState.TRANSACTION


def test_a_refused_password(greeted: Connection) -> None:
    exchange(greeted, User(USER), b"USER user@nic.ru")
    greeted.send(Pass(Secret("wrong")))
    (reply,) = greeted.receive(b"-ERR Go away!\r\n")
    assert isinstance(reply, Reply)
    assert (reply.ok, reply.text) == (False, "Go away!")
    assert greeted.state is ProtocolState.AUTHORIZATION
