"""The text of a message in the user's own pager, while the terminal is lent to it."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

from poptui.environment import without_own
from poptui.errors import PoptuiError
from poptui.printable import printable_line
from poptui.tui.reading.document import Document

DEFAULT = "less"


class PagerError(PoptuiError):
    """The pager did not start."""


async def show_in_pager(
    document: Document, lend_terminal: Callable[[], AbstractContextManager[None]]
) -> None:
    """Show all lines of ``document`` in $PAGER, and come back when it ends. Raises PagerError.

    The text is clean; the file is the user's alone and gone afterwards. The event loop runs on:
    the connection is kept, and nothing is painted.
    """
    command = _command(os.environ)
    with TemporaryDirectory(prefix="poptui-") as folder:
        file = Path(folder) / "message.txt"
        _write(document, file)
        with lend_terminal():
            try:
                pager = await asyncio.create_subprocess_exec(
                    *command, str(file), env=without_own(os.environ)
                )
            except OSError as error:
                said = f"{printable_line(command[0])} cannot be started: {error.strerror}."
                raise PagerError(f"{said} PAGER names another pager.") from None
            await pager.wait()


def _command(environment: Mapping[str, str]) -> list[str]:
    try:
        words = shlex.split(environment.get("PAGER", ""))
    except ValueError:
        raise PagerError("The quotes in PAGER do not match.") from None
    return words or [DEFAULT]


def _write(document: Document, file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    terminal = sys.__stdout__
    encoding, errors = (terminal.encoding, terminal.errors) if terminal else ("utf-8", None)
    with os.fdopen(descriptor, "w", encoding=encoding, errors=errors) as out:
        for index in range(len(document)):
            out.write(f"{document.line(index).text}\n")
