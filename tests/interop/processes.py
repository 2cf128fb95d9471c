"""Run a server process, from its start to its end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.kit.dovecot import die_with_parent, free_ports

CANNOT_RUN = 75
"""Exit code of a command that can't run its server on this machine; it printed the reason."""
SBIN = "/usr/sbin:/usr/local/sbin"


def find_program(name: str) -> str | None:
    """Return the path of a program, which may be in a folder for administrators."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SBIN}")


def free_port() -> int:
    """Return a port on which nothing listens."""
    return free_ports()[0]


class CannotRunHere(Exception):
    """The server cannot run on this machine, for the reason given."""


class ServerProcess:
    """A server in the foreground, its output in a file."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._output = folder / "output"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent(),
            )

    def wait_until_it_listens(self, port: int, timeout_s: float) -> None:
        """Wait for the port to accept connections.

        Raises CannotRunHere if the command says so, RuntimeError with its output otherwise.
        """
        deadline = time.monotonic() + timeout_s
        while self._process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
                return
            time.sleep(0.02)
        self.stop()
        output = self._output.read_text("utf-8", "replace").rstrip()[-500:] or "no output"
        if self._process.returncode == CANNOT_RUN:
            raise CannotRunHere(output.splitlines()[-1])
        raise RuntimeError(output)

    def stop(self) -> None:
        """Kill the process with its children."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
