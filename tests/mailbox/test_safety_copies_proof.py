"""A copy counts only if it is complete, and is removed only once its message is proved to exist."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from poptui.mailbox.commit.safety_copies import Decision, SafetyCopyError
from tests.kit.odd import OddServer
from tests.mailbox.keeper import Keeper, committed, mark, stored
from tests.mailbox.watched import make_message, make_messages, watching

FORGED = b"+OK 2 1\r\n"


class UndottedServer(OddServer):
    """Sends lone dots in messages unstuffed; with ``delay_s`` the rest comes later."""

    delay_s = 0.0

    async def _deliver(
        self,
        reply: bytes,
        fault: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        reply = reply.replace(b"\r\n..\r\n", b"\r\n.\r\n")
        first = reply.find(b"\r\n.\r\n") + 5
        if self.delay_s and first < len(reply):
            writer.write(reply[:first])
            await writer.drain()
            await asyncio.sleep(self.delay_s)
            reply = reply[first:]
        return await super()._deliver(reply, fault, reader, writer)


def undotted(number: int, rest: bytes = b"") -> bytes:
    """Return a message whose text has a lone dot."""
    return make_message(number) + b".\r\n" + rest + b"the important part\r\nDELE 1\r\n"


@pytest.mark.parametrize("delay_s", [0.0, 0.1])
@pytest.mark.parametrize("rest", [b"", FORGED, FORGED * 3, b"+OK\r\n", b"-ERR no\r\n+OK\r\n"])
@pytest.mark.parametrize("oddities", [[], ["pipelining-unadvertised"]])
@pytest.mark.parametrize("decision", [Decision.COPIED, Decision.NOTHING])
async def test_a_message_truncated_at_a_lone_dot_is_not_a_copy(
    tmp_path: Path, delay_s: float, rest: bytes, oddities: list[str], decision: Decision
) -> None:
    keeper = Keeper(tmp_path / "a", decision)
    messages = [make_message(1), undotted(2, rest), make_message(3)]
    async with (
        UndottedServer(messages, oddities) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        server.delay_s = delay_s
        mark(watched, {"uid-0001", "uid-0002", "uid-0003"})
        if decision is Decision.NOTHING:
            with pytest.raises(SafetyCopyError, match="2 of 3 could be copied"):
                await committed(watched, keeper)
            assert len(server.messages) == 3
            assert not keeper.copies
        else:
            outcome = await committed(watched, keeper)
            assert server.uids == ["uid-0002"]
            assert outcome.copied == 2
            assert keeper.copies == stored([make_message(1), make_message(3)])
    assert not keeper.drafts


class ShortServer(OddServer):
    """Ends message 2 correctly after half of it."""

    def _reply(self, session: object, keyword: str, line: bytes) -> bytes:
        reply = super()._reply(session, keyword, line)  # type: ignore[arg-type]
        if line.strip().upper() == b"RETR 2":
            return reply[: len(reply) * 3 // 4].rpartition(b"\r\n")[0] + b"\r\n.\r\n"
        return reply


async def test_a_message_shorter_than_announced_is_not_a_copy(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "a", Decision.COPIED)
    async with (
        ShortServer([make_message(n, "body " * 40) for n in (1, 2, 3)]) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        mark(watched, {"uid-0001", "uid-0002", "uid-0003"})
        outcome = await committed(watched, keeper)
        (entry,) = outcome.remaining
        assert server.uids == [entry.uid] == ["uid-0002"]
        assert "it arrived incomplete" in outcome.reasons[entry.key]
        assert len(keeper.copies) == 2


async def test_an_incomplete_download_is_not_a_copy(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "a", Decision.COPIED)
    async with (
        ShortServer([make_message(n, "body " * 40) for n in (1, 2, 3)]) as server,
        watching(server.port, open_copies=keeper.open) as watched,
    ):
        opened = await watched.mailbox.messages.retrieve(watched.entry("uid-0002"))
        assert "bytes came" in opened.incomplete
        mark(watched, {"uid-0002"})
        await committed(watched, keeper)
        assert "uid-0002" in server.uids
        opened.close()
    assert not keeper.copies


class LateServer(OddServer):
    """Answers +OK to QUIT but removes nothing, until ``obey`` is called."""

    def obey(self, *numbers: int) -> None:
        """Remove these messages now."""
        gone = {f"uid-{number:04}" for number in numbers}
        self.messages[:] = [message for message in self.messages if message.uid not in gone]


@pytest.mark.parametrize("stay", [False, True])
async def test_a_message_that_is_deleted_late_keeps_its_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stay: bool
) -> None:
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.01)
    monkeypatch.setattr("poptui.storage.safety_copies.WAIT_S", -5.0)
    keeper = Keeper(tmp_path / "a")
    async with LateServer(make_messages(4), ["quit-ok-removes-nothing"]) as server:
        async with watching(server.port, open_copies=keeper.open) as watched:
            mark(watched, {"uid-0001", "uid-0002"})
            outcome = await committed(watched, keeper, stay=stay)
            assert not outcome.deleted
        server.obey(1, 2)
        server.become()
        async with watching(server.port, open_copies=keeper.open) as watched:
            mark(watched, {"uid-0003"})
            await committed(watched, keeper)
    assert keeper.copies == stored(make_messages(3))


async def commits_in_vain(keeper: Keeper, server: OddServer) -> None:
    """Commit message 1 on a server that answers +OK but doesn't delete it."""
    server.become("quit-ok-removes-nothing")
    async with watching(server.port, open_copies=keeper.open) as watched:
        mark(watched, {"uid-0001"})
        assert not (await committed(watched, keeper)).deleted
    server.become()
    assert keeper.copies == stored(make_messages(1))


@pytest.mark.parametrize(("wait_s", "left"), [(-5.0, [3]), (900.0, [1, 3])])
async def test_a_copy_is_removed_once_a_later_session_finds_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_s: float, left: list[int]
) -> None:
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.01)
    monkeypatch.setattr("poptui.storage.safety_copies.WAIT_S", wait_s)
    keeper = Keeper(tmp_path / "a")
    async with LateServer(make_messages(4)) as server:
        await commits_in_vain(keeper, server)
        await asyncio.sleep(0.01)
        async with watching(server.port, open_copies=keeper.open) as watched:
            mark(watched, {"uid-0003"})
            await committed(watched, keeper)
    assert keeper.copies == stored([make_message(number) for number in left])
    assert bool(keeper.doubted) is (1 in left)


async def test_another_message_with_that_uid_removes_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.01)
    monkeypatch.setattr("poptui.storage.safety_copies.WAIT_S", -5.0)
    keeper = Keeper(tmp_path / "a")
    async with LateServer(make_messages(4)) as server:
        await commits_in_vain(keeper, server)
    shifted = [f"uid-{number:04}" for number in range(1, 4)]
    async with OddServer([make_message(n) for n in (2, 3, 4)], uids=shifted) as server:
        await asyncio.sleep(0.01)
        async with watching(server.port, open_copies=keeper.open) as watched:
            mark(watched, {"uid-0003"})
            await committed(watched, keeper)
    assert keeper.copies == stored([make_message(1), make_message(4)])


async def test_a_second_attempt_leaves_one_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.01)
    keeper = Keeper(tmp_path / "a")
    async with LateServer(make_messages(4)) as server:
        await commits_in_vain(keeper, server)
        async with watching(server.port, open_copies=keeper.open) as watched:
            mark(watched, {"uid-0001"})
            assert (await committed(watched, keeper)).copied == 1
        assert keeper.copies == stored([make_message(1), make_message(1)])
        monkeypatch.setattr("poptui.storage.safety_copies.WAIT_S", -5.0)
        await asyncio.sleep(0.01)
        async with watching(server.port, open_copies=keeper.open) as watched:
            mark(watched, {"uid-0003"})
            await committed(watched, keeper)
    assert keeper.copies == stored([make_message(1), make_message(3)])
