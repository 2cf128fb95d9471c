"""Ask questions on the terminal; they go to stderr, so that stdout holds only results."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from shutil import get_terminal_size
from textwrap import wrap
from typing import Any, TextIO, TypeVar

from poptui.cli.streams import say
from poptui.errors import UsageError
from poptui.printable import printable, printable_line
from poptui.threads import run_detached

T = TypeVar("T")

ESCAPE = "\x1b"
MAX_LINE_BYTES = 4096
"""Maximum length of a line; terminals don't return longer ones."""


KEY_WAIT_S = 0.1
"""The rest of a key's escape sequence arrives this soon after its Esc, over SSH too."""


class _OtherKeyError(Exception):
    """A key was pressed that sends Esc and more characters, such as an arrow."""


class EscapePressedError(Exception):
    """The user pressed Esc to stop the current step."""


def require_terminal(instead: str, what: str = "ask for confirmation") -> None:
    """Raise UsageError without a terminal to ask on; ``instead`` names the option to use."""
    if not sys.stdin.isatty():
        raise UsageError(f"Can't {what} without a terminal; pass {instead}.")


async def ask(question: str) -> str | None:
    """Ask on the terminal; return the line, stripped, or None at the end of the input or Esc."""
    line = await _line_after(question)
    return line and line.strip()


async def ask_hidden(question: str) -> str | None:
    """Ask for a line that is not shown; return it as it is, or None as ``ask`` does."""
    return await _line_after(question, echo=False)


async def _line_after(question: str, *, echo: bool = True) -> str | None:
    """Ask until the line is usable; return it without its end, None at the end of input or Esc."""
    while True:
        try:
            line = await _read_line(f"{printable_line(question)} ", echo=echo)
        except _OtherKeyError:
            print(file=sys.stderr)
            inform("Only Backspace and Ctrl-U edit a line here: type it again.")
            continue
        except asyncio.CancelledError:  # after Ctrl-C the next output must begin a line
            print(file=sys.stderr)
            raise
        if not (echo and line.endswith("\n")):
            print(file=sys.stderr)
        return None if not line or ESCAPE in line else line.removesuffix("\n").removesuffix("\r")


async def confirm(question: str, *, default: bool = False) -> bool:
    """Ask for y or n. An empty line means ``default``; anything else is a no."""
    answer = await ask(f"{question} {'[Y/n]' if default else '[y/N]'}")
    if answer is None:
        return False
    return default if answer == "" else answer.lower() in ("y", "yes")


async def choose(question: str, options: Sequence[str], *, default: int = 0) -> int | None:
    """Let the user choose one of ``options`` by its number; return its index, None for Esc."""
    for number, option in enumerate(options, 1):
        inform(f"  {number}  {option}")
    while True:
        answer = await ask(f"{question} [{default + 1}]")
        if answer is None:
            return None
        if answer == "":
            return default
        if answer.isascii() and answer.isdigit() and 0 < int(answer) <= len(options):
            return int(answer) - 1
        inform(f"Type a number from 1 to {len(options)}, or Ctrl-C to stop.")


def inform(text: str) -> None:
    """Print a sentence of a dialog; unlike a note, ``--quiet`` doesn't silence it."""
    indent = " " * (len(text) - len(text.lstrip(" ")))
    columns = get_terminal_size().columns if sys.stderr.isatty() else len(text) + 1
    lines = wrap(
        printable(text).replace("\n", " "),
        width=max(columns - 1, 20),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    say("\n".join(lines))


async def until_escape(work: Coroutine[Any, Any, T]) -> T:
    """Do ``work``, and stop it if the user presses Esc. Raises EscapePressedError."""
    task = asyncio.ensure_future(work)
    if not sys.stdin.isatty():
        return await task
    descriptor, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    before = termios.tcgetattr(descriptor)
    pressed = False

    def look() -> None:
        nonlocal pressed
        # Other keys, such as the arrows, send more after it.
        if os.read(descriptor, MAX_LINE_BYTES).endswith(ESCAPE.encode()):
            pressed = True
            task.cancel()

    try:
        tty.setcbreak(descriptor, termios.TCSADRAIN)
        loop.add_reader(descriptor, look)
        return await task
    except asyncio.CancelledError:
        task.cancel()
        if pressed:
            raise EscapePressedError from None
        raise
    finally:
        loop.remove_reader(descriptor)
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


async def _read_line(prompt: str, *, echo: bool) -> str:
    """Print ``prompt`` and read a line; on a terminal Esc ends it too. Raises _OtherKeyError."""
    if not sys.stdin.isatty():
        print(prompt, end="", file=sys.stderr, flush=True)
        return await run_detached(sys.stdin.readline)
    descriptor, escape = sys.stdin.fileno(), ESCAPE.encode()
    before = termios.tcgetattr(descriptor)
    during = termios.tcgetattr(descriptor)
    during[6][termios.VEOL] = escape
    if not echo:
        during[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, during)
        print(prompt, end="", file=sys.stderr, flush=True)
        data = await read_input(MAX_LINE_BYTES)
        if data.endswith(escape) and _is_key(await _rest_of_key(descriptor)):
            raise _OtherKeyError
    finally:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
    if _is_key(data.partition(escape)[2]):  # typed before the question
        raise _OtherKeyError
    return data.decode(sys.stdin.encoding or "utf-8", "replace")


async def _rest_of_key(descriptor: int) -> bytes:
    """Return the unfinished line in the terminal's buffer, which was typed after an Esc."""
    tty.setcbreak(descriptor, termios.TCSADRAIN)
    reading = asyncio.ensure_future(read_input(MAX_LINE_BYTES))
    with suppress(TimeoutError):
        async with asyncio.timeout(KEY_WAIT_S):
            return await reading
    return b""


def _is_key(rest: bytes) -> bool:
    """Whether an Esc followed by ``rest`` is another key, such as an arrow."""
    return rest.startswith((b"[", b"O"))


async def read_input(max_bytes: int) -> bytes:
    """Return the next bytes of standard input, ``b""`` at its end; cancelling loses nothing.

    A thread that reads would hold Python's lock of the stream when the program ends, and would
    take text that is typed after the caller has stopped waiting.
    """
    stdin: TextIO | None = sys.stdin
    if stdin is None:  # it was closed when the program started
        return b""
    loop, descriptor = asyncio.get_running_loop(), stdin.fileno()
    arrived: asyncio.Future[bytes] = loop.create_future()

    def read() -> None:
        if not arrived.done():
            try:
                arrived.set_result(os.read(descriptor, max_bytes))
            except OSError:
                arrived.set_result(b"")

    try:
        loop.add_reader(descriptor, read)
    except OSError:  # a regular file is always ready, and can't be waited for
        return os.read(descriptor, max_bytes)
    try:
        return await arrived
    finally:
        loop.remove_reader(descriptor)
