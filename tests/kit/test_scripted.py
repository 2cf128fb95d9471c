"""The scripted servers behave as their names say, tested with bare sockets and poplib."""

from __future__ import annotations

import asyncio
import poplib
import re
import ssl

import pytest
import trustme

from tests.kit.oddities import NAMES, REPLIES, REQUESTS
from tests.kit.scripted import LOGIN, OddServer, ScriptedServer, hold, steps
from tests.kit.seed import DIGEST, EXCHANGES, GREETING, SeedServer

MESSAGES = [b"Subject: %d\r\n\r\n.dot\r\n%s" % (number, b"line\r\n" * 20) for number in range(1, 5)]
LOGGED_IN = (b"USER user", b"PASS secret")


async def dialogue(port: int, *sent: bytes) -> bytes:
    """Return everything the server sends until it closes or gets EOF."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(line + b"\r\n" for line in sent))
    writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.transport.abort()


async def reply(oddity: str, command: bytes) -> bytes:
    """Return the raw reply to one command after a login."""
    async with OddServer(MESSAGES, {oddity} if oddity else ()) as server:
        before = await dialogue(server.port, *LOGGED_IN)
        return (await dialogue(server.port, *LOGGED_IN, command)).removeprefix(before)


async def test_steps_are_played_and_recorded() -> None:
    async with ScriptedServer([*LOGIN, ("QUIT", b"+OK bye\r\n")]) as server:
        reply_text = await dialogue(server.port, b"CAPA", b"USER a", b"PASS b", b"CAPA", b"QUIT")
    assert reply_text.endswith(b"+OK bye\r\n")
    assert server.commands == [b"CAPA", b"USER a", b"PASS b", b"CAPA", b"QUIT"]
    assert server.quit_arrived


async def test_an_unexpected_line_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="expected 'NOOP', received b'STAT'"):
        async with ScriptedServer([(None, b"+OK\r\n"), ("NOOP", b"+OK\r\n")]) as server:
            await dialogue(server.port, b"STAT")


async def test_each_connection_has_its_script_and_the_last_one_stays() -> None:
    async with ScriptedServer([(None, b"1")], [(None, b"2")]) as server:
        reply_text = [await dialogue(server.port) for _ in range(3)]
    assert reply_text == [b"1", b"2", b"2"]
    assert server.connections == 3


async def test_a_held_connection_ends_with_its_server() -> None:
    async with ScriptedServer(steps((None, b"+OK\r\n"), then=hold)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await reader.readline() == b"+OK\r\n"
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 10)
    writer.close()


async def test_seed_session() -> None:
    async with SeedServer() as server:
        for command, reply_text in EXCHANGES.items():
            assert await dialogue(server.port, command) == GREETING + reply_text
        await dialogue(server.port, b"DELE 3", b"RSET", b"DELE 2", b"QUIT")
    assert server.removed == {2}
    assert b"APOP user@nic.ru " + DIGEST.encode() in server.commands


async def test_seed_sends_a_wrong_password_away() -> None:
    async with SeedServer() as server:
        reply_text = await dialogue(server.port, b"USER user@nic.ru", b"PASS wrong")
    assert reply_text.endswith(b"-ERR Go away!\r\n")


async def test_odd_server_without_oddities_satisfies_poplib() -> None:
    async with OddServer(MESSAGES) as server:
        await asyncio.to_thread(_delete_the_second, server.port)
        assert server.uids == ["uid-0001", "uid-0003", "uid-0004"]
        assert server.quit_arrived


def _delete_the_second(port: int) -> None:
    pop = poplib.POP3("127.0.0.1", port, timeout=60)
    pop.user("user")
    pop.pass_("secret")
    assert pop.stat()[0] == 4
    assert pop.retr(2)[1][:3] == [b"Subject: 2", b"", b".dot"]
    pop.dele(2)
    pop.quit()


async def test_unknown_oddities_are_refused() -> None:
    with pytest.raises(ValueError, match="no such oddity: top-refuse"):
        OddServer(MESSAGES, {"top-refuse"})


@pytest.mark.parametrize(
    ("oddity", "command", "reply_text"),
    [
        ("no-capa", b"CAPA", rb"-ERR .*"),
        ("no-top", b"TOP 1 0", rb"-ERR .*"),
        ("no-uidl", b"UIDL", rb"-ERR .*"),
        ("uidl-unadvertised", b"CAPA", rb"((?!UIDL).)*"),
        ("uidl-spaces", b"UIDL", rb"\+OK 4 messages\r\n1    uid-0001\r\n.*"),
        ("uidl-ok-prefix", b"UIDL", rb"\+OK 4 messages\r\n\+OK 1 uid-0001\r\n.*"),
        ("uidl-extra", b"UIDL", rb".*\r\n5 arrived-since\r\n\."),
        ("uidl-n-odd", b"UIDL 1", rb"\+OK unique-id follows"),
        ("uid-blank:2", b"UIDL", rb".*uid-0001\r\n2 \r\n3 uid-0003.*"),
        ("uid-missing:4", b"UIDL", rb"\+OK 4 messages\r\n.*\r\n4\r\n\."),
        ("uid-long", b"UIDL", rb".*\r\n1 (uid-0001){80}\r\n2 uid-0002.*"),
        ("uid-not-ascii", b"UIDL", rb".*\r\n1 \xfc\xff\x1b\[31muid-0001\r\n.*"),
        ("duplicate-uids", b"UIDL", rb".*\r\n1 uid-0001\r\n2 uid-0001\r\n3 uid-0003\r\n.*"),
        ("stat-extra-text", b"STAT", rb"\+OK 4 \d+ \(proxing\)"),
        ("stat-many-lines", b"STAT", rb"\+OK 4 \d+\r\nfirst\r\nsecond\r\n\."),
        ("list-extra-text", b"LIST", rb"\+OK 4 messages\r\n1 \d+ octets of mail\r\n.*"),
        ("list-sizes-wrong", b"LIST", rb"\+OK 4 messages\r\n1 7\r\n2 7\r\n3 7\r\n4 7\r\n\."),
        ("top-whole-message", b"TOP 1 0", rb".*Subject: 1\r\n\r\n\.\.dot\r\n(line\r\n){20}\."),
        ("top-ten-lines", b"TOP 1 0", rb".*Subject: 1\r\n\r\n\.\.dot\r\n(line\r\n){9}\."),
        ("top-one-line", b"TOP 1 0", rb"\+OK message follows\r\nSubject: 1\r\n\."),
        ("top-headers-differ", b"TOP 1 0", rb".*\r\nSubject: \[top\] 1\r\n.*"),
        ("no-dot-stuffing", b"RETR 1", rb".*\r\n\.dot\r\n.*\r\n\."),
        ("no-crlf-before-dot", b"RETR 1", rb".*line\."),
        ("numbers-with-gaps", b"LIST", rb"\+OK 4 messages\r\n1 \d+\r\n3 \d+\r\n5 \d+\r\n7 .*"),
        ("numbers-with-gaps", b"TOP 7 0", rb".*Subject: 4\r\n.*"),
        ("numbers-with-gaps", b"TOP 2 0", rb"-ERR .*"),
        ("blank-lines-between", b"NOOP", rb"\+OK cool\r\n"),
        ("bare-ok", b"DELE 1", rb"\+OK"),
        ("dele-refused:3", b"DELE 3", rb"-ERR \[SYS/PERM\] .*"),
        ("dele-refused:3", b"DELE 2", rb"\+OK .*"),
        ("retr-refused", b"RETR 1", rb"-ERR .*"),
        ("top-in-pieces", b"TOP 1 0", rb".*Subject: 1\r\n\r\n\."),
        ("top-hangs-up", b"TOP 1 0", rb""),
        ("resp-codes-underscore", b"CAPA", rb".*\r\nRESP_CODES\r\n.*"),
        ("capa-bare-after-login", b"CAPA", rb"\+OK [^\n]*\r\nEXPIRE NEVER\r\n\."),
        ("login-delay", b"CAPA", rb".*\r\nLOGIN-DELAY 300\r\n\."),
        ("pipelining-unadvertised", b"CAPA", rb"((?!PIPELINING).)*"),
    ],
)
async def test_odd_replies(oddity: str, command: bytes, reply_text: bytes) -> None:
    answer = await reply(oddity, command)
    found = answer.removeprefix(b"\r\n").removesuffix(b"\r\n")
    assert re.fullmatch(reply_text, found, re.DOTALL), answer
    assert oddity.endswith(("hangs-up", "in-pieces", ":3")) or answer != await reply("", command)


async def test_bare_line_feeds() -> None:
    async with OddServer(MESSAGES, {"bare-lf"}) as server:
        assert (await dialogue(server.port, *LOGGED_IN, b"LIST")).count(b"\r\n") == 1


@pytest.mark.parametrize("oddity", ["uidl-hangs", "uidl-trickles", "quit-silent", "capa-hangs"])
async def test_no_whole_reply(oddity: str) -> None:
    command = oddity.partition("-")[0].upper().encode()
    async with OddServer(MESSAGES, {oddity}) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"USER user\r\nPASS secret\r\nNOOP\r\n" + command + b"\r\n")
        await reader.readuntil(b"cool\r\n")
    assert (await asyncio.wait_for(_rest(reader), 10)).count(b".\r\n") == 0
    writer.transport.abort()


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize("oddity", ["uidl-endless", "capa-endless", "retr-endless-line"])
async def test_replies_without_end(oddity: str) -> None:
    command = oddity.partition("-")[0].upper().encode() + b" 1" * oddity.startswith("retr")
    async with OddServer(MESSAGES, {oddity}) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"USER user\r\nPASS secret\r\n" + command + b"\r\n")
        assert len(await reader.readexactly(200_000)) == 200_000
        writer.transport.abort()


@pytest.mark.parametrize(
    ("oddities", "reply_text", "left"),
    [
        ((), b"+OK POP3 demo server connection closed\r\n", ["uid-0003", "uid-0004"]),
        ({"quit-err"}, b"-ERR some deleted", ["uid-0002", "uid-0003", "uid-0004"]),
        ({"quit-eof"}, b"marked deleted\r\n", ["uid-0003", "uid-0004"]),
        ({"quit-ok-removes-nothing"}, b"+OK POP3 demo server", None),
        ({"quit-eof", "quit-ok-removes-nothing"}, b"marked deleted\r\n", None),
        ({"quit-hangs-up"}, b"marked deleted\r\n", None),
    ],
)
async def test_ends(oddities: set[str], reply_text: bytes, left: list[str] | None) -> None:
    async with OddServer(MESSAGES, oddities) as server:
        answer = await dialogue(server.port, *LOGGED_IN, b"DELE 1", b"DELE 2", b"QUIT")
        assert reply_text in answer[-60:]
        assert server.uids == (left or ["uid-0001", "uid-0002", "uid-0003", "uid-0004"])
        assert server.quit_arrived


@pytest.mark.parametrize(
    ("oddity", "first", "third"),
    [
        ("in-use:2", b"-ERR [IN-USE]", b"+OK"),
        ("lock-in-prose", b"-ERR could not acquire the mailbox lock", b"-ERR could not"),
        ("sys-temp:1", b"-ERR [SYS/TEMP]", b"+OK"),
    ],
)
async def test_logins_refused_for_a_while(oddity: str, first: bytes, third: bytes) -> None:
    async with OddServer(MESSAGES, {oddity}) as server:
        reply_text = [(await dialogue(server.port, *LOGGED_IN)).split(b"\r\n")[2] for _ in range(3)]
    assert reply_text[0].startswith(first)
    assert reply_text[2].startswith(third)


async def test_a_cut_reply_is_repeated_as_often_as_scripted() -> None:
    async with OddServer(MESSAGES, {"retr-cut:1"}) as server:
        first, second = [await dialogue(server.port, *LOGGED_IN, b"RETR 1") for _ in range(2)]
    assert second.startswith(first)
    assert b"Subject: 1\r\n" in first
    assert second.endswith(b"\r\n.\r\n")
    assert not first.endswith(b"\r\n.\r\n")


async def test_a_server_changes_its_ways() -> None:
    async with OddServer(MESSAGES, {"no-capa"}) as server:
        server.become("quit-ok-removes-nothing")
        assert b"-ERR" not in await dialogue(server.port, b"CAPA", *LOGGED_IN, b"DELE 1", b"QUIT")
        assert len(server.messages) == 4


async def test_hang_up_on_a_bad_password() -> None:
    async with OddServer(MESSAGES, {"hang-up-on-bad-password"}) as server:
        reply_text = await dialogue(server.port, b"USER user", b"PASS wrong", b"NOOP")
    assert reply_text.endswith(b"-ERR [AUTH] Go away!\r\n")


async def test_a_greeting_without_timestamp() -> None:
    async with OddServer(MESSAGES, {"no-timestamp"}) as server:
        assert await dialogue(server.port) == b"+OK ready\r\n"


async def test_long_auth_lines_refused() -> None:
    async with OddServer(MESSAGES, {"long-auth-refused"}) as server:
        reply_text = await dialogue(server.port, b"AUTH PLAIN AGEAYg==", b"AUTH PLAIN", b"*")
    assert b"-ERR Protocol error\r\n+ \r\n" in reply_text


async def test_uids_change_with_the_session() -> None:
    async with OddServer(MESSAGES, {"uids-change"}) as server:
        first, second = [await dialogue(server.port, *LOGGED_IN, b"UIDL 1") for _ in range(2)]
    assert first != second


@pytest.mark.parametrize("oddity", ["", "stls-injection"])
async def test_stls(oddity: str) -> None:
    authority = trustme.CA()
    served, trusting = _contexts(authority)
    async with OddServer(MESSAGES, {oddity} - {""}, stls=served) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"CAPA\r\nSTLS\r\n")
        reply_text = await reader.readuntil(b"Begin TLS\r\n")
        assert b"\r\nSTLS\r\n" in reply_text
        if oddity:
            assert await reader.readline() == b"+OK injected\r\n"
        await writer.start_tls(trusting, server_hostname="localhost")
        writer.write(b"NOOP\r\n")
        assert await reader.readline() == b"-ERR Not in this state\r\n"
        writer.write(b"CAPA\r\n")
        assert b"STLS" not in await reader.readuntil(b"\r\n.\r\n")
        writer.transport.abort()


async def test_tls_from_the_first_octet() -> None:
    served, trusting = _contexts(trustme.CA())
    async with OddServer(MESSAGES, tls=served) as server:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=trusting, server_hostname="localhost"
        )
        assert (await reader.readline()).startswith(b"+OK ")
        writer.transport.abort()


def _contexts(authority: trustme.CA) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(served)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    return served, trusting


def test_every_change_of_a_reply_is_an_oddity_by_name() -> None:
    assert REPLIES.keys() | REQUESTS.keys() <= NAMES
