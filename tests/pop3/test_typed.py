"""Command lines typed by hand: how they are parsed, and which are refused."""

from __future__ import annotations

import pytest

from poptui.pop3.commands import (
    BareTop,
    Capa,
    Command,
    Dele,
    List,
    PreviewTop,
    Probe,
    Quit,
    Retr,
    Rset,
    Top,
)
from poptui.pop3.connection import Connection
from poptui.pop3.errors import LocalError, ProtocolError
from poptui.pop3.states import ProtocolState
from poptui.pop3.typed import MAX_TYPED_CHARACTERS, TypedCommand, completions, parse


@pytest.mark.parametrize(
    ("line", "command", "sent"),
    [
        ("list", List(), b"LIST"),
        ("List 7", List(7), b"LIST 7"),
        ("top 2", BareTop(2), b"TOP 2"),
        ("TOP 2 0", Top(2), b"TOP 2 0"),
        ("TOP 2 9", PreviewTop(2, 9), b"TOP 2 9"),
        ("  retr   3 ", Retr(3), b"RETR 3"),
        ("dele 3", Dele(3), b"DELE 3"),
        (":dele 3", Dele(3), b"DELE 3"),
        (" :: quit", Quit(), b"QUIT"),
        ("rset", Rset(), b"RSET"),
        ("quit", Quit(), b"QUIT"),
        ("capa", Capa(), b"CAPA"),
        ("help", TypedCommand("HELP"), b"HELP"),
        ("last", TypedCommand("LAST"), b"LAST"),
        ("xtnd archive", TypedCommand("XTND archive"), b"XTND archive"),
        ("lang ru", TypedCommand("LANG ru"), b"LANG ru"),
        ("<b>", TypedCommand("<B>"), b"<B>"),
    ],
)
def test_a_typed_line(line: str, command: Command, sent: bytes) -> None:
    assert parse(line) == command
    assert type(parse(line)) is type(command)
    assert parse(line).encode() == sent + b"\r\n"


@pytest.mark.parametrize(
    "line",
    [
        *(
            "",
            "   ",
            ":",
            ":PASS pw",
            ": : pass pw",
            "\t",
            "STAT\r\nDELE 1",
            "STAT\nDELE 1",
            "NOOP\0",
            "\x1b[2J",
            "СТАТ",
            "ＤＥＬＥ 1",
        ),
        *("USER me", "PASS pw", "PASSWORD pw", "apop me 1234", "AUTH PLAIN x", "STLS", "UTF8"),
        *("DELE", "DELE x", "DELE 1 2", "DELE -1", "DELE 0", "DELE 99999999999", "DELETE 1"),
        *("QUIT now", "RSET 1", "STAT 1", "TOP", "TOP 1 2 3", "TOP x", "RETR", "LIST 1 2"),
        *("LIST 0", "RETR 0", "UIDLX", "NOOP 1", "X" * (MAX_TYPED_CHARACTERS + 1), "STAT \u00bd"),
    ],
)
def test_a_refused_line(line: str) -> None:
    with pytest.raises(LocalError) as caught:
        parse(line).encode()
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("line", ["DELE 1", "dele 1", "DELETE 1", "QUIT", "PASS pw", "RSET"])
def test_no_guarded_verb_is_sent_as_it_was_typed(line: str) -> None:
    with pytest.raises(LocalError):
        TypedCommand(line).encode()


def logged_in(*, readonly: bool = False) -> Connection:
    connection = Connection(readonly=readonly)
    connection.state = ProtocolState.TRANSACTION
    return connection


def test_no_quit_after_a_command_whose_effect_is_unknown() -> None:
    connection = logged_in()
    for line in ("HELP", "LAST"):
        connection.send(parse(line))
        assert [*connection.receive(b"+OK\r\n")]
    assert not connection.quit_is_unsafe
    connection.send(parse("XTND X"))
    assert [*connection.receive(b"-ERR no\r\n")]
    for quit_ in (Quit(), Quit(frozenset({1}))):
        with pytest.raises(LocalError, match="typed by hand"):
            connection.send(quit_)


def test_read_only_refuses_what_it_does_not_know() -> None:
    connection = logged_in(readonly=True)
    with pytest.raises(LocalError, match="read-only"):
        connection.send(parse("XTND X"))
    assert connection.outstanding == 0
    assert connection.send(parse("HELP")) == b"HELP\r\n"


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("t", ["TOP "]),
        ("L", ["LAST", "LIST "]),
        (":L", ["LAST", "LIST "]),
        ("TOP ", ["TOP 7"]),
        ("top 3 ", ["TOP 3 0"]),
        ("DELE ", ["DELE 7"]),
        ("NOOP ", []),
        ("DELE 3", []),
        ("Q", ["QUIT"]),
        ("ZZ", []),
    ],
)
def test_completion(text: str, offered: list[str]) -> None:
    assert completions(text, 7) == offered


def test_completion_without_a_message() -> None:
    assert completions("RETR ", None) == []
    assert len(completions("", None)) > 10


@pytest.mark.parametrize(
    ("reply", "in_step"),
    [
        (b"+OK 3 100\r\n", True),
        (b"row\r\nrow\r\n.\r\n+OK 3 100\r\n", True),
        (b"-ERR not now\r\n", True),
        (b"+OK 4 100\r\n", False),
        (b"+OK and more\r\n", False),
        (b"row\r\n-ERR not now\r\n", False),
    ],
)
def test_the_probe_tells_whether_replies_are_in_step(reply: bytes, in_step: bool) -> None:
    connection = logged_in()
    connection.send(parse("XLIST"))
    assert [*connection.receive(b"+OK they follow\r\n")]
    connection.send(Probe(3))
    if in_step:
        assert len([*connection.receive(reply)]) == 1
    else:
        with pytest.raises(ProtocolError, match="a reply to another command"):
            [*connection.receive(reply)]
