"""A read-only mailbox: no DELE can be sent, whatever is done, typed or configured."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poptui.errors import PoptuiError, UsageError
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import READ_ONLY
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, parse_target
from poptui.pop3.commands import Command, Dele, Quit, Rset
from poptui.pop3.connection import Connection
from poptui.pop3.errors import LocalError
from poptui.secret import Secret
from poptui.storage.journal import MarkJournal
from tests.kit.odd import OddServer
from tests.mailbox.watched import PATIENCE, Watched, make_messages, watching
from tests.pop3.sessions import feed, inside

COUNT = 5


class _Typed(Command):
    """A line that was typed by hand."""

    verb = "dele"

    def arguments(self) -> tuple[str, ...]:
        return ("1",)


@pytest.mark.parametrize("command", [Dele(1), _Typed(), Quit(frozenset({1}))])
def test_commands_that_delete_cannot_be_encoded(command: Command) -> None:
    session = inside(Connection(readonly=True))
    with pytest.raises(LocalError, match="read-only"):
        session.send(command)
    assert session.outstanding == 0
    assert session.send(Rset()) == b"RSET\r\n"
    feed(session, b"+OK\r\n")
    assert session.send(Quit()) == b"QUIT\r\n"


async def test_commands_that_delete_cannot_be_typed() -> None:
    async with OddServer(make_messages(1)) as server:
        target = parse_target(f"pop://user@127.0.0.1:{server.port}")
        options = ConnectionOptions(readonly=True)
        session = await log_in(target, Credentials(Secret("secret")), options=options)
        try:
            with pytest.raises(LocalError):
                await session.client.execute(Dele(1))
            await session.client.quit()
        finally:
            session.client.close()
        assert b"DELE" not in server.keywords
        assert len(server.messages) == 1


async def test_a_mark_is_refused_and_a_commit_is_too() -> None:
    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, readonly=True) as watched:
            mailbox = watched.mailbox
            assert mailbox.marks.mark(watched.entries) == READ_ONLY
            assert mailbox.scoring.mark_all(watched.entries).to_mark
            assert mailbox.marks.marked() == []
            assert mailbox.marks.undo()
            with pytest.raises(UsageError, match="read-only"):
                await mailbox.commit.run(stay=False, confirmed=watched.entries)
            assert await watched.read(watched.entries[0])
            await mailbox.session.discard()
        assert b"DELE" not in server.keywords
        assert len(server.messages) == 3


async def test_marks_of_an_earlier_run_wait(tmp_path: Any) -> None:
    """They are not offered, sent or forgotten."""
    path = tmp_path / "journal.sqlite3"
    journals: list[MarkJournal] = []

    def open_journal() -> MarkJournal:
        journals.append(MarkJournal(path, "me"))
        return journals[-1]

    async with OddServer(make_messages(3)) as server:
        async with watching(server.port, open_journal=open_journal) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            watched.mailbox.session.abandon()
            await watched.mailbox.close()
        server.commands.clear()
        async with watching(server.port, open_journal=open_journal, readonly=True) as watched:
            assert watched.mailbox.marks.recovered.offer is None
            await watched.mailbox.session.discard()
            await watched.mailbox.close()
        assert b"DELE" not in server.keywords
        async with watching(server.port, open_journal=open_journal) as watched:
            offer = watched.mailbox.marks.recovered.offer
            assert offer is not None
            assert [entry.uid for entry, _ in offer.present] == ["uid-0002"]
            watched.mailbox.marks.recovered.forget()
            await watched.mailbox.close()


ROWS = st.lists(st.integers(0, COUNT - 1), max_size=3)
ACTIONS = (
    *("mark", "all", "unmark", "none", "undo", "read", "peek"),
    *("refresh", "commit", "stay", "release", "forget", "lose"),
)
STEPS = st.lists(st.tuples(st.sampled_from(ACTIONS), ROWS), max_size=12)


async def peek(watched: Watched, entry: MessageEntry) -> None:
    (await watched.mailbox.messages.peek(entry, 3)).close()


async def act(watched: Watched, step: str, rows: list[int]) -> None:
    mailbox = watched.mailbox
    chosen = [watched.entries[row] for row in rows if row < len(watched.entries)]
    at_once: dict[str, Callable[[], object]] = {
        "mark": partial(mailbox.marks.mark, chosen),
        "all": partial(mailbox.scoring.mark_all, chosen),
        "unmark": partial(mailbox.marks.unmark, chosen),
        "none": mailbox.marks.unmark_all,
        "undo": mailbox.marks.undo,
        "lose": mailbox.session.abandon,
    }
    awaited: dict[str, Callable[[], Awaitable[object]]] = {
        "read": lambda: watched.read(chosen[0]),
        "peek": lambda: peek(watched, chosen[0]),
        "refresh": mailbox.session.refresh,
        "commit": lambda: mailbox.commit.run(stay=False, confirmed=chosen),
        "stay": lambda: mailbox.commit.run(stay=True),
        "release": mailbox.session.release,
        "forget": mailbox.marks.forget,
    }
    if step in at_once:
        at_once[step]()
    elif chosen or step not in ("read", "peek"):
        with suppress(PoptuiError):
            await awaited[step]()


@settings(max_examples=25)
@given(STEPS)
def test_no_action_sends_dele(steps: list[tuple[str, list[int]]]) -> None:
    async def session() -> None:
        async with OddServer(make_messages(COUNT)) as server:
            async with asyncio.timeout(PATIENCE), watching(server.port, readonly=True) as watched:
                for step, rows in steps:
                    await act(watched, step, rows)
                    await asyncio.sleep(0.002)
                await watched.mailbox.session.discard()
            assert b"DELE" not in server.keywords
            assert len(server.messages) == COUNT

    asyncio.run(session())
