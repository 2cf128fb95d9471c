"""Run poptui as a batch command, and servers for it in a thread."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tests.kit.environment import terminal_environment
from tests.kit.listener import Listener
from tests.kit.relay import FaultyRelay

PATIENCE = 60.0
"""Seconds after which a batch command counts as hanging."""
PASSWORD = {"POPTUI_PASSWORD": "secret"}
"""The environment with the password of the scripted servers."""

L = TypeVar("L", bound=Listener | FaultyRelay)


@dataclass(frozen=True)
class Result:
    """The exit code and the output of a batch command."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output, which must be UTF-8."""
        return self.out.decode("utf-8")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def sentence(self) -> str:
        """The one sentence on standard error; fails if there isn't exactly one."""
        (line,) = self.err.splitlines()
        return sentence_in(line)


class RunBatch(Protocol):
    """Run a batch command to its end: ``batch("list", url)``."""

    def __call__(
        self, *arguments: str, env: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> Result: ...


def sentence_in(text: str) -> str:
    """Return the sentence that poptui ended with; fail if ``text`` is anything else."""
    found = text.strip()
    assert found.startswith("poptui: "), f"not a sentence of poptui: {text!r}"
    assert found.endswith((".", "?", "--help", "demo")), f"not a whole sentence: {text!r}"
    assert "Traceback" not in found
    assert "Error" not in found, f"the name of an error class in a sentence: {text!r}"
    return found


def command(*arguments: str) -> list[str]:
    """Return the command line of poptui with ``arguments``."""
    return [sys.executable, "-m", "poptui", *arguments]


def poptui(
    *arguments: str, home: Path, env: Mapping[str, str] | None = None, stdin: bytes = b""
) -> Result:
    """Run a batch command as a process without a terminal."""
    done = subprocess.run(
        command(*arguments),
        input=stdin,
        capture_output=True,
        env=batch_environment(home, env),
        timeout=PATIENCE,
        start_new_session=True,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr.decode("utf-8"))


def batch_environment(home: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a batch command: the password is set, unless ``env`` differs."""
    return terminal_environment(home) | PASSWORD | dict(env or {})


@contextmanager
def serving(server: L) -> Iterator[L]:
    """Run ``server`` in a thread until the end of the block; its errors fail the test."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        async with server:
            end = asyncio.Event()
            started.set_result((asyncio.get_running_loop(), end))
            await end.wait()

    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(asyncio.run, serve())
        loop, end = started.result(PATIENCE)
        try:
            yield server
        finally:
            loop.call_soon_threadsafe(end.set)
            served.result(PATIENCE)


def write_config(home: Path, text: str) -> dict[str, str]:
    """Write a configuration file; return the environment that names it."""
    file = home / "poptui.toml"
    file.write_text(text, "utf-8")
    return {"POPTUI_CONFIG": str(file)}
