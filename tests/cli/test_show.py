"""``poptui show``: one message as text, its header, or byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.acceptance.hostile import MESSAGES, TOP, HostileServer, assert_harmless
from tests.acceptance.program import RunBatch, serving
from tests.kit.listener import Listener
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages

HEAD = b"Subject: odd\r\n\r\n"
ODD = {
    "empty": b"",
    "no body": HEAD,
    "no final newline": HEAD + b"the end",
    "dots": HEAD + b".\r\n..\r\n...\r\n. \r\n.x\r\n\r\n.\r\n",
    "bare LF": HEAD + b"one\ntwo\n\nthree\r\n",
    "bare CR": HEAD + b"one\rtwo\r\r\n\r\n\r",
    "NUL": HEAD + b"\x00\x00\r\n\x00",
    "all octets": HEAD + bytes(range(256)) * 3,
    "eight bits": HEAD + "Привет".encode("koi8-r") + b"\xff\xfe\r\n",
    "escapes": HEAD + b"\x1b]0;PWNED\x07\x9b31m\x7f\r\n",
    "no header": b"\r\n\r\njust text",
    "long line": HEAD + b"x" * 300_000 + b"\r\n",
    "many lines": HEAD + b".\r\n" * 50_000,
}


def url(server: Listener) -> str:
    return f"pop://user@127.0.0.1:{server.port}"


@pytest.fixture
def server() -> Iterator[OddServer]:
    with serving(OddServer(make_messages(5))) as running:
        yield running


def sized(message: bytes) -> dict[bytes, bytes]:
    """Return the replies to LIST if ``message`` is the first message."""
    sizes = [len(message), *map(len, MESSAGES[1:])]
    rows = b"".join(b"%d %d\r\n" % row for row in enumerate(sizes, 1))
    return {b"LIST": b"+OK\r\n" + rows + b".\r\n", b"LIST 1": b"+OK 1 %d\r\n" % sizes[0]}


def framed(message: bytes) -> tuple[bytes, bytes]:
    """Return the reply that carries a message (RFC 1939 section 3), and the bytes of its body."""
    whole = message if message.endswith(b"\r\n") or not message else message + b"\r\n"
    stuffed = re.sub(rb"(\A|\r\n)\.", rb"\1..", whole)
    return b"+OK\r\n" + stuffed + b".\r\n", whole


@pytest.mark.parametrize("name", ODD)
def test_raw_is_exact_to_the_byte(name: str, batch: RunBatch) -> None:
    reply, expected = framed(ODD[name])
    with serving(HostileServer(greeting=b"+OK")) as server:
        server.answers |= {b"RETR 1": reply, **sized(expected)}
        result = batch("show", url(server), "1", "--raw")
        assert b"DELE" not in server.keywords
    assert result.code == 0
    assert result.out == expected
    assert result.err == ""


@pytest.mark.parametrize("name", ["empty", "dots", "bare CR", "NUL", "all octets", "many lines"])
def test_odd_messages_are_shown_as_harmless_text(name: str, batch: RunBatch) -> None:
    reply, expected = framed(ODD[name])
    with serving(HostileServer(greeting=b"+OK")) as server:
        server.answers |= {b"RETR 1": reply, **sized(expected)}
        result = batch("show", url(server), "1")
    assert (result.code, result.err) == (0, "")
    assert_harmless(result.out)
    assert not name.startswith(("dots", "many")) or ".\n" in result.text


@pytest.mark.parametrize(
    ("which", "number"), [("2", 2), ("uid:uid-0004", 4), ("latest", 5), ("0003", 3)]
)
def test_a_message_is_found(which: str, number: int, server: OddServer, batch: RunBatch) -> None:
    result = batch("show", url(server), which)
    assert (result.code, result.err) == (0, "")
    assert f"letter {number}" in result.text
    assert f"body {number}" in result.text
    assert [line for line in server.commands if line.startswith((b"RETR", b"TOP"))] == [
        b"RETR %d" % number
    ]
    assert len(server.messages) == 5


def test_headers_do_not_download_the_message(server: OddServer, batch: RunBatch) -> None:
    result = batch("show", url(server), "2", "--headers")
    assert (result.code, result.err) == (0, "")
    assert (
        result.out.replace(b"\n", b"\r\n")
        == make_messages(2)[1].partition(b"\r\n\r\n")[0] + b"\r\n"
    )
    assert b"RETR" not in server.keywords
    assert server.commands.count(b"TOP 2 0") == 1


@pytest.mark.parametrize("which", ["6", "99999", "uid:nowhere", "uid:uid-000"])
def test_no_such_message(which: str, server: OddServer, batch: RunBatch) -> None:
    result = batch("show", url(server), which)
    assert (result.code, result.out) == (1, b"")
    assert which.removeprefix("uid:") in result.sentence


@pytest.mark.parametrize("which", ["0", "-1", "first", "uid:", "1.5", "", "٣"])
def test_an_invalid_which_makes_no_connection(
    which: str, server: OddServer, batch: RunBatch
) -> None:
    result = batch("show", url(server), which)
    assert (result.code, result.out) == (2, b"")
    assert result.sentence
    assert server.connections == 0


def test_an_ambiguous_uid_is_reported(batch: RunBatch) -> None:
    with serving(OddServer(make_messages(3), ["duplicate-uids"])) as server:
        result = batch("show", url(server), "uid:uid-0001")
        assert b"RETR" not in server.keywords
    assert result.code == 1
    assert "2, 1" in result.sentence or "1, 2" in result.sentence


def test_text_is_cleaned_without_a_terminal_too(batch: RunBatch) -> None:
    runs: list[list[str]] = [[str(TOP - at)] for at in range(4)]
    with serving(HostileServer()) as server:
        for run in (*runs, ["1", "--headers"], [str(TOP), "--headers"]):
            result = batch("show", url(server), *run)
            assert (result.code, result.err) == (0, "")
            assert_harmless(result.out)


def test_raw_is_exact_even_if_hostile(batch: RunBatch) -> None:
    with serving(HostileServer()) as server:
        assert batch("show", url(server), str(TOP), "--raw").out == MESSAGES[-1]


def test_a_large_message_is_exact(batch: RunBatch) -> None:
    whole = HEAD + b"".join(b"%d\r\n" % number for number in range(700_000))
    with serving(OddServer([whole])) as server:
        assert batch("show", url(server), "latest", "--raw").out == whole


def test_a_refused_message_and_one_that_is_cut_off(batch: RunBatch) -> None:
    with serving(OddServer(make_messages(3), ["retr-refused:2"])) as server:
        refused = batch("show", url(server), "2", "--raw")
    assert (refused.code, refused.out) == (1, b"")
    assert "not this one" in refused.sentence
    with serving(OddServer(make_messages(3), ["retr-cut"])) as server:
        cut = batch("show", url(server), "2", "--raw")
    assert (cut.code, cut.out) == (5, b"")
    assert f"127.0.0.1:{server.port}" in cut.sentence
