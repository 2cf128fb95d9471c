"""A hundred of the thousand faults of ``make soak``."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.kit.dovecot import DovecotServer
from tests.kit.relay import Direction, FaultKind, LineFault
from tests.soak import batch, commits, servers
from tests.soak.points import soak
from tests.soak.session import BOUND_S, FIRST_WAIT_S

POINTS, PARTS = 104, 2

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(StreamWriter|socket.socket|_SelectorTransport):pytest.PytestUnraisableExceptionWarning"
)
"""A connection may be cut before anything holds its socket; other tests check that ours are
closed."""

CUTS = 16
"""Number of points where the connection is cut during triage --delete, in each direction."""

SEEDS = 24
"""Number of sessions with odd servers, of which ``make soak`` runs hundreds."""


@pytest.mark.parametrize("part", range(2))
async def test_odd_servers_under_random_sessions(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.mailbox.session.backoff.FIRST_WAIT_S", FIRST_WAIT_S)
    monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", BOUND_S)
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.1)
    seeds = range(part, SEEDS, 2)
    await asyncio.gather(*(servers.survives(seed, tmp_path / f"{seed}") for seed in seeds))


@pytest.mark.parametrize("part", range(PARTS))
async def test_the_connection_may_fail_anywhere(
    part: int, dovecot_server: DovecotServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.mailbox.session.backoff.FIRST_WAIT_S", FIRST_WAIT_S)
    monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", BOUND_S)
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.1)
    wrong: list[str] = []

    def report(fault: LineFault, problem: str) -> None:
        if problem:
            wrong.append(f"{fault}: {problem}")

    happened = await soak(POINTS // PARTS, dovecot_server.new_user, report, seed=part)
    assert not wrong, "\n".join(wrong)
    assert happened > 0.8 * POINTS // PARTS


async def test_commits_on_servers_with_several_oddities(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each kind of oddity once, most of them combined with others."""
    monkeypatch.setattr("poptui.mailbox.session.backoff.FIRST_WAIT_S", FIRST_WAIT_S)
    monkeypatch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", BOUND_S)
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.1)
    await asyncio.gather(*(commits.survives(seed) for seed in range(len(commits.KINDS))))


@pytest.mark.parametrize("oddities", batch.SERVERS[:2], ids=["UIDL", "no UIDL"])
@pytest.mark.parametrize("direction", Direction)
def test_triage_deletes_only_what_it_selected_if_the_connection_is_cut(
    direction: Direction, oddities: tuple[str, ...], tmp_path: Path
) -> None:
    """Between the sessions the numbers move to other messages."""
    total = batch.run(oddities, None, tmp_path).passed[direction]
    faults = [LineFault(direction, at, FaultKind.CUT) for at in range(0, total, total // CUTS)]
    assert all(batch.survives(oddities, fault, tmp_path) for fault in faults)
