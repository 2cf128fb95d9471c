"""The demo server, tested with poplib and with a bare socket."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import poplib
import re
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest

from poptui.demo.server import MAX_LINE_BYTES, MAX_WRITE_BYTES, DemoServer
from poptui.demo.stored_mailbox import StoredMessage

MESSAGES = [
    StoredMessage("one", b"Subject: 1\r\n\r\nfirst\r\n"),
    StoredMessage("two", b"Subject: 2\r\n\r\n.\r\n..dots\r\nlast"),
    StoredMessage("three", b"Subject: 3\n\nbare line feeds\n"),
]
Result = TypeVar("Result")


@pytest.fixture
async def server() -> AsyncIterator[DemoServer]:
    async with DemoServer(MESSAGES) as running:
        yield running


def connected(server: DemoServer, *, login: bool = True) -> poplib.POP3:
    pop = poplib.POP3("127.0.0.1", server.port, timeout=60)
    if login:
        pop.user("demo")
        pop.pass_("demo")
    return pop


async def with_pop(
    server: DemoServer, use: Callable[[poplib.POP3], Result], *, login: bool = True
) -> Result:
    """Run ``use`` with a poplib session in a thread, close the connection, return its result."""

    def run() -> Result:
        pop = connected(server, login=login)
        try:
            return use(pop)
        finally:
            pop.close()

    return await asyncio.to_thread(run)


async def dialogue(server: DemoServer, *sent: bytes) -> bytes:
    """Send ``sent`` in one packet, then EOF; return everything the server answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"".join(line + b"\r\n" for line in sent))
    writer.write_eof()
    replies = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return replies


async def inside(server: DemoServer, *sent: bytes) -> bytes:
    """Like ``dialogue`` after a login; omit the greeting and the login's replies."""
    replies = await dialogue(server, b"USER demo", b"PASS demo", *sent)
    return replies.split(b"\r\n", 3)[3]


async def test_poplib_logs_in_and_lists(server: DemoServer) -> None:
    sizes = [len(message.data) for message in server.messages]

    def use(pop: poplib.POP3) -> None:
        assert pop.stat() == (3, sum(sizes))
        assert pop.list()[1] == [b"%d %d" % row for row in enumerate(sizes, 1)]
        assert pop.uidl()[1] == [b"1 one", b"2 two", b"3 three"]

    await with_pop(server, use)


async def test_messages_are_returned_unchanged_with_their_dots(server: DemoServer) -> None:
    lines = await with_pop(server, lambda pop: pop.retr(2)[1])
    assert lines == [b"Subject: 2", b"", b".", b"..dots", b"last"]


async def test_bare_line_feeds_are_sent_as_crlf(server: DemoServer) -> None:
    assert server.messages[2].data == b"Subject: 3\r\n\r\nbare line feeds\r\n"


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (b"TOP 2", b""),
        (b"TOP 2 0", b""),
        (b"TOP 2 1", b"..\r\n"),
        (b"TOP 2 2", b"..\r\n...dots\r\n"),
        (b"TOP 2 999999999", b"..\r\n...dots\r\nlast\r\n"),
    ],
)
async def test_top_sends_the_header_and_the_requested_lines(
    server: DemoServer, command: bytes, body: bytes
) -> None:
    replies = await inside(server, command)
    assert replies == b"+OK message follows\r\nSubject: 2\r\n\r\n" + body + b".\r\n"


async def test_apop(server: DemoServer) -> None:
    await with_pop(server, lambda pop: pop.apop("demo", "demo"), login=False)


async def test_apop_refuses_a_wrong_digest(server: DemoServer) -> None:
    replies = await dialogue(server, b"APOP demo " + hashlib.md5(b"demo").hexdigest().encode())
    assert replies.split(b"\r\n")[1] == b"-ERR [AUTH] Go away!"


@pytest.mark.parametrize(
    "lines",
    [
        [b"AUTH PLAIN " + base64.b64encode(b"\0demo\0demo")],
        [b"auth plain", base64.b64encode(b"\0demo\0demo")],
        [b"AUTH LOGIN", base64.b64encode(b"demo"), base64.b64encode(b"demo")],
        [b"AUTH LOGIN " + base64.b64encode(b"demo"), base64.b64encode(b"demo")],
    ],
)
async def test_auth_logs_in_without_recording_the_password(
    server: DemoServer, lines: list[bytes]
) -> None:
    replies = await dialogue(server, *lines, b"STAT")
    assert replies.split(b"\r\n")[-3].startswith(b"+OK 3 messages")
    assert not [line for line in server.commands if base64.b64encode(b"demo") in line]
    assert not [line for line in server.commands if base64.b64encode(b"\0demo\0demo") in line]


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ([b"AUTH PLAIN " + base64.b64encode(b"\0demo\0wrong")], b"-ERR [AUTH] Go away!"),
        ([b"AUTH PLAIN", b"*"], b"-ERR Authentication cancelled"),
        ([b"AUTH PLAIN", b"="], b"-ERR [AUTH] Go away!"),
        ([b"AUTH PLAIN not-base64"], b"-ERR Authentication cancelled"),
        ([b"AUTH GSSAPI"], b"-ERR No such mechanism"),
        ([b"PASS demo"], b"-ERR USER first"),
        ([b"USER demo", b"PASS wrong"], b"-ERR [AUTH] Go away!"),
        ([b"USER nobody", b"PASS demo"], b"-ERR [AUTH] Go away!"),
    ],
)
async def test_wrong_logins_are_refused(
    server: DemoServer, lines: list[bytes], answer: bytes
) -> None:
    replies = await dialogue(server, *lines, b"NOOP")
    assert replies.split(b"\r\n")[-3:-1] == [answer, b"-ERR Not in this state"]


async def test_passwords_are_not_recorded(server: DemoServer) -> None:
    await inside(server, b"NOOP")
    assert server.commands == [b"USER demo", b"PASS ***", b"NOOP"]


async def test_capabilities_differ_before_and_after_login(server: DemoServer) -> None:
    def use(pop: poplib.POP3) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        before = pop.capa()
        pop.user("demo")
        pop.pass_("demo")
        return before, pop.capa()

    before, after = await with_pop(server, use, login=False)
    assert before["SASL"] == ["PLAIN", "LOGIN"]
    assert before.keys() & after.keys() >= {"TOP", "UIDL", "PIPELINING", "RESP-CODES"}
    assert "SASL" not in after
    assert "USER" not in after


async def test_options_disable_pipelining_and_capa() -> None:
    async with DemoServer(MESSAGES, pipelining=False) as server:
        assert b"PIPELINING" not in await dialogue(server, b"CAPA")
    async with DemoServer(MESSAGES, capa=False) as server:
        assert b"-ERR Unknown command" in await dialogue(server, b"CAPA")


async def test_quit_after_login_removes_deleted_messages(server: DemoServer) -> None:
    await inside(server, b"DELE 1", b"DELE 3", b"QUIT")
    assert [message.uid for message in server.messages] == ["two"]
    assert await inside(server, b"UIDL") == b"+OK 1 messages\r\n1 two\r\n.\r\n"


@pytest.mark.parametrize("end", [[], [b"RSET", b"QUIT"]])
async def test_any_other_end_of_the_session_removes_nothing(
    server: DemoServer, end: list[bytes]
) -> None:
    await inside(server, b"DELE 1", *end)
    assert [message.uid for message in server.messages] == ["one", "two", "three"]


async def test_quit_keeps_messages_that_arrived_meanwhile(server: DemoServer) -> None:
    def use(pop: poplib.POP3) -> None:
        server.messages.append(StoredMessage("new", b"Subject: new\r\n\r\n"))
        pop.dele(1)
        assert pop.stat()[0] == 2
        pop.quit()

    await with_pop(server, use)
    assert [message.uid for message in server.messages] == ["two", "three", "new"]


async def test_deleted_messages_are_hidden(server: DemoServer) -> None:
    sent = (b"DELE 2", b"STAT", b"UIDL", b"RETR 2", b"DELE 2", b"RSET", b"STAT")
    replies = await inside(server, *sent)
    one, three = (len(server.messages[index].data) for index in (0, 2))
    assert replies.split(b"\r\n")[1] == b"+OK 2 %d" % (one + three)
    assert b"1 one\r\n3 three\r\n.\r\n" in replies
    assert replies.count(b"-ERR There's no message 2\r\n") == 2
    assert replies.split(b"\r\n")[-2].startswith(b"+OK 3 ")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"UIDL 3", b"+OK 3 three\r\n"),
        (b"LIST 3", b"+OK 3 31\r\n"),
        (b"LIST 4", b"-ERR There's no message 4\r\n"),
        (b"RETR 0", b"-ERR There's no message 0\r\n"),
        (b"RETR -1", b"-ERR Invalid number\r\n"),
        (b"RETR", b"-ERR Invalid number\r\n"),
        (b"TOP 1 x", b"-ERR Invalid number\r\n"),
        (b"DELE 99999999999999999999", b"-ERR Invalid number\r\n"),
        (b"USER demo", b"-ERR Not in this state\r\n"),
        (b"XYZZY", b"-ERR Unknown command\r\n"),
        (b"", b"-ERR Unknown command\r\n"),
        (b"\xff\x00", b"-ERR Unknown command\r\n"),
        (b"noop", b"+OK cool\r\n"),
        (b"LAST", b"+OK 0 is last seen\r\n"),
        (b"XTND XMIT", b"-ERR XTND: no such extension\r\n"),
    ],
)
async def test_single_line_replies(server: DemoServer, command: bytes, answer: bytes) -> None:
    assert await inside(server, command) == answer


async def test_last_is_the_highest_number_retrieved(server: DemoServer) -> None:
    replies = await inside(server, b"RETR 2", b"RETR 1", b"LAST", b"RSET", b"LAST")
    assert re.findall(rb"(\d) is last seen", replies) == [b"2", b"0"]


async def test_help_names_the_commands(server: DemoServer) -> None:
    assert (await dialogue(server, b"HELP")).split(b"\r\n")[1].startswith(b"+OK Valid commands: ")


async def test_one_session_at_a_time(server: DemoServer) -> None:
    first = await asyncio.to_thread(connected, server)
    replies = await dialogue(server, b"USER demo", b"PASS demo")
    assert replies.endswith(b"-ERR [IN-USE] Another session has this mailbox open\r\n")
    first.close()
    while b"IN-USE" in await dialogue(server, b"USER demo", b"PASS demo"):
        pass


async def test_an_endless_line_is_refused_and_the_connection_closed(server: DemoServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"A" * (MAX_LINE_BYTES + 1))
    replies = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert replies.endswith(b"-ERR Line too long\r\n")


async def test_a_silent_session_is_ended_without_deleting() -> None:
    async with DemoServer(MESSAGES, autologout_s=0.05) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"USER demo\r\nPASS demo\r\nDELE 1\r\n")
        replies = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert replies.endswith(b"+OK marked deleted\r\n")
        assert len(server.messages) == 3


async def test_each_write_is_delayed(monkeypatch: pytest.MonkeyPatch) -> None:
    large = StoredMessage("large", b"Subject: x\r\n\r\n" + b"y" * (3 * MAX_WRITE_BYTES))
    pauses: list[float] = []
    pause = asyncio.sleep

    async def recorded(seconds: float) -> None:
        pauses.append(seconds)
        await pause(0)

    monkeypatch.setattr(asyncio, "sleep", recorded)
    async with DemoServer([large], delay_s=0.25) as server:
        await inside(server, b"RETR 1")
    greeting, logins_and_message = [0.25], [0.25] * 4
    assert pauses == greeting + logins_and_message


async def test_thousands_of_commands_in_one_packet(server: DemoServer) -> None:
    replies = await inside(server, *[b"TOP 1 0"] * 5000)
    assert replies == b"+OK message follows\r\nSubject: 1\r\n\r\n.\r\n" * 5000


async def test_closing_the_server_closes_its_connections() -> None:
    async with DemoServer(MESSAGES) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await reader.readline()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 10)
    writer.close()
    assert server.connections == 1
