"""kill -9 at any moment: deletions were confirmed, and marks are offered at the next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mailbox.kills import commands_of_a_run, survives

MOMENTS = 20
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
async def test_killed_at_any_moment(part: int, tmp_path: Path) -> None:
    commands = await commands_of_a_run(tmp_path / "whole.sqlite3")
    for moment in range(part, MOMENTS, PARTS):
        await survives(moment, MOMENTS, commands, tmp_path / f"{moment}.sqlite3")
