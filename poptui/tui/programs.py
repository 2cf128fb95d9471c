"""Run programs of the user's apart from the terminal: openers, clipboards, notifiers."""

from __future__ import annotations

import asyncio
import os
import shlex
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

from poptui.environment import without_own
from poptui.errors import UsageError
from poptui.printable import printable_line

COPY_WAIT_S = 3.0
"""How long a copy command may take before it counts as one that stays."""


def with_argument(command: str, argument: str) -> list[str]:
    """The words of ``command`` with ``argument`` for each ``%s``, or at the end if there is none.

    No shell sees them, so nothing in ``argument`` can act.
    """
    words = shlex.split(command)
    if any("%s" in word for word in words):
        return [word.replace("%s", argument) for word in words]
    return [*words, argument]


async def run_program(words: list[str], *, in_terminal: bool = False) -> None:
    """Run it to its end. Raises UsageError if it cannot be started.

    ``in_terminal``: it has the terminal, which must have been lent to it.
    """
    await (await _started(words, in_terminal=in_terminal)).wait()


async def copy_by_command(command: str, text: str) -> None:
    """Give ``text`` to the user's command, which puts it on the clipboard. Raises UsageError.

    A command that stays to serve the clipboard, as ``xclip -quiet`` does, counts as successful.
    """
    words = shlex.split(command)
    process = await _started(words, stdin=PIPE)
    assert process.stdin is not None
    process.stdin.write(text.encode())
    with suppress(BrokenPipeError, ConnectionResetError):
        await process.stdin.drain()
    process.stdin.close()
    try:
        async with asyncio.timeout(COPY_WAIT_S):
            code = await process.wait()
    except TimeoutError:
        return
    if code:
        name = printable_line(words[0])
        raise UsageError(f"{name} failed with exit code {code}. Check copy_command in config.toml.")


async def _started(words: list[str], stdin: int = DEVNULL, *, in_terminal: bool = False) -> Process:
    environment = without_own(os.environ)
    try:
        if in_terminal:
            return await asyncio.create_subprocess_exec(*words, env=environment)
        return await asyncio.create_subprocess_exec(
            *words,
            stdin=stdin,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,
            env=environment,
        )
    except OSError as error:
        said = printable_line(words[0])
        raise UsageError(f"{said} cannot be started: {error.strerror}.") from None
