"""poptui as a batch command, and servers for it on a thread of their own."""

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
"""Seconds after which a batch command is taken to hang."""
PASSWORD = {"POPTUI_PASSWORD": "secret"}
"""The environment that knows the password of the scripted servers."""

L = TypeVar("L", bound=Listener | FaultyRelay)


@dataclass(frozen=True)
class Result:
    """How a batch command ended, and what it wrote."""

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
        """The one sentence on standard error; fails where there is more, or less, than that."""
        (line,) = self.err.splitlines()
        return sentence_in(line)


class RunBatch(Protocol):
    """Run a batch command to its end: ``batch("list", url)``."""

    def __call__(
        self, *arguments: str, env: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> Result: ...


def sentence_in(text: str) -> str:
    """The sentence that poptui ended with; fails where something else stands there."""
    found = text.strip()
    assert found.startswith("poptui: "), f"no sentence of poptui: {text!r}"
    assert found.endswith((".", "?", "--help", "demo")), f"no whole sentence: {text!r}"
    assert "Traceback" not in found
    assert "Error" not in found, f"a name of ours in a sentence for people: {text!r}"
    return found


def command(*arguments: str) -> list[str]:
    """poptui's command line."""
    return [sys.executable, "-m", "poptui", *arguments]


def poptui(
    *arguments: str, home: Path, env: Mapping[str, str] | None = None, stdin: bytes = b""
) -> Result:
    """Run a batch command with no terminal anywhere near."""
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
    """What a batch command finds in its environment: the password, unless ``env`` says else."""
    return terminal_environment(home) | PASSWORD | dict(env or {})


@contextmanager
def serving(server: L) -> Iterator[L]:
    """``server`` on a loop of its own, until the end of the block; its faults fail the test."""
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
    """A configuration file of ``text``; the environment that names it."""
    file = home / "poptui.toml"
    file.write_text(text, "utf-8")
    return {"POPTUI_CONFIG": str(file)}
