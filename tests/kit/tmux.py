"""Show a program's output in tmux, a terminal with its own width tables."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

import pytest

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
PATIENCE_S = 60


class Tmux:
    """A separate tmux server with one pane of ``columns`` by ``rows``; a context manager."""

    def __init__(self, columns: int, rows: int) -> None:
        self._made = TemporaryDirectory(prefix="poptui-")  # short: it is part of a socket's name
        self._folder = Path(self._made.name)
        self._size = ("-x", str(columns), "-y", str(rows))
        self._environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
        }

    def __enter__(self) -> Tmux:
        self._run("new-session", "-d", *self._size, "exec sleep 600")
        self._run("set-option", "-g", "status", "off")
        self._run("set-option", "-g", "remain-on-exit", "on")
        self._run("resize-window", *self._size)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run("kill-server")
        self._made.cleanup()

    def show(self, sent: str, *, styles: bool = False) -> list[str]:
        """Write ``sent`` to a fresh pane; return its lines without trailing blanks.

        ``styles``: with the escape sequences for colours and attributes.
        """
        file = self._folder / "sent"
        file.write_text(sent, "utf-8")
        quoted = shlex.quote(str(file))
        done = f"tmux -S {shlex.quote(str(self._folder / 'tmux'))} wait-for -S shown"
        self._run("respawn-pane", "-k", f"stty -opost; cat {quoted}; {done}; exec sleep 600")
        self._run("wait-for", "shown")
        return self._run("capture-pane", "-p", *(["-e", "-N"] if styles else [])).split("\n")

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._folder / "tmux"), "-f", os.devnull, *words],
            env=self._environment,
            capture_output=True,
            timeout=PATIENCE_S,
            check=True,
        )
        return done.stdout.decode("utf-8")
