"""What the acceptance tests share: batch commands with a home of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from tests.acceptance.program import Result, poptui


class RunBatch(Protocol):
    """``batch("list", url)``: that command without a terminal, to its end."""

    def __call__(
        self, *arguments: str, env: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> Result: ...


@pytest.fixture
def batch(tmp_path: Path) -> RunBatch:
    """Runs batch commands that know the password of the scripted servers."""

    def run(*arguments: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Result:
        return poptui(*arguments, home=tmp_path, env=env, stdin=stdin)

    return run
