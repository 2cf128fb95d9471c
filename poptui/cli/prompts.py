"""Ask questions on the terminal; they go to stderr, so that stdout holds only results."""

from __future__ import annotations

import sys

from poptui.cli.streams import say
from poptui.errors import UsageError
from poptui.printable import printable_line
from poptui.threads import run_detached


def require_terminal(instead: str) -> None:
    """Raise UsageError if there is nobody to answer; ``instead`` names the option to use."""
    if not sys.stdin.isatty():
        raise UsageError(f"Can't ask for confirmation without a terminal; pass {instead}.")


async def ask(question: str) -> str | None:
    """Ask on the terminal; return the line, stripped, or None at the end of the input."""

    def read() -> str:
        print(printable_line(question), end=" ", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):
            print(file=sys.stderr)
        return answer

    line = await run_detached(read)
    return line.strip() if line else None


async def confirm(question: str, *, default: bool = False) -> bool:
    """Ask for y or n. Anything else but an empty line is a no, the end of the input too."""
    answer = await ask(f"{question} {'[Y/n]' if default else '[y/N]'}")
    if answer is None:
        return False
    return default if answer == "" else answer.lower() in ("y", "yes")


def tell(text: str) -> None:
    """Say something that belongs to a dialog; unlike a note, ``--quiet`` doesn't silence it."""
    say(printable_line(text))
