"""A host name lookup that hangs doesn't keep the program from exiting."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from poptui.threads import EventLoop
from tests.kit.environment import home_environment

HANGING = """
import socket, sys, time
socket.getaddrinfo = lambda *_, **__: time.sleep(600)
from poptui.cli.main import main
sys.exit(main(["list", "pops://me@slow.invalid"]))
"""


def test_the_program_exits_while_a_look_up_hangs(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("timeout = 0.5\n")
    settings = {"POPTUI_CONFIG": str(config), "POPTUI_PASSWORD": "secret", "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(
        [sys.executable, "-c", HANGING],
        env=home_environment(tmp_path) | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3
    assert "slow.invalid:995 did not answer within 0.5 seconds" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_names_are_resolved_like_the_system_does() -> None:
    with asyncio.Runner(loop_factory=EventLoop) as runner:
        found = runner.run(_resolved("127.0.0.1"))
        assert found == socket.getaddrinfo("127.0.0.1", 110, type=socket.SOCK_STREAM)
        with pytest.raises(socket.gaierror):
            runner.run(_resolved("256.256.256.256"))


async def _resolved(host: str) -> object:
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, 110, type=socket.SOCK_STREAM)
