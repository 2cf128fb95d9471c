"""The protocol pane: typing commands, folding, searching, saving, and servers that send garbage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from poptui.demo.server import DemoServer
from poptui.demo.stored_mailbox import StoredMessage
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.changes import ConnectionState
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, parse_target
from poptui.net.server_profile import ServerProfile
from poptui.net.transcript import RecordKind, Transcript, shown_line
from poptui.pop3.commands import List, Noop, Retr
from poptui.secret import Secret
from poptui.storage.settings import Settings
from poptui.tui.apps.mailbox_app import PoptuiApp
from poptui.tui.screens.protocol import CommandHistory, ProtocolScreen
from poptui.tui.widgets.transcript_view import TranscriptView
from tests.kit.replay import ReplayServer
from tests.kit.scripted import LOGIN, ScriptedServer, hold, steps
from tests.mailbox.watched import make_message, make_messages
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import AppPilot, running, shows, text, until

PASSWORD = "a password of some length"


def mailbox_at(port: int) -> Mailbox:
    transcript = Transcript()
    server = parse_target(f"pop://user@127.0.0.1:{port}")
    options = ConnectionOptions(2.0, transcript=transcript)
    sign_in = partial(log_in, server, Credentials(Secret(PASSWORD)), ServerProfile(), options)
    return Mailbox(server.title, sign_in, transcript=transcript)


@asynccontextmanager
async def pane_at(
    port: int, settings: Settings | None = None, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[AppPilot, Mailbox]]:
    """Open the pane on a mailbox at ``port`` with its headers loaded."""
    mailbox = mailbox_at(port)
    async with PoptuiApp(mailbox, settings=settings).run_test(size=size) as pilot:
        session = mailbox.session
        await until(pilot, lambda: session.state is ConnectionState.ONLINE)
        await until(pilot, lambda: not mailbox.headers.missing)
        await pilot.press("~")
        await shows(pilot, "Protocol · user@")
        yield pilot, mailbox
    session.abandon()
    await mailbox.close()


async def type_line(pilot: AppPilot, line: str) -> None:
    if not isinstance(pilot.app.focused, Input):
        await pilot.press(":")
    field = pilot.app.focused
    assert isinstance(field, Input)
    field.value = line
    await pilot.press("enter")


async def search_for(pilot: AppPilot, wanted: str) -> None:
    await pilot.press("/")
    field = pilot.app.focused
    assert isinstance(field, Input)
    field.value = wanted
    await pilot.press("enter")


def replies(mailbox: Mailbox, command: str) -> list[str]:
    """Return the status line and the body of the last reply to a command, as shown."""
    for record in reversed(mailbox.console.transcript.records):
        if record.kind is RecordKind.REPLY and record.answers == command.encode():
            return [shown_line(line) for line in (record.line, *record.body_lines())]
    return []


def demo(messages: Sequence[bytes]) -> DemoServer:
    stored = [StoredMessage(f"u{number}", data) for number, data in enumerate(messages, 1)]
    return DemoServer(stored, user="user", password=PASSWORD)


async def test_the_session_that_was_once_typed_by_hand() -> None:
    async with demo(make_messages(5)) as server, pane_at(server.port) as (pilot, mailbox):

        async def answer(line: str) -> list[str]:
            mailbox.console.transcript.records.clear()
            await type_line(pilot, line)
            await until(pilot, lambda: bool(replies(mailbox, line)), line)
            return replies(mailbox, line)

        total = sum(len(message) for message in make_messages(5))
        assert (await answer("HELP"))[0].startswith("+OK Valid commands: USER, PASS")
        assert await answer("NOOP") == ["+OK cool"]
        assert await answer("RETR 5") == [
            "+OK message follows",
            *make_message(5).decode().splitlines(),
        ]
        assert await answer("LAST") == ["+OK 5 is last seen"]
        assert await answer("UIDL") == ["+OK 5 messages", *(f"{n} u{n}" for n in range(1, 6))]
        assert await answer("UIDL 2") == ["+OK 2 u2"]
        assert await answer("STAT") == [f"+OK 5 {total}"]
        assert (await answer("LIST"))[0] == "+OK 5 messages"
        header = make_message(2).decode().partition("body")[0].splitlines()
        assert await answer("TOP 2") == ["+OK message follows", *header]
        assert await answer("TOP 2 0") == ["+OK message follows", *header]
        assert await answer("DELE 2") == ["+OK marked deleted"]
        assert mailbox.marks.marked()[0].number == 2
        await type_line(pilot, "RSET")
        await shows(pilot, "Unmark 1 message")
        await pilot.press("y")
        await until(pilot, lambda: bool(replies(mailbox, "RSET")))
        assert replies(mailbox, "RSET") == [f"+OK 5 messages ({total} bytes)"]
        assert mailbox.marks.marked() == []
        assert await answer("XTND") == ["-ERR XTND: no such extension"]
        await shows(pilot, "poptui can't know what XTND does")
        for line in ("USER user", "PASS qwerty", "APOP user d0a42277", ":PASS qwerty"):
            await type_line(pilot, line)
            screen = await shows(pilot, "is part of the login")
            assert line not in screen
        assert not any(b"qwerty" in line for line in server.commands)
        assert len(server.messages) == 5


async def test_quit_by_hand_asks_and_deletes_only_what_was_confirmed() -> None:
    async with demo(make_messages(3)) as server, pane_at(server.port) as (pilot, mailbox):
        await type_line(pilot, "DELE 2")
        await until(pilot, lambda: bool(replies(mailbox, "DELE 2")))
        await type_line(pilot, "QUIT")
        await shows(pilot, "Delete 1 message")
        await pilot.press("escape")
        await shows(pilot, "Protocol · user@")
        assert b"QUIT" not in server.commands
        await type_line(pilot, "quit")
        await shows(pilot, "Delete 1 message")
        await pilot.press("c")
        await until(pilot, lambda: not pilot.app.is_running)
        assert [message.uid for message in server.messages] == ["u1", "u3"]


@pytest.mark.parametrize(
    "garbage",
    [b"+OK \x1b[2J\x00\xff\r\n" * 80_000, b"x" * 10**6],
    ids=["replies", "one line"],
)
async def test_a_megabyte_of_garbage(garbage: bytes) -> None:
    empty = b"+OK\r\n.\r\n"
    start = [("STAT", b"+OK 0 0\r\n"), *((verb, empty) for verb in ("UIDL", "LIST", "CAPA"))]
    script = steps(*LOGIN[:-1], *start, ("XNOISE", garbage), then=hold)
    async with ScriptedServer(script) as server, pane_at(server.port) as (pilot, mailbox):
        await type_line(pilot, "XNOISE")
        screen = await shows(pilot, "was closed to be safe")
        assert "\x1b" not in screen
        await pilot.press("escape", "A", "g", "j", "G", "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ProtocolScreen))
        assert sum(record.cost for record in mailbox.console.transcript.records) < 5_000_000


def filled() -> FakeMailbox:
    """Return a mailbox with a transcript, in which a reply has many lines."""
    mailbox = FakeMailbox()
    session = mailbox.console.transcript.session()
    session.received(b"+OK hello\r\n")
    for command, reply in (
        (List(), b"+OK\r\n1 10\r\n2 20\r\n.\r\n"),
        (Retr(1), b"+OK\r\nSubject: needle\r\n\r\nx\r\n.\r\n"),
        (Noop(), b"-ERR no\r\n"),
    ):
        session.sent(command.encode(), command)
        session.received(reply)
    return mailbox


async def test_folding_filtering_searching_and_pausing() -> None:
    mailbox = filled()
    async with running(mailbox) as pilot:
        await pilot.press("~")
        screen = await shows(pilot, "(2 lines)")
        assert "1 10" not in screen
        assert "Subject: needle" not in screen
        await pilot.press("g", "j", "j", "j", "enter")
        assert "1 10" in await shows(pilot, "2 20")
        await pilot.press("enter")
        assert "1 10" not in text(pilot)
        await search_for(pilot, "NEEDLE")
        await shows(pilot, "Subject: needle")
        await pilot.press("f")
        assert "+OK" not in await shows(pilot, "commands only")
        await pilot.press("f", "p")
        mailbox.console.transcript.session().received(b"+OK another\r\n")
        await shows(pilot, "paused, 2 new")
        assert "another" not in text(pilot)
        await pilot.press("p")
        await shows(pilot, "another")
        await search_for(pilot, "nowhere")
        await shows(pilot, "Not found: nowhere")
        await pilot.resize_terminal(1, 1)
        await pilot.press("j", "A")
        await pilot.resize_terminal(40, 10)
        await pilot.press("Z")
        await shows(pilot, "'Z' does nothing here")
        await pilot.resize_terminal(200, 50)
        await shows(pilot, "+OK another")


async def test_typing_with_history_and_completion() -> None:
    mailbox = filled()
    async with running(mailbox) as pilot:
        await pilot.press("~")
        await shows(pilot, "C: Press : and type a command")
        await pilot.press(":")
        await until(pilot, lambda: "Press :" not in text(pilot))
        await pilot.press(*"re", "tab")
        await shows(pilot, "C: RETR")
        await pilot.press("tab")
        await shows(pilot, "C: RETR 5")
        await pilot.press("enter", *"noop", "enter")
        await until(pilot, lambda: ("typed", "noop") in mailbox.calls)
        await pilot.press(*"draft", "up", "up")
        await shows(pilot, "C: RETR 5")
        await pilot.press("down", "down")
        await shows(pilot, "C: draft")
        pilot.app.post_message(Paste("x" * 10**6))
        await shows(pilot, "nothing was pasted")
        await pilot.press("escape", "~")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ProtocolScreen))


async def test_a_saved_transcript_becomes_a_server(tmp_path: Path) -> None:
    settings = Settings(save_dir=str(tmp_path))
    async with demo(make_messages(2)) as server:
        async with pane_at(server.port, settings) as (pilot, mailbox):
            await type_line(pilot, "UIDL 2")
            await until(pilot, lambda: bool(replies(mailbox, "UIDL 2")))
            await pilot.press("escape", "S")
            await shows(pilot, "Saved as")
    (saved,) = [file.read_text() for file in tmp_path.iterdir()]  # noqa: ASYNC240
    assert PASSWORD not in saved
    async with ReplayServer(saved) as server:
        mailbox = mailbox_at(server.port)
        await mailbox.session.connect()
        assert [entry.uid for entry in mailbox.listing.entries] == ["u2", "u1"]
        mailbox.session.abandon()


def test_the_view_follows_records_that_are_dropped() -> None:
    transcript = Transcript()
    view = TranscriptView(transcript)
    session = transcript.session()
    for number in range(5000):
        session.sent(b"TOP %d 0\r\n" % number, Noop())
        if not number % 100:
            view.sync()
    view.sync()
    assert view.rows.visible[0] is transcript.records[0]
    assert view.rows.visible[-1] is transcript.records[-1]
    assert view._cursor.record == len(view.rows.visible) - 1


def test_history_has_no_line_twice() -> None:
    history = CommandHistory()
    for line in ("STAT", "NOOP", "STAT"):
        history.add(line)
    assert [history.step(-1, "x"), history.step(-1, ""), history.step(-1, "")] == [
        "STAT", "NOOP", "NOOP",
    ]  # fmt: skip
    assert [history.step(1, ""), history.step(1, ""), history.step(1, "")] == ["STAT", "x", "x"]
