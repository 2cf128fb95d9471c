"""The servers to measure with: a real Dovecot, or the demo server if there is none."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.benchmarks.mailbox import messages
from tests.benchmarks.readers import count_headers
from tests.kit.certificates import make_certificates
from tests.kit.dovecot import PROGRAM, DovecotServer


@dataclass(frozen=True)
class ServedMailbox:
    """The address of a mailbox with ``count`` messages."""

    count: int
    port: int
    user: str
    password: str

    def url(self, port: int = 0) -> str:
        """Return the TARGET, through another port of this machine if one is given."""
        return f"pop://{self.user}@127.0.0.1:{port or self.port}"


class Servers(Protocol):
    """A server of mailboxes."""

    name: str

    def mailbox(self, count: int) -> ServedMailbox:
        """Return a mailbox with ``count`` messages that the server has already read once."""
        ...


class Dovecots:
    """A Dovecot with one user for each mailbox."""

    def __init__(self, stack: ExitStack, home: Path) -> None:
        certificates = make_certificates(home)
        self._server = stack.enter_context(DovecotServer(certificates.good, certificates.ca_file))
        version = subprocess.run([str(PROGRAM), "--version"], capture_output=True, text=True)
        self.name = f"Dovecot {version.stdout.split()[0]}"
        self._mailboxes: dict[int, ServedMailbox] = {}

    def mailbox(self, count: int) -> ServedMailbox:
        """Return the user with ``count`` messages, created at the first call."""
        if count not in self._mailboxes:
            self._mailboxes[count] = self._fill(count)
        return self._mailboxes[count]

    def _fill(self, count: int) -> ServedMailbox:
        user = self._server.new_user()
        for number, message in enumerate(messages(count), 1):
            size = len(message)
            name = f"{1_000_000_000 + number}.{number}.bench,S={size},W={size}:2,S"
            file = user.maildir / "cur" / name
            file.write_bytes(message)
            self._server.give(file)
        box = ServedMailbox(count, user.port, user.user, user.password)
        count_headers(box.port, box.user, box.password)
        return box


class Demos:
    """A demo server in its own process for each mailbox."""

    name = "the demo server of poptui (Dovecot is not installed)"

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._mailboxes: dict[int, ServedMailbox] = {}

    def mailbox(self, count: int) -> ServedMailbox:
        """Return the server with ``count`` messages, started at the first call."""
        if count not in self._mailboxes:
            process = self._stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.benchmarks.demo", str(count)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            self._stack.callback(process.kill)
            assert process.stdout
            port = int(process.stdout.readline())
            self._mailboxes[count] = ServedMailbox(count, port, "demo", "demo")
        return self._mailboxes[count]


def start_servers(stack: ExitStack, home: Path) -> Servers:
    """Start what is installed; it ends with ``stack`` and keeps its files in ``home``."""
    return Demos(stack) if PROGRAM is None else Dovecots(stack, home)
