"""A program for a pseudo-terminal: the interface on a maildrop in memory.

Usage: ``fake_run.py RECORD [crash]``; the maildrop's calls are written to RECORD as they come.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

from poptui.maildrop.entry import Entry
from poptui.tui.run import run_app
from tests.tui.fake_maildrop import FakeMaildrop, entries


class Record(list[object]):
    """A list that a file mirrors."""

    def append(self, call: object) -> None:
        super().append(call)
        with Path(sys.argv[1]).open("a") as file:
            file.write(f"{call}\n")


class Crashing(FakeMaildrop):
    """Fails inside at the first mark."""

    def mark(self, wanted: Iterable[Entry]) -> str:
        password = "hunter2"
        raise ZeroDivisionError(password[:0])


async def main() -> int:
    """Run it, and print the farewell."""
    kind = Crashing if "crash" in sys.argv else FakeMaildrop
    maildrop = kind(content=entries(100), calls=Record())
    code, sentence = await run_app(maildrop.real, connecting=maildrop.connect())
    print(sentence)
    return code


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
