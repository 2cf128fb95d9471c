"""Each command encodes to exactly one line and refuses arguments that would break it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.pop3 import limits
from poptui.pop3.commands import (
    Apop,
    Auth,
    BareTop,
    Capa,
    Command,
    Dele,
    List,
    Noop,
    Pass,
    PreviewTop,
    Probe,
    Quit,
    Retr,
    Rset,
    Stat,
    Stls,
    Top,
    Uidl,
    User,
    Utf8,
)
from poptui.pop3.errors import LocalError
from poptui.pop3.typed import TypedCommand
from poptui.secret import Secret

LINES: list[tuple[Command, bytes, bool]] = [
    (User("user@nic.ru"), b"USER user@nic.ru", False),
    (User("two words"), b"USER two words", False),
    (User("мария"), "USER мария".encode(), False),
    (Pass(Secret("qwerty")), b"PASS qwerty", False),
    (Pass(Secret(" a  b ")), b"PASS  a  b ", False),
    (Apop("me", "d0a4"), b"APOP me d0a4", False),
    (Auth("PLAIN"), b"AUTH PLAIN", False),
    (Auth("PLAIN", b"\0test\0test"), b"AUTH PLAIN AHRlc3QAdGVzdA==", False),
    (Auth("EXTERNAL", b""), b"AUTH EXTERNAL =", False),
    (Capa(), b"CAPA", True),
    (Stls(), b"STLS", False),
    (Utf8(), b"UTF8", False),
    (Stat(), b"STAT", False),
    (List(), b"LIST", True),
    (List(2), b"LIST 2", False),
    (Uidl(), b"UIDL", True),
    (Uidl(2), b"UIDL 2", False),
    (Top(2), b"TOP 2 0", True),
    (Top(2, 40), b"TOP 2 40", True),
    (PreviewTop(2, 40), b"TOP 2 40", True),
    (Retr(1), b"RETR 1", True),
    (Dele(2**31 - 1), b"DELE 2147483647", False),
    (Rset(), b"RSET", False),
    (Noop(), b"NOOP", False),
    (Quit(), b"QUIT", False),
    (BareTop(2), b"TOP 2", True),
    (Probe(2), b"LIST 2", False),
    (TypedCommand("XTND a b"), b"XTND a b", False),
    (Quit(frozenset({1, 2})), b"QUIT", False),
]

WITH_TEXT: list[Callable[[str], Command]] = [
    User,
    lambda text: Pass(Secret(text)),
    lambda text: Apop(text, "d0a4"),
    lambda text: Apop("me", text),
    Auth,
]


@pytest.mark.parametrize(("command", "line", "multiline"), LINES, ids=lambda value: repr(value))
def test_encoding(command: Command, line: bytes, multiline: bool) -> None:
    assert command.encode() == line + b"\r\n"
    assert command.multiline is multiline


def test_every_command_class_is_in_the_table() -> None:
    tested = {type(command) for command, _, _ in LINES}
    assert _commands(Command) == tested


def _commands(kind: type[Command]) -> set[type[Command]]:
    below = {subclass for sub in kind.__subclasses__() for subclass in (sub, *_commands(sub))}
    return {subclass for subclass in below if not subclass.__name__.startswith("_")}


@pytest.mark.parametrize("make", WITH_TEXT)
@pytest.mark.parametrize(
    "bad",
    ["\r", "\n", "\r\nQUIT", "\0", "\t", "\x1b", "\x7f", "\x85", "\x9f", "\ud800"],
)
@pytest.mark.parametrize("template", ["{}", "a{}", "a{}b", "{}b"])
def test_control_characters_are_refused(
    make: Callable[[str], Command], bad: str, template: str
) -> None:
    with pytest.raises(LocalError, match="cannot hold control characters") as caught:
        make(template.format(bad)).encode()
    assert caught.value.__cause__ is None
    assert bad not in str(caught.value)


@pytest.mark.parametrize("make", [Apop, Auth])
@pytest.mark.parametrize("text", ["", " ", "two words", "trailing "])
def test_arguments_with_spaces_are_refused(make: Callable[..., Command], text: str) -> None:
    arguments = (text, "d0a4") if make is Apop else (text,)
    with pytest.raises(LocalError, match="must not be empty or contain spaces"):
        make(*arguments).encode()


@pytest.mark.parametrize("make", [List, Uidl, Top, Retr, Dele])
@pytest.mark.parametrize("number", [0, -1, 2**31, 10**30])
def test_impossible_message_numbers_are_refused(
    make: Callable[[int], Command], number: int
) -> None:
    with pytest.raises(LocalError, match="is not a message number"):
        make(number).encode()


@pytest.mark.parametrize("lines", [-1, 2**31])
def test_impossible_line_counts_are_refused(lines: int) -> None:
    with pytest.raises(LocalError, match=f"cannot fetch {lines} lines"):
        Top(1, lines).encode()


@pytest.mark.parametrize(
    ("make", "verb", "longest"),
    [
        (User, "USER", 255),
        (lambda text: Apop(text, "d" * 32), "APOP", 255 - 33),
        (lambda text: Pass(Secret(text)), "PASS", limits.MAX_AUTH_LINE_BYTES),
    ],
)
def test_lines_above_the_limit_are_refused(
    make: Callable[[str], Command], verb: str, longest: int
) -> None:
    room = longest - len(verb) - 3
    assert len(make("x" * room).encode()) == (limits.MAX_AUTH_LINE_BYTES if verb == "PASS" else 255)
    with pytest.raises(LocalError, match=f"{verb} would be longer"):
        make("x" * (room + 1)).encode()


def test_length_is_counted_in_bytes() -> None:
    User("ü" * 124).encode()
    with pytest.raises(LocalError, match="longer than 255"):
        User("ü" * 125).encode()


@given(st.text(), st.sampled_from(WITH_TEXT))
def test_an_encoded_command_is_exactly_one_line(text: str, make: Callable[[str], Command]) -> None:
    try:
        line = make(text).encode()
    except LocalError:
        return
    assert line.endswith(b"\r\n")
    assert line[:-2].isascii() or line[:-2].decode()
    assert not any(octet < 32 or octet == 127 for octet in line[:-2])


@pytest.mark.parametrize(
    "command",
    [Pass(Secret("hunter2")), Apop("me", "hunter2"), Auth("PLAIN", b"\0me\0hunter2")],
)
def test_repr_hides_secrets(command: Command) -> None:
    shown = repr(command) + str(command) + f"{command}"
    assert "hunter2" not in shown
    assert "aHVudGVyMg" not in shown


@pytest.mark.parametrize(("octets", "fits"), [(180, True), (181, False)])
def test_initial_response_fits_only_in_a_line_of_255_bytes(octets: int, fits: bool) -> None:
    command = Auth("PLAIN", b"x" * octets)
    assert command.fits is fits
    if fits:
        assert len(command.encode()) <= 255
    else:
        with pytest.raises(LocalError, match="longer than 255"):
            command.encode()
