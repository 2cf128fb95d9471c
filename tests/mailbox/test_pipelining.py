"""Servers that cannot handle pipelined commands: detected, remembered, and sent one at a time.

The user always sees the same: each header on its own row; it only takes longer.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from poptui.errors import ServerError
from poptui.mailbox.entry import MessageEntry
from poptui.net.server_profile import ServerFact, ServerNumber, ServerProfile
from poptui.storage.server_profiles import StoredServerProfile
from tests.kit.burst_defects import BURST_DEFECTS
from tests.kit.odd import OddServer
from tests.mailbox.watched import Watched, make_messages, watching

COUNT = 120
TIMEOUT_S = 0.5
"""Timeout for servers that fall silent."""
LIMITED = ["burst-limited-8", "burst-limited-20", "burst-limited-40"]
BROKEN = sorted(BURST_DEFECTS.keys() - set(LIMITED))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every load worth a trial, and timeouts short."""
    monkeypatch.setattr("poptui.net.pipelining_policy.MIN_SAVING_S", 0.0)
    monkeypatch.setattr("poptui.net.pipelining_policy.TRIAL_TIMEOUT_S", 0.2)
    monkeypatch.setattr("poptui.net.server_connection.UNPROVEN_TIMEOUT_S", 0.2)


def on_their_rows(entries: list[MessageEntry]) -> bool:
    """Whether every row shows its own header."""
    shown = [(e.number, e.header.subject if e.header else "") for e in entries]
    return shown == [(number, f"letter {number}") for number in range(len(entries), 0, -1)]


async def test_a_trial_that_succeeds_is_remembered(tmp_path: Path) -> None:
    async with OddServer(make_messages(COUNT), ["pipelining-unadvertised"]) as server:
        for trials in (1, 1):
            profile = StoredServerProfile(tmp_path / "servers.json")
            async with watching(server.port, profile=profile, timeout=TIMEOUT_S) as watched:
                assert on_their_rows(watched.entries)
            assert server.keywords.count(b"NOOP") == 2 * trials
        assert server.connections == 2


@pytest.mark.parametrize("defect", [m for m in BROKEN if m != "burst-reversed"])
async def test_a_trial_that_fails(defect: str, tmp_path: Path) -> None:
    """``burst-reversed`` isn't detected by a trial: both NOOPs have the same answer."""
    oddities = ["pipelining-unadvertised", defect]
    async with OddServer(make_messages(COUNT), oddities) as server:
        for connections in (2, 3):
            profile = StoredServerProfile(tmp_path / "servers.json")
            async with watching(server.port, profile=profile, timeout=TIMEOUT_S) as watched:
                assert on_their_rows(watched.entries)
            assert server.connections == connections
        assert server.keywords.count(b"NOOP") <= 2


async def test_noop_refused_twice_costs_no_session(tmp_path: Path) -> None:
    oddities = ["pipelining-unadvertised", "noop-refused"]
    async with OddServer(make_messages(COUNT), oddities) as server:
        profile = ServerProfile()
        async with watching(server.port, profile=profile, timeout=TIMEOUT_S) as watched:
            assert on_their_rows(watched.entries)
        assert server.connections == 1
        assert profile.known(ServerFact.PIPELINING, f"127.0.0.1:{server.port}") is False


def find_wrong(watched: Watched, wrong: list[MessageEntry], change: object) -> None:
    """Collect messages that have another message's header, at every change."""
    wrong.extend(
        entry
        for entry in watched.entries
        if entry.header and entry.header.subject != f"letter {entry.number}"
    )


@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("defect", BROKEN)
async def test_pipelining_advertised_and_broken(defect: str, background: bool) -> None:
    async with OddServer(make_messages(COUNT), [defect]) as server:
        profile = ServerProfile()
        # One hang-up may be a coincidence, so it takes two.
        for connections in (3, 4) if defect == "burst-hangs-up" else (2, 3):
            watched = Watched(
                server.port, profile=profile, timeout=TIMEOUT_S, background=background
            )
            wrong: list[MessageEntry] = []
            watched.mailbox.listen(partial(find_wrong, watched, wrong))
            await watched.mailbox.session.connect()
            await watched.mailbox.headers.load(watched.entries)
            assert on_their_rows(watched.entries)
            assert wrong == []
            assert server.connections == connections
            watched.mailbox.session.abandon()


@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("defect", LIMITED)
async def test_a_server_that_hangs_up_on_bursts_is_sent_fewer_commands(
    defect: str, background: bool, tmp_path: Path
) -> None:
    """Two hang-ups halve the number of commands sent together; the user is told once."""
    async with OddServer(make_messages(COUNT), [defect]) as server:
        address = f"127.0.0.1:{server.port}"
        notices: list[str] = []
        halved = defect == "burst-limited-40"
        for connections in (3, 4) if halved else (4, 5):
            profile = StoredServerProfile(tmp_path / "servers.json")
            watched = Watched(
                server.port, profile=profile, timeout=TIMEOUT_S, background=background
            )
            await watched.mailbox.session.connect()
            await watched.mailbox.headers.load(watched.entries)
            assert on_their_rows(watched.entries)
            assert server.connections == connections
            watched.mailbox.session.abandon()
            notices += watched.notices
        again = StoredServerProfile(tmp_path / "servers.json")
        most = again.number(ServerNumber.MOST_IN_FLIGHT, address)
        assert most is not None
        assert most > 1
        assert again.known(ServerFact.PIPELINING, address) is (None if halved else False)
        assert sum("hangs up when many commands" in text for text in notices) == 1


async def test_a_loss_during_a_proven_batch_is_not_blamed_on_the_server() -> None:
    async with OddServer(make_messages(COUNT)) as server:
        profile = ServerProfile()
        for _ in range(3):
            async with watching(server.port, profile=profile, timeout=TIMEOUT_S) as watched:
                await watched.mailbox.headers.load(watched.entries)
                server.become("session-commands:1")
                with suppress(ServerError):
                    await watched.mailbox.messages.header_block(watched.entries[0])
                server.become()
        address = f"127.0.0.1:{server.port}"
        assert profile.known(ServerFact.PIPELINING, address) is None
        assert profile.number(ServerNumber.MOST_IN_FLIGHT, address) is None


@pytest.mark.parametrize("defect", BROKEN)
async def test_a_server_that_breaks_later(defect: str) -> None:
    """A successful trial is trusted only as long as it holds; marks and deletions stay correct."""
    async with OddServer(make_messages(COUNT), ["pipelining-unadvertised"]) as server:
        profile = ServerProfile()
        async with watching(server.port, profile=profile, timeout=TIMEOUT_S) as watched:
            server.become("pipelining-unadvertised", defect)
            await watched.mailbox.session.refresh()
            marked = [entry for entry in watched.entries if entry.number % 3]
            watched.mailbox.marks.mark(marked)
            for _ in range(2):
                with suppress(ServerError):
                    outcome = await watched.mailbox.commit.run(stay=False)
                    break
                assert len(server.uids) == COUNT
            else:
                outcome = await watched.mailbox.commit.run(stay=False)
            uids = {f"uid-{number:04}" for number in range(3, COUNT + 1, 3)}
            assert uids <= set(server.uids)
            deleted = {entry.uid for entry in outcome.deleted}
            assert deleted.isdisjoint(server.uids)
            assert len(deleted) + len(server.uids) == COUNT
        assert profile.known(ServerFact.PIPELINING, f"127.0.0.1:{server.port}") is False
