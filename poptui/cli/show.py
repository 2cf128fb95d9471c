"""``poptui show``: one message as text, its header alone, or its very octets."""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser, Namespace
from datetime import datetime

from poptui.cli import options
from poptui.cli.command import TARGETS, Command
from poptui.cli.leaving import leaving
from poptui.cli.session import batch_maildrop
from poptui.faults import AbsentFault, ExitCode, UsageFault, words
from poptui.mail.charsets import decode_octets
from poptui.maildrop.entry import Entry
from poptui.maildrop.letter import Letter
from poptui.maildrop.maildrop import Maildrop
from poptui.printable import printable

COLUMNS = 80
"""The width of text that does not go to a terminal."""


async def show_message(given: Namespace) -> int:
    """Print the message. Raises Fault; AbsentFault where there is no such message."""
    wanted = _wanted(given.which)
    maildrop = await batch_maildrop(given)
    async with leaving(maildrop):
        entry = _find(maildrop, wanted)
        if given.headers:
            _print_text(await maildrop.header_block(entry))
        else:
            await _print_message(await maildrop.retrieve(entry), raw=given.raw)
    sys.stdout.flush()
    return ExitCode.DONE


def _wanted(which: str) -> str | int:
    """A number, ``uid:UID``, or 0 for the latest. Raises UsageFault."""
    if which == "latest":
        return 0
    if which.startswith("uid:") and len(which) > 4:
        return which[4:]
    if which.isascii() and which.isdigit() and 0 < int(which[:10]) < 2**31:
        return int(which[:10])
    raise UsageFault(f"{words(which)} is no message: write a number, uid:UID, or latest.")


def _find(maildrop: Maildrop, wanted: str | int) -> Entry:
    entries = maildrop.listing.entries
    if not entries:
        raise AbsentFault("The maildrop is empty.")
    if wanted == 0:
        return entries[0]
    found = [entry for entry in entries if wanted in (entry.number, entry.uid)]
    if not found:
        what = f"of UID {words(wanted)}" if isinstance(wanted, str) else f"number {wanted}"
        raise AbsentFault(
            f"There is no message {what} in {maildrop.title}, which has {len(entries)}."
        )
    if len(found) > 1:
        numbers = ", ".join(str(entry.number) for entry in found)
        raise AbsentFault(f"That UID stands at several messages: give one of {numbers}.")
    return found[0]


async def _print_message(letter: Letter, *, raw: bool) -> None:
    if not raw:
        await _print_reading(letter)
    elif sys.stdout.isatty():
        _print_text(letter.read())
    else:
        _copy(letter)


def _copy(letter: Letter) -> None:
    with letter.open() as source:
        shutil.copyfileobj(source, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _print_text(octets: bytes) -> None:
    print(printable(decode_octets(octets)).rstrip("\n"))


async def _print_reading(letter: Letter) -> None:
    from poptui.mail.reader import read_letter
    from poptui.tui.widgets.page import layout, reading_page

    reading = await read_letter(letter.read())
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else COLUMNS
    blocks = reading_page(letter.entry, reading, datetime.now().astimezone())
    for line in layout(blocks, columns):
        print("".join(text for _, text in line).rstrip())


EXAMPLES = """\
examples:
  poptui show work latest
  poptui show work 12 --headers
  poptui show work uid:0001a2b3 --raw > message.eml
"""


def _options(parser: ArgumentParser) -> None:
    options.target(parser)
    parser.add_argument("which", metavar="WHICH", help="a number, uid:UID, or latest")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--headers", action="store_true", help="the header alone (TOP, no body)")
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
