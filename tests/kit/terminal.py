"""Run a program in a real pseudo-terminal and read its screen through a terminal emulator.

The program is the child of a session leader (``keeper.py``), like a child of a shell. All waits
poll, raise :class:`AssertionError` with the screen in it, and read what the program writes.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Protocol

import pyte
import pytest

from tests.kit.asleep import all_asleep
from tests.kit.emulator import Emulator
from tests.kit.environment import terminal_environment
from tests.kit.escapes import PrivateModes, for_pyte

KEEPER = Path(__file__).with_name("keeper.py")
LIMIT = 60.0
"""Default timeout in seconds: other tests use the processor too."""
BUSY_S = 5.0
"""Maximum time that a key waits for a busy program; some tests press keys while it works."""
QUIET_STEP_S = 0.02
"""Interval of the checks whether a quiet program is asleep, or waits for the processor."""

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "esc": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "insert": "\x1b[2~",
    "delete": "\x1b[3~",
    "pgup": "\x1b[5~",
    "pgdn": "\x1b[6~",
    "f1": "\x1bOP",
    "f5": "\x1b[15~",
    **{f"ctrl+{letter}": chr(ord(letter) & 0x1F) for letter in "abcdefghijklmnopqrstuvwxyz"},
}


class Terminal:
    """``command`` running in a terminal of ``columns`` by ``rows``; a context manager."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        home: Path,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.raw = b""
        """All bytes from the program that have been read."""
        self._screen = Emulator(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._pending = b""
        self._status = b""
        self._master, slave = os.openpty()
        self._set_size(columns, rows)
        self.attributes_before = termios.tcgetattr(self._master)
        self._report, report = os.pipe()
        hold, self._hold = os.pipe()
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(KEEPER), str(report), str(hold), *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=terminal_environment(home) | dict(env or {}),
            pass_fds=(report, hold),
            start_new_session=True,
        )
        for descriptor in (slave, report, hold):
            os.close(descriptor)
        self._wait(lambda: b"\n" in self._status, LIMIT, "the program to start")
        self.pid = int(self._status.split()[0])

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill the program and close the terminal."""
        if self._keeper.poll() is None:
            os.killpg(self._keeper.pid, signal.SIGKILL)
        self._keeper.wait()
        for name in ("_master", "_report", "_hold"):
            self._shut(name)

    def screen(self) -> list[str]:
        """The current lines of the screen, as the emulator shows them."""
        self._drain(0)
        return list(self._screen.display)

    @property
    def emulator(self) -> pyte.Screen:
        """The emulated screen, with the colours of each cell."""
        self._drain(0)
        return self._screen

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the terminal's cursor, from 0."""
        return self._screen.cursor.x, self._screen.cursor.y

    @property
    def modes(self) -> PrivateModes:
        """The terminal modes that the program has switched on and off so far."""
        self._drain(0)
        return PrivateModes.of(self.raw)

    def attributes(self) -> list[object]:
        """The terminal's termios settings now; compare with ``attributes_before``."""
        return list(termios.tcgetattr(self._master))

    def press(self, *keys: str) -> None:
        """Type keys: single characters, or the names in ``KEYS``.

        Each is typed only after the program has become idle, as by somebody who sees the screen: a
        text may appear before the program is ready for the next key.
        """
        deadline = time.monotonic() + BUSY_S
        while (self._drain(QUIET_STEP_S) or not all_asleep()) and time.monotonic() < deadline:
            pass
        for key in keys:
            self.write(KEYS.get(key, key))

    def write(self, text: str | bytes) -> None:
        """Send characters like a keyboard, or any bytes."""
        os.write(self._master, text.encode("utf-8") if isinstance(text, str) else text)

    def wait_for(self, wanted: str | re.Pattern[str], timeout: float = LIMIT) -> list[str]:
        """Wait until a text or pattern is on the screen; return the screen."""
        return self.wait_until(lambda lines: _found(wanted, lines), timeout, repr(wanted))

    def wait_gone(self, unwanted: str | re.Pattern[str], timeout: float = LIMIT) -> list[str]:
        """Wait until a text or pattern is no longer on the screen; return the screen."""
        what = f"the end of {unwanted!r}"
        return self.wait_until(lambda lines: not _found(unwanted, lines), timeout, what)

    def wait_until(
        self,
        condition: Callable[[list[str]], bool],
        timeout: float = LIMIT,
        what: str = "a condition",
    ) -> list[str]:
        """Wait until ``condition(screen)`` holds; return the screen."""
        self._wait(lambda: condition(list(self._screen.display)), timeout, what)
        return list(self._screen.display)

    def wait_quiet(self, seconds: float = 0.3, timeout: float = LIMIT) -> list[str]:
        """Wait until the program has written nothing for ``seconds``; return the screen.

        Time in which the program waited for the processor doesn't count.
        """
        deadline, quiet_s = time.monotonic() + timeout, 0.0
        while quiet_s < seconds:
            if time.monotonic() > deadline:
                raise AssertionError(f"not quiet after {timeout} s\n{self._picture()}")
            if self._drain(QUIET_STEP_S):
                quiet_s = 0.0
            elif all_asleep():
                quiet_s += QUIET_STEP_S
        return list(self._screen.display)

    def wait_output(self, octets: int, timeout: float = LIMIT) -> None:
        """Wait until the program has written more than ``octets`` bytes in total."""
        deadline = time.monotonic() + timeout
        while len(self.raw) <= octets:
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing written in {timeout} s\n{self._picture()}")
            self._drain(0.05)

    def resize(self, columns: int, rows: int) -> None:
        """Resize the terminal; the program gets SIGWINCH."""
        self._drain(0)
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def hang_up(self) -> None:
        """Close the terminal while the program runs, like a lost connection."""
        self._drain(0)
        self._shut("_master")

    def signal(self, number: int) -> None:
        """Send a signal to the program only."""
        if not self.ended:
            os.kill(self.pid, number)

    @property
    def ended(self) -> bool:
        """Whether the program has ended."""
        self._drain(0)
        return self._status.count(b"\n") > 1

    def exit_code(self, timeout: float = LIMIT) -> int:
        """Wait for the end of the program; return its exit code, ``-N`` for signal N."""
        self._wait(lambda: self._status.count(b"\n") > 1, timeout, "the end of the program")
        self._drain(0)
        return int(self._status.split()[1])

    def _wait(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        self._drain(0)
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"waited {timeout} s for {what}\n{self._picture()}")
            self._drain(min(left, 0.1))

    def _drain(self, patience: float) -> bool:
        """Read the available output, waiting ``patience`` seconds for the first; return whether
        there was any."""
        wrote = False
        while ready := select.select(self._open(), (), (), 0 if wrote else patience)[0]:
            for descriptor in ready:
                data = _read(descriptor)
                if descriptor == self._master:
                    wrote = self._received(data) or wrote
                elif data:
                    self._status += data
                else:
                    self._shut("_report")
            if self._master not in ready:
                break
        return wrote

    def _received(self, data: bytes) -> bool:
        if not data:
            self._shut("_master")
            return False
        self.raw += data
        shown, self._pending = for_pyte(self._pending + data)
        self._stream.feed(shown)
        return True

    def _open(self) -> list[int]:
        return [descriptor for descriptor in (self._master, self._report) if descriptor >= 0]

    def _shut(self, name: str) -> None:
        descriptor: int = getattr(self, name)
        if descriptor >= 0:
            os.close(descriptor)
            setattr(self, name, -1)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _picture(self) -> str:
        return "\n".join(f"|{line}|" for line in self._screen.display)


def _read(descriptor: int) -> bytes:
    """Return what can be read; empty at the end, which Linux reports for a terminal as EIO."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def _found(wanted: str | re.Pattern[str], lines: list[str]) -> bool:
    text = "\n".join(lines)
    return wanted in text if isinstance(wanted, str) else bool(wanted.search(text))


class StartTerminal(Protocol):
    """``terminal("demo", columns=80)``: ``poptui demo`` in a separate terminal."""

    def __call__(
        self,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
    ) -> Terminal: ...


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[StartTerminal]:
    """Return a function that starts poptui in terminals that are closed after the test."""
    poptui = [sys.executable, "-m", "poptui"]
    with ExitStack() as opened:

        def start(
            *arguments: str,
            columns: int = 80,
            rows: int = 24,
            env: Mapping[str, str] | None = None,
        ) -> Terminal:
            command = [*poptui, *arguments]
            one = Terminal(command, home=tmp_path, columns=columns, rows=rows, env=env)
            return opened.enter_context(one)

        yield start
