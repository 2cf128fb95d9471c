"""kill -9 at any moment: what went was confirmed, what was marked is offered at the next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.odd import OddServer
from tests.maildrop.drops import letters
from tests.maildrop.kills import COUNT, check, commands_of_a_run, kill_after

MOMENTS = 20
PARTS = 4


async def survives(moment: int, moments: int, commands: int, path: Path) -> None:
    """One kill, the session's commands before it being in proportion."""
    async with OddServer(letters(COUNT)) as server:
        after = 4 + moment * (commands - 4) // moments
        later = moment % 4 * 0.0015
        try:
            await check(await kill_after(after, later, server, path), server, path)
        except AssertionError as error:
            raise AssertionError(f"killed {later} s after {after} commands") from error


@pytest.mark.parametrize("part", range(PARTS))
async def test_killed_at_any_moment(part: int, tmp_path: Path) -> None:
    commands = await commands_of_a_run(tmp_path / "whole.sqlite3")
    for moment in range(part, MOMENTS, PARTS):
        await survives(moment, MOMENTS, commands, tmp_path / f"{moment}.sqlite3")
