"""``poptui show``: print one message as text, only its header, or byte for byte."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import closing

from poptui.cli.command import TARGETS, CliCommand, add_common, add_connection, add_target
from poptui.cli.message_page import print_message, print_raw, print_text, warn_if_incomplete
from poptui.cli.message_selector import add_which, find_message, parse_which
from poptui.cli.session import batch_mailbox, session_scope
from poptui.cli.streams import note
from poptui.errors import ExitCode
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.messages.spool import SpooledMessage

_MAX_PEEK_LINES = 100_000
"""Maximum number of lines asked for by TOP; for more, download the message."""


async def show_message(options: Namespace) -> int:
    """Print the message. Raises PoptuiError; NotFoundError if there is no such message."""
    which = parse_which(options.which)
    mailbox = await batch_mailbox(options)
    async with session_scope(mailbox):
        entry = find_message(mailbox, which)
        if options.headers:
            print_text(await mailbox.messages.header_block(entry))
        else:
            with closing(await _fetch(mailbox, entry, options.peek)) as message:
                await _print(message, raw=options.raw, is_peek=options.peek is not None)
                sys.stdout.flush()
                return warn_if_incomplete(message)
    sys.stdout.flush()
    return ExitCode.DONE


async def _fetch(mailbox: Mailbox, entry: MessageEntry, lines: int | None) -> SpooledMessage:
    return await (
        mailbox.messages.retrieve(entry) if lines is None else mailbox.messages.peek(entry, lines)
    )


async def _print(message: SpooledMessage, *, raw: bool, is_peek: bool) -> None:
    if raw:
        print_raw(message.open())
        return
    size = message.entry.size
    complete = (not is_peek and not message.incomplete) or message.octets >= size
    await print_message(message.open(), complete=complete)
    if is_peek and not complete:
        note(f"poptui: printed {message.octets:,} of {size:,} bytes; without --peek, all of it.")


EXAMPLES = """\
examples:
  poptui show work latest
  poptui show work 12 --headers
  poptui show work 12 --peek 40
  poptui show work uid:0001a2b3 --raw > message.eml
"""


def _line_count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= number <= _MAX_PEEK_LINES:
        raise ArgumentTypeError(f"must be a number from 1 to {_MAX_PEEK_LINES:,}, not {text!r}")
    return number


def _add_arguments(parser: ArgumentParser) -> None:
    add_target(parser)
    add_which(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--headers", action="store_true", help="only the header (TOP, no body)")
    form.add_argument(
        "--peek", metavar="N", type=_line_count, help="only the first N lines of the body (TOP)"
    )
    form.add_argument(
        "--raw",
        action="store_true",
        help="the message byte for byte; on a terminal, without control characters",
    )
    add_connection(parser)
    add_common(parser)


COMMAND = CliCommand(
    "poptui show",
    "Print one message as text. Fetches that message only.",
    _add_arguments,
    show_message,
    f"{EXAMPLES}\n{TARGETS}",
)
