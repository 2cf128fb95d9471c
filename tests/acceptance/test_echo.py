"""If a server repeats what it was sent, the password isn't shown anywhere."""

from __future__ import annotations

import asyncio
import base64
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.program import RunBatch, serving, write_config
from tests.kit.listener import Listener, received
from tests.kit.terminal import StartTerminal

PASSWORD = "Zaunk0nig-im-Garten"
CODED = base64.b64encode(f"\0user\0{PASSWORD}".encode()).decode()


class EchoingServer(Listener):
    """A server that refuses each login command by repeating it."""

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+OK <1896.697170952@echo.example> ready\r\n")
        while line := await received(reader):
            verb = line.split(b" ")[0].upper()
            if verb == b"CAPA":
                writer.write(b"+OK\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n")
            elif verb in (b"USER", b"QUIT"):
                writer.write(b"+OK " + line + b"\r\n")
            elif line == b"AUTH LOGIN":
                writer.write(b"+ VXNlcm5hbWU6\r\n")
            elif b" " not in line and b"user" in base64.b64decode(line + b"=="):
                writer.write(b"+ UGFzc3dvcmQ6\r\n")
            else:
                writer.write(b"-ERR Unknown command: " + line + b"\r\n")
            await writer.drain()


def assert_no_password(shown: str) -> None:
    """Fail if the password is in ``shown``, in whatever form."""
    text = "".join(shown.split())
    for start in range(3):
        coded = base64.b64encode(bytes(start) + PASSWORD.encode()).decode()[3:-4]
        assert coded not in text
    assert CODED[12:] not in text
    for at in range(len(PASSWORD) - 7):
        assert PASSWORD[at : at + 8].lower() not in text.lower()


@pytest.mark.parametrize("way", ["USER", "PLAIN", "LOGIN", "+APOP"])
def test_stderr_and_the_debug_file(way: str, batch: RunBatch, tmp_path: Path) -> None:
    log = tmp_path / "debug.log"
    with serving(EchoingServer()) as server:
        target = f"pop://user@127.0.0.1:{server.port};auth={way}"
        env = {"POPTUI_PASSWORD": PASSWORD}
        result = batch("list", target, "--debug", str(log), env=env)
    assert result.code == 4
    assert "Unknown command" in result.err
    assert "***" in result.err
    assert_no_password(result.err + result.text)
    assert_no_password(log.read_text("utf-8"))


def test_the_screen(terminal: StartTerminal, tmp_path: Path) -> None:
    with serving(EchoingServer()) as server:
        env = write_config(tmp_path, "") | {"POPTUI_PASSWORD": PASSWORD}
        screen = terminal(f"pop://user@127.0.0.1:{server.port};auth=USER", env=env, columns=200)
        screen.wait_for("Unknown command")
        assert_no_password("\n".join(screen.screen()))


def test_no_core_is_dumped() -> None:
    code = (
        "import resource; from poptui.cli.main import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)),
        check=True,
    )
    assert done.stdout.endswith("(0, 0)\n")
