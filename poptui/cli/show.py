"""``poptui show``: one message as text, its header alone, or its very octets."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import closing

from poptui.cli import options
from poptui.cli.command import TARGETS, Command
from poptui.cli.leaving import leaving
from poptui.cli.printing import print_raw, print_reading, print_text
from poptui.cli.session import batch_maildrop
from poptui.cli.which import find, wanted_by, which
from poptui.faults import ExitCode
from poptui.maildrop.entry import Entry
from poptui.maildrop.letter import Letter
from poptui.maildrop.maildrop import Maildrop

_MAX_LINES = 100_000
"""Of a peek; whoever wants more wants the message."""


async def show_message(given: Namespace) -> int:
    """Print the message. Raises Fault; AbsentFault where there is no such message."""
    wanted = wanted_by(given.which)
    maildrop = await batch_maildrop(given)
    async with leaving(maildrop):
        entry = find(maildrop, wanted)
        if given.headers:
            print_text(await maildrop.header_block(entry))
        else:
            with closing(await _letter(maildrop, entry, given.peek)) as letter:
                await _print_message(letter, raw=given.raw, whole=given.peek is None)
    sys.stdout.flush()
    return ExitCode.DONE


async def _letter(maildrop: Maildrop, entry: Entry, lines: int | None) -> Letter:
    return await (maildrop.retrieve(entry) if lines is None else maildrop.peek(entry, lines))


async def _print_message(letter: Letter, *, raw: bool, whole: bool) -> None:
    if raw:
        print_raw(letter.open())
        return
    complete = whole or letter.octets >= letter.entry.size
    await print_reading(letter.open(), complete=complete)
    if not complete:
        print(f"poptui: {letter.octets:,} of {letter.entry.size:,} octets.", file=sys.stderr)


EXAMPLES = """\
examples:
  poptui show work latest
  poptui show work 12 --headers
  poptui show work 12 --peek 40
  poptui show work uid:0001a2b3 --raw > message.eml
"""


def _lines(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= number <= _MAX_LINES:
        raise ArgumentTypeError(f"{text!r} is no count of lines")
    return number


def _options(parser: ArgumentParser) -> None:
    options.target(parser)
    which(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--headers", action="store_true", help="the header alone (TOP, no body)")
    form.add_argument(
        "--peek", metavar="N", type=_lines, help="the first N lines of the body alone (TOP)"
    )
    form.add_argument(
        "--raw",
        action="store_true",
        help="the message byte for byte; on a terminal, cleaned of what would act on it",
    )
    options.connection(parser)


COMMAND = Command(
    "poptui show",
    "Print one message as text. Fetches that message only.",
    _options,
    show_message,
    f"{EXAMPLES}\n{TARGETS}",
)
