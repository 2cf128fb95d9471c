"""Run programs that the user chose in the configuration: openers, clipboards, notifiers."""

from __future__ import annotations

import asyncio
import os
import shlex
from asyncio.subprocess import DEVNULL, Process

from poptui.environment import without_own
from poptui.errors import UsageError
from poptui.printable import printable_line


def with_argument(command: str, argument: str) -> list[str]:
    """Return the words of ``command``, with ``argument`` for each ``%s`` or at the end.

    No shell is involved, so ``argument`` can't run anything.
    """
    words = shlex.split(command)
    if any("%s" in word for word in words):
        return [word.replace("%s", argument) for word in words]
    return [*words, argument]


async def run_program(words: list[str], *, in_terminal: bool = False) -> None:
    """Run a program and wait for its end. Raises UsageError if it can't be started or fails.

    ``in_terminal``: it has the terminal, which must have been lent to it.
    """
    status = await (await start_program(words, in_terminal=in_terminal)).wait()
    if status > 0:
        raise UsageError(f"{printable_line(words[0])} failed with exit status {status}.")


async def start_program(
    words: list[str], stdin: int = DEVNULL, *, in_terminal: bool = False
) -> Process:
    """Start a program, with or without the terminal. Raises UsageError if that fails."""
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
        name = printable_line(words[0])
        raise UsageError(f"{name} cannot be started: {error.strerror}.") from None
