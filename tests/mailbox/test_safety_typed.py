"""Commands typed by hand delete nothing that a key couldn't, wherever the connection fails."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest

from poptui.demo import session as demo
from poptui.demo.session import DemoSession, DemoState
from poptui.errors import PoptuiError
from poptui.mailbox.access.console import DialogNeeded
from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.entry import Mark
from tests.kit.odd import OddServer
from tests.kit.relay import Direction, FaultKind, FaultyRelay, LineFault
from tests.mailbox.watched import PATIENCE, Watched, make_messages, watching

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(StreamWriter|socket.socket|_SelectorTransport):pytest.PytestUnraisableExceptionWarning"
)
"""The servers may be closed before they serve a connection."""

COUNT = 5
MARKED = {"uid-0001", "uid-0004"}
"""The marks made by DELE at the end of the session below, which are confirmed."""
TIMEOUT_S = 0.5
POINTS = 14
LAST = 30
"""Number of bytes at the end of the session that contain QUIT and its reply."""


@pytest.fixture(autouse=True)
def server_with_secrets_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """XDEL deletes, which no client knows; XLIST has a multi-line reply."""
    after = DemoState.TRANSACTION
    rows = b"+OK here they are\r\n" + b"row\r\n" * 5 + b".\r\n"
    monkeypatch.setitem(demo._COMMANDS, b"XDEL", {after: DemoSession._dele})
    monkeypatch.setitem(demo._COMMANDS, b"XLIST", {after: lambda session, _: rows})


async def typed(watched: Watched, line: str) -> str | DialogNeeded:
    """Type a line in the current session, and do what the interface does after a yes."""
    mailbox = watched.mailbox
    answer = await mailbox.console.enter(line, mailbox.console.session)
    if answer is DialogNeeded.UNMARK_ALL:
        mailbox.marks.unmark_all()
        mailbox.console.reset()
    return answer


async def tried(watched: Watched, line: str) -> None:
    """Type a line; if the fault hit it, wait for the next session and type it once more."""
    for _ in range(2):
        try:
            await typed(watched, line)
        except PoptuiError:
            await again(watched)
        else:
            return


async def again(watched: Watched) -> None:
    for _ in range(2):
        try:
            await watched.mailbox.session.connect()
        except PoptuiError:
            continue
        else:
            return


async def steps(watched: Watched) -> Outcome:
    """Mark, reset, mark again and commit, all by hand."""
    await again(watched)
    for line in ("DELE 2", "DELE 5", "RETR 3", "HELP", "RSET", "XDEL 3", "DELE 1", "DELE 4"):
        await tried(watched, line)
    assert await watched.mailbox.console.enter("QUIT", None) is DialogNeeded.QUIT
    wanted = [entry for entry in watched.entries if entry.uid in MARKED]
    watched.mailbox.marks.mark(wanted)  # if the fault hit both attempts at DELE
    for _ in range(3):  # a loaded machine may answer late, too
        try:
            return await watched.mailbox.commit.run(stay=False, confirmed=wanted)
        except PoptuiError:
            await asyncio.sleep(0.1)
    return await watched.mailbox.commit.run(stay=False, confirmed=wanted)


async def octets() -> dict[Direction, int]:
    async with OddServer(make_messages(COUNT)) as server, FaultyRelay(server.port) as relay:
        outcome = await steps(Watched(relay.port, timeout=PATIENCE))
        assert {entry.uid for entry in outcome.deleted} == MARKED
        return relay.passed


async def survives(fault: LineFault) -> bool:
    """Run a session with ``fault`` in it and check the server; return whether the fault
    happened."""
    async with OddServer(make_messages(COUNT)) as server, FaultyRelay(server.port, fault) as relay:
        watched = Watched(relay.port, timeout=TIMEOUT_S)
        try:
            async with asyncio.timeout(PATIENCE):
                outcome = await steps(watched)
                there = set(server.uids)
                gone = {f"uid-{number:04}" for number in range(1, COUNT + 1)} - there
                assert gone <= MARKED
                assert {entry.uid for entry in outcome.deleted} <= gone
            return relay.failed
        except (AssertionError, TimeoutError, PoptuiError) as error:
            raise AssertionError(f"at {fault}") from error
        finally:
            watched.mailbox.session.abandon()


async def test_the_connection_may_be_cut_at_any_byte() -> None:
    total = await octets()
    faults = [
        LineFault(direction, point * total[direction] // POINTS, FaultKind.CUT)
        for direction, point in product(Direction, range(POINTS))
    ]
    faults += [
        LineFault(direction, total[direction] - back, FaultKind.RESET)
        for direction, back in product(Direction, range(1, LAST, 4))
    ]
    happened = [await survives(fault) for fault in faults]
    assert sum(happened) > 0.8 * len(happened)


@pytest.mark.parametrize("end", ["discard", "refresh", "release", "abandon"])
async def test_the_effect_of_an_unknown_command_is_not_made_permanent(end: str) -> None:
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        reply = await typed(watched, "xdel 2")
        assert isinstance(reply, str)
        assert "XDEL" in reply
        assert server.held == {2}
        session = watched.mailbox.session
        if end == "abandon":
            session.abandon()
        else:
            await {
                "discard": session.discard, "refresh": session.refresh, "release": session.release
            }[end]()  # fmt: skip
        await asyncio.sleep(0.02)
        assert len(server.messages) == COUNT
        assert b"QUIT" not in server.conversations[0]


async def test_a_commit_after_an_unknown_command_takes_another_session() -> None:
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        await typed(watched, "XDEL 2")
        await typed(watched, "DELE 4")
        outcome = await watched.mailbox.commit.run(stay=False)
        assert outcome.complete
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003", "uid-0005"]
        assert b"QUIT" not in server.conversations[0]


async def test_without_uids_the_commit_says_why_it_deletes_nothing() -> None:
    messages = make_messages(COUNT)
    async with OddServer(messages, ["no-uidl"]) as server, watching(server.port) as watched:
        await watched.read(watched.entries[0])
        await typed(watched, "XDEL 2")
        assert watched.mailbox.marks.mark([watched.entries[0]]) == ""
        with pytest.raises(PoptuiError, match="Nothing was deleted: nobody knows"):
            await watched.mailbox.commit.run(stay=False)
        await asyncio.sleep(0.02)
        assert len(server.messages) == COUNT


async def test_a_message_downloaded_by_hand_is_not_removed_by_quit() -> None:
    oddities = ["expire-0", "downloads-go"]
    async with OddServer(make_messages(COUNT), oddities) as server:
        async with watching(server.port) as watched:
            await typed(watched, "RETR 2")
            await typed(watched, "TOP 3 5")
            await typed(watched, "TOP 1")
            await typed(watched, "DELE 4")
            outcome = await watched.mailbox.commit.run(stay=False)
            assert [entry.uid for entry in outcome.deleted] == ["uid-0004"]
        await asyncio.sleep(0.02)
        assert server.uids == ["uid-0001", "uid-0002", "uid-0003", "uid-0005"]


async def test_dele_marks_and_rset_unmarks() -> None:
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        assert "Message 2 is marked" in str(await typed(watched, " dele  2 "))
        await watched.until(lambda: server.held == {2})
        assert watched.entry("uid-0002").mark is not Mark.NONE
        assert await typed(watched, "RSET") is DialogNeeded.UNMARK_ALL
        await watched.until(lambda: not server.held)
        assert watched.marks().strip() == ""
        with pytest.raises(PoptuiError, match="no message 9"):
            await typed(watched, "DELE 9")
        assert server.commands.count(b"DELE 2") == 1
        assert not any(line.startswith(b"DELE 9") for line in server.commands)


async def test_read_only_sends_nothing_that_changes_the_mailbox() -> None:
    async with OddServer(make_messages(COUNT)) as server:
        async with watching(server.port, readonly=True) as watched:
            assert "read-only" in str(await typed(watched, "DELE 2"))
            with pytest.raises(PoptuiError, match="XDEL might change something"):
                await typed(watched, "XDEL 2")
            assert await typed(watched, "HELP") == ""
            assert await typed(watched, "RETR 2") == ""
        assert not any(line[:4] in (b"DELE", b"XDEL") for line in server.commands)


async def test_a_number_typed_in_an_earlier_session_is_not_sent() -> None:
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        session = watched.mailbox.console.session
        await watched.mailbox.session.refresh()
        with pytest.raises(PoptuiError, match="A new session has begun"):
            await watched.mailbox.console.enter("DELE 2", session)
        await watched.mailbox.session.discard()
        with pytest.raises(PoptuiError, match="no connection now"):
            await typed(watched, "DELE 2")
        assert watched.marks().strip() == ""
        assert not any(line.startswith(b"DELE") for line in server.commands)


@pytest.mark.parametrize("line", ["DELETE 2", "QUITX", "DELE2", "RETRIEVE 2", "RSETT", "DELE 2 3"])
async def test_a_line_that_begins_like_a_guarded_command_is_not_sent(line: str) -> None:
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        with pytest.raises(PoptuiError, match="Nothing was sent"):
            await typed(watched, line)
        assert line.encode() not in server.commands


async def test_replies_stay_with_their_commands_after_an_unannounced_listing() -> None:
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        await typed(watched, "XLIST")
        assert b"letter 2" in await watched.read(watched.entry("uid-0002"))
        assert len(server.conversations) == 1


@pytest.mark.parametrize(
    "rows",
    [b"row\r\n" * 40, b"+OK 1 of them\r\n", b"-ERR or so\r\nrow\r\n", b"row\r\n-ERR or so\r\n"],
)
async def test_a_stream_out_of_step_is_given_up(
    monkeypatch: pytest.MonkeyPatch, rows: bytes
) -> None:
    reply = b"+OK here they are\r\n" + rows + b".\r\n"
    monkeypatch.setitem(demo._COMMANDS, b"XLIST", {DemoState.TRANSACTION: lambda session, _: reply})
    async with OddServer(make_messages(COUNT)) as server, watching(server.port) as watched:
        before = watched.mailbox.console.session
        with pytest.raises(PoptuiError):
            await typed(watched, "XLIST")
        await watched.until(lambda: watched.mailbox.console.session not in (None, before))
        assert watched.mailbox.session.state is ConnectionState.ONLINE
        assert b"letter 2" in await watched.read(watched.entry("uid-0002"))
        assert len(server.messages) == COUNT
