"""A program for a pseudo-terminal: the interface on a mailbox in memory.

Usage: ``fake_run.py RECORD [crash | unpainted | mail [THEME]]``; the calls of the mailbox are
written to RECORD as they happen, ``mail`` is realistic mail on a fixed day, and ``unpainted`` has a
renderer that fails.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from datetime import datetime, tzinfo
from pathlib import Path

from poptui.mail.headers.decode import decode_header
from poptui.mailbox.entry import MessageEntry
from poptui.storage.settings import Settings
from poptui.tui.apps.run import run_app
from poptui.tui.painting.renderer import DiffRenderer
from tests.benchmarks.mailbox import messages
from tests.tui.fake_mailbox import FakeMailbox, entries


class SameDay(datetime):
    """A clock that is always at noon on the first of June 2026, so that dates look the same."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> SameDay:
        return cls(2026, 6, 1, 12, tzinfo=tz)


def stop_the_clock() -> None:
    """Let the modules of the interface use ``SameDay``."""
    import poptui.tui.apps.mailbox_app  # noqa: F401

    for name, module in list(sys.modules.items()):
        if name.startswith("poptui.tui.") and getattr(module, "datetime", None) is datetime:
            module.datetime = SameDay  # type: ignore[attr-defined]


class Record(list[object]):
    """A list that is mirrored to a file."""

    def append(self, call: object) -> None:
        super().append(call)
        with Path(sys.argv[1]).open("a") as file:
            file.write(f"{call}\n")


class Crashing(FakeMailbox):
    """Raises an internal error at the first mark."""

    def mark(self, wanted: Iterable[MessageEntry]) -> str:
        password = "hunter2"
        raise ZeroDivisionError(password[:0])


def mail(count: int) -> list[MessageEntry]:
    """Return messages with the headers of the benchmarks' mail."""
    found = []
    for number, octets in enumerate(messages(count), start=1):
        header = decode_header(octets.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        uid = f"uid{number}"
        found.append(MessageEntry(number, len(octets), uid, uid, header=header))
    return found[::-1]


async def main() -> int:
    """Run it, and print the final sentence."""
    if "unpainted" in sys.argv:
        DiffRenderer._send = None  # type: ignore[assignment,method-assign]
    if "mail" in sys.argv:
        stop_the_clock()
    kind = Crashing if "crash" in sys.argv else FakeMailbox
    content = mail(100) if "mail" in sys.argv else entries(100)
    mailbox = kind(content=content, calls=Record())
    theme = (sys.argv[-1] if "mail" in sys.argv else "") or "poptui-dark"
    result = await run_app(mailbox, connecting=mailbox.connect(), settings=Settings(theme=theme))
    print(result.sentence)
    return result.code


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
