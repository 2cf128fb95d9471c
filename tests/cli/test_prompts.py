"""Reading user input without consuming what is meant for the next reader."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from poptui.cli.prompts import read_input


async def test_input_after_a_cancelled_read_goes_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The browser may answer while the prompt waits for a pasted address."""
    terminal, ours = os.openpty()
    with os.fdopen(terminal, "wb", 0) as typed, os.fdopen(ours, "rb", 0) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        waiting = asyncio.ensure_future(read_input(100))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        typed.write(b"next\n")
        assert await read_input(100) == b"next\n"


async def test_input_that_cannot_be_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "answers"
    file.write_bytes(b"first\n")
    with file.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert await read_input(100) == b"first\n"
        assert await read_input(100) == b""
    monkeypatch.setattr(sys, "stdin", None)
    assert await read_input(100) == b""
