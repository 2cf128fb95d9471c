"""Fixtures of the acceptance tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.acceptance.program import Result, RunBatch, poptui


@pytest.fixture
def batch(tmp_path: Path) -> RunBatch:
    """Run batch commands as processes; they know the password of the scripted servers."""

    def run(*arguments: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Result:
        return poptui(*arguments, home=tmp_path, env=env, stdin=stdin)

    return run
