"""``poptui show``: one message as text, its header alone, or its very octets."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import closing

from poptui.cli import options
from poptui.cli.command import TARGETS, CliCommand
from poptui.cli.message_argument import find, wanted_by, which
from poptui.cli.printing import print_raw, print_reading, print_text, tell_incomplete
from poptui.cli.session import batch_mailbox, session_scope
from poptui.cli.streams import say
from poptui.errors import ExitCode
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.mailbox import Mailbox
from poptui.mailbox.messages.spool import SpooledMessage

_MAX_LINES = 100_000
"""Of a peek; whoever wants more wants the message."""


async def show_message(given: Namespace) -> int:
    """Print the message. Raises PoptuiError; NotFoundError where there is no such message."""
    wanted = wanted_by(given.which)
    mailbox = await batch_mailbox(given)
    async with session_scope(mailbox):
        entry = find(mailbox, wanted)
        if given.headers:
            print_text(await mailbox.header_block(entry))
        else:
            with closing(await _letter(mailbox, entry, given.peek)) as letter:
                await _print_message(letter, raw=given.raw, whole=given.peek is None)
                sys.stdout.flush()
                return tell_incomplete(letter)
    sys.stdout.flush()
    return ExitCode.DONE


async def _letter(mailbox: Mailbox, entry: MessageEntry, lines: int | None) -> SpooledMessage:
    return await (mailbox.retrieve(entry) if lines is None else mailbox.peek(entry, lines))


async def _print_message(letter: SpooledMessage, *, raw: bool, whole: bool) -> None:
    if raw:
        print_raw(letter.open())
        return
    complete = (whole and not letter.incomplete) or letter.octets >= letter.entry.size
    await print_reading(letter.open(), complete=complete)
    if not complete and not whole:
        say(f"poptui: {letter.octets:,} of {letter.entry.size:,} octets.")


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


COMMAND = CliCommand(
    "poptui show",
    "Print one message as text. Fetches that message only.",
    _options,
    show_message,
    f"{EXAMPLES}\n{TARGETS}",
)
