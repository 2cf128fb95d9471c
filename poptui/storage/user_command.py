"""Run a command of the user's that prints a secret: ``password_command`` or ``token_command``.

The command runs in its own process group, so that everything it starts is stopped with it. A
command that may ask on the terminal gets the terminal meanwhile, as a shell gives it to a job.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import signal
import sys
import termios
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from poptui.environment import without_own
from poptui.errors import LoginError, TokenError, quoted
from poptui.patterns import lazy_pattern
from poptui.printable import printable
from poptui.secret import Secret, hide_secrets

TIME_LIMIT_S = 120.0
"""Timeout for a command that may ask on the terminal, or open a window that asks."""
UNATTENDED_TIME_LIMIT_S = 30.0
"""Timeout for a command that can't ask, because the interface uses the terminal."""
LAST_OUTPUT_S = 1.0
"""Stop reading this long after the command has ended: a process it started may keep the pipe
open."""

MAX_OUTPUT_BYTES = 1_000_000
"""Maximum output; a command that prints more can't be printing a secret, and is stopped."""
MAX_LINE_BYTES = 16_384
"""The longest secret: tokens of Microsoft's work accounts have some 4,000 characters."""
MAX_COMPLAINT_BYTES = 4096
"""Bytes of the end of standard error that are kept, to quote them in an error."""
MAX_RELAYED_BYTES = 65_536
"""Maximum bytes of standard error that are shown as they come."""


_TOKEN = lazy_pattern(rb"[A-Za-z0-9._~+/!$&:;@|*-]+=*")
"""An access token: RFC 6750 section 2.1, and other characters that need no quoting."""


async def first_line_of(
    command: str, setting: str, title: str, *, may_ask: bool, time_limit_s: float | None = None
) -> bytes:
    """Run ``command`` in a shell; return the first line that it prints, without its end.

    ``setting`` names the command in errors and ``title`` the account. With ``may_ask`` it reads
    from the terminal, and its standard error is shown there as it comes, without control
    characters; otherwise an error quotes it. Raises LoginError. If the caller is cancelled, the
    command is killed.
    """
    limit_s = time_limit_s or (TIME_LIMIT_S if may_ask else UNATTENDED_TIME_LIMIT_S)
    whose = f"The {setting} for {title}"
    with _terminal_lent(may_ask) as terminal:
        run = _Run(relay=may_ask and sys.stderr.isatty())
        try:
            async with asyncio.timeout(limit_s):
                code = await run.to_end(command, terminal, may_ask=may_ask)
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise LoginError(
                    f"{whose} did not end within {limit_s:g} seconds, so poptui stopped it and did"
                    f" not log in.{run.quoted_error()} Try it in a shell."
                ) from None
            raise LoginError(f"{whose} cannot be started: {error.strerror}.") from None
        except _TooMuchError:
            raise LoginError(
                f"{whose} printed more than {MAX_OUTPUT_BYTES // 1_000_000} MB, so poptui stopped"
                " it and did not log in. It must print the secret as its first line."
            ) from None
    if code in (-signal.SIGINT, 128 + signal.SIGINT) and terminal is not None:
        raise asyncio.CancelledError  # the terminal sent Ctrl-C to the command, not to us
    line = bytes(run.output).partition(b"\n")[0].removesuffix(b"\r")
    if line:
        Secret(line.decode("utf-8", "replace"))  # to hide it in the error, which may repeat it
    if code:
        raise LoginError(
            f"{whose} ended with {code}, so poptui did not log in.{run.quoted_error()}"
        )
    if len(line) > MAX_LINE_BYTES:
        raise LoginError(
            f"{whose} printed a first line of {len(line):,} bytes, which is no password or token."
            " It must print the secret as its first line."
        )
    if not line:
        raise LoginError(
            f"{whose} printed nothing as its first line, so poptui did not log in."
            f"{run.quoted_error()}"
        )
    return line


class _TooMuchError(Exception):
    """The command printed more than MAX_OUTPUT_BYTES."""


class _Run(asyncio.SubprocessProtocol):
    """One run of a command, and what it has printed so far."""

    def __init__(self, *, relay: bool) -> None:
        """``relay``: show its standard error as it comes, rather than keeping it to be quoted."""
        self.output = bytearray()
        self._relay = relay
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._relayed = 0
        self._error_output = b""
        loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._closed = {1: loop.create_future(), 2: loop.create_future()}
        self._flooded: asyncio.Future[None] = loop.create_future()

    async def to_end(self, command: str, terminal: int | None, *, may_ask: bool) -> int:
        """Run the command and return its exit code. Raises OSError and _TooMuchError."""
        starting = asyncio.ensure_future(
            asyncio.get_running_loop().subprocess_shell(
                lambda: self,
                command,
                stdin=None if may_ask else DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                env=without_own(os.environ),
                start_new_session=not may_ask,
                preexec_fn=partial(_lead_group, terminal) if may_ask else None,
            )
        )
        try:
            # If this is cancelled, asyncio kills the shell but not what the shell has started.
            transport, _ = await asyncio.shield(starting)
            await asyncio.wait([self._ended, self._flooded], return_when=asyncio.FIRST_COMPLETED)
            if not self._flooded.done():
                await asyncio.wait(self._closed.values(), timeout=LAST_OUTPUT_S)
            if self._flooded.done():
                raise _TooMuchError
            code = transport.get_returncode()
            assert code is not None
            return code
        finally:
            transport, _ = await starting
            if not self._ended.done():
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(transport.get_pid(), signal.SIGKILL)
                await self._ended
            transport.close()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep standard output; show standard error, or keep its end."""
        if fd == 1:
            self.output += data[: MAX_OUTPUT_BYTES - len(self.output)]
            if len(self.output) == MAX_OUTPUT_BYTES and not self._flooded.done():
                self._flooded.set_result(None)
            return
        self._error_output = (self._error_output + data)[-MAX_COMPLAINT_BYTES:]
        if self._relay and self._relayed < MAX_RELAYED_BYTES:
            self._relayed += len(data)
            shown = printable(hide_secrets(self._decode(data).replace("\r\n", "\n")))
            with suppress(OSError, ValueError):
                sys.stderr.write(shown)
                sys.stderr.flush()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Note that no process has the pipe open any more."""
        if fd in self._closed and not self._closed[fd].done():
            self._closed[fd].set_result(None)

    def process_exited(self) -> None:
        """Note that the command has ended."""
        if not self._ended.done():
            self._ended.set_result(None)

    def quoted_error(self) -> str:
        """Return a sentence with the last line of standard error, ``""`` if that was shown."""
        lines = self._error_output.decode("utf-8", "replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "")
        return "" if self._relay or not last else f" It said {quoted(last)}."


def _lead_group(terminal: int | None) -> None:
    """In the new process: lead a process group, and take the terminal for it."""
    os.setpgid(0, 0)
    if terminal is not None:
        _give_terminal(terminal, os.getpid())


@contextmanager
def _terminal_lent(may_ask: bool) -> Iterator[int | None]:
    """Open the terminal if we are its foreground job; afterwards take it back, and its settings."""
    terminal = _foreground_terminal() if may_ask else None
    if terminal is None:
        yield None
        return
    settings = termios.tcgetattr(terminal)
    try:
        yield terminal
    finally:
        _give_terminal(terminal, os.getpgrp())
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSADRAIN, settings)
        os.close(terminal)


def _foreground_terminal() -> int | None:
    """Open the controlling terminal; None if there is none or another job has it."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None
    with suppress(OSError):
        if os.tcgetpgrp(terminal) == os.getpgrp():
            return terminal
    os.close(terminal)
    return None


def _give_terminal(terminal: int, group: int) -> None:
    """Make ``group`` the foreground job; the signal that would stop a background one is blocked."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with suppress(OSError):
            os.tcsetpgrp(terminal, group)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class CommandTokens:
    """Gets access tokens from ``token_command``, a program that keeps and renews them (pizauth).

    Runs the command before each login, and again if the server refuses the token.
    """

    def __init__(self, command: str, title: str) -> None:
        """``title`` names the account in errors."""
        self._command, self._title = command, title
        self._prepared: Secret | None = None

    async def prepare(self) -> None:
        """Get the token for the first login while the command may ask on the terminal.

        Later the interface has the terminal. Raises TokenError.
        """
        self._prepared = await self._run(may_ask=True)

    async def token(self, refused: Secret | None = None) -> Secret:
        """Return the prepared token, or run the command for another one. Raises TokenError."""
        prepared, self._prepared = self._prepared, None
        return prepared or await self._run(may_ask=False)

    async def _run(self, *, may_ask: bool) -> Secret:
        try:
            line = await first_line_of(self._command, "token_command", self._title, may_ask=may_ask)
        except LoginError as error:
            raise TokenError(str(error)) from None  # another password would not help
        if not _TOKEN.fullmatch(line):
            raise TokenError(
                f"The token_command for {self._title} printed something that is no access token, so"
                " poptui did not log in. It must print the token alone, as its first line."
            )
        return Secret(line.decode("ascii"))
