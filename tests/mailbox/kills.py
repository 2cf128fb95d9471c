"""Send kill -9 at a chosen moment of a session that marks and commits; check the invariants."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.kit.odd import OddServer
from tests.mailbox.journals import WatchedJournal, on_disk
from tests.mailbox.watched import PATIENCE, Watched, make_messages

COUNT = 12
START_TIMEOUT_S = 20.0
"""Time that a busy machine may take to start the program, in seconds."""


@dataclass
class Killed:
    """Facts about a run that was killed."""

    before: set[str]
    """UIDs on the server before the run."""
    held: set[str]
    """UIDs that the server held as deleted when the program was killed."""
    output: list[list[str]]
    """The lines that the program printed, split into words."""

    @property
    def confirmed(self) -> set[str]:
        return {uid for what, *uids in self.output if what == "confirm" for uid in uids}

    @property
    def wanted(self) -> list[set[str]]:
        """The sets that were to be marked, step by step."""
        return [set(uids) for what, *uids in self.output if what == "want"]


async def commands_of_a_run(path: Path) -> int:
    """Return the number of commands in the whole session."""
    async with OddServer(make_messages(COUNT)) as server:
        killed = await kill_after(10**6, 0.0, server, path)
        assert killed.output[-1] == ["done"]
        return len(server.commands)


async def survives(moment: int, moments: int, commands: int, path: Path) -> None:
    """Kill the program once, after a proportional number of the session's commands."""
    async with OddServer(make_messages(COUNT)) as server:
        after = 4 + moment * (commands - 4) // moments
        delay_s = moment % 4 * 0.0015
        try:
            await check(await kill_after(after, delay_s, server, path), server, path)
        except AssertionError as error:
            raise AssertionError(f"killed {delay_s} s after {after} commands") from error


async def kill_after(commands: int, delay_s: float, server: OddServer, path: Path) -> Killed:
    """Start the program and kill it ``delay_s`` seconds after it has sent so many commands."""
    before = set(server.uids)
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.mailbox.killed", str(server.port), str(path)),
        stdout=asyncio.subprocess.PIPE,
    )
    lines: list[str] = []
    reading = asyncio.create_task(_read(program, lines))
    held: set[str] = set()
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while len(server.commands) < commands and "done" not in lines:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        await asyncio.sleep(delay_s)
        held = {server.messages[number - 1].uid for number in server.held}
    finally:
        program.kill()
        await program.wait()
    await reading
    await _wait_for_end(server)
    return Killed(before, held, [line.split() for line in lines])


async def _read(program: asyncio.subprocess.Process, lines: list[str]) -> None:
    assert program.stdout is not None
    async for line in program.stdout:
        lines.append(line.decode().strip())


async def _wait_for_end(server: OddServer) -> None:
    """Wait until the server has handled everything that was sent to it."""
    async with asyncio.timeout(PATIENCE):
        while server.held:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    await asyncio.sleep(0.01)


async def check(killed: Killed, server: OddServer, path: Path) -> None:
    """Check that the server, the journal and the next start agree."""
    on_server = set(server.uids)
    gone = killed.before - on_server
    assert gone <= killed.confirmed
    kept = on_disk(path)
    assert kept.keys() <= set().union(*killed.wanted)
    wanted = killed.wanted[-1] if killed.wanted else set()
    assert killed.held & wanted & on_server <= kept.keys()
    assert all(kept[uid].sent for uid in kept.keys() & gone)
    await _start_again(server, path, kept.keys() & on_server, kept.keys() - on_server)


async def _start_again(server: OddServer, path: Path, present: set[str], gone: set[str]) -> None:
    watched = Watched(server.port, open_journal=lambda: WatchedJournal(path))
    await watched.ready()
    offer = watched.mailbox.marks.recovered.offer
    assert (offer is not None) == bool(present or gone)
    if offer is not None:
        assert {entry.uid for entry, _ in offer.present} == present
        assert {mark.uid for mark in offer.gone} == gone
        watched.mailbox.marks.recovered.keep()
        await watched.until(lambda: watched.marks().count("D") == len(present))
    watched.mailbox.session.abandon()
    await watched.mailbox.close()
