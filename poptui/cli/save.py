"""``poptui save``: one message, or what is attached to it, as files in a folder."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from poptui.cli import options
from poptui.cli.command import TARGETS, CliCommand
from poptui.cli.message_argument import find, wanted_by, which
from poptui.cli.printing import tell_incomplete
from poptui.cli.session import batch_mailbox, session_scope
from poptui.cli.streams import say
from poptui.errors import NotFoundError
from poptui.mail.headers.decode import decode_header
from poptui.mail.headers.header import Header
from poptui.mailbox.messages.saving import Saved, save_letter, save_parts
from poptui.mailbox.messages.spool import SpooledMessage
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.printable import printable_line


async def save_message(given: Namespace) -> int:
    """Write the files and print where they are. Raises PoptuiError."""
    wanted = wanted_by(given.which)
    mailbox = await batch_mailbox(given)
    async with session_scope(mailbox):
        entry = find(mailbox, wanted)
        with closing(await mailbox.retrieve(entry)) as letter:
            if given.attachments:
                _tell(await _save_attachments(letter, given.folder))
            else:
                _tell([save_letter(letter, _header(letter), given.folder)])
            sys.stdout.flush()
            return tell_incomplete(letter)


async def _save_attachments(letter: SpooledMessage, folder: Path) -> list[Saved]:
    from poptui.mail.reader.reader import read_letter

    reading = await read_letter(letter.open(), complete=not letter.incomplete)
    parts = [part for part in reading.attachments if part.reachable]
    for lost in set(reading.attachments).difference(parts):
        _warn(lost.name, "it is encoded together with other parts and cannot be saved by itself.")
    if not parts:
        raise NotFoundError(f"Message {letter.entry.number} has no attachments to save.")
    return save_parts(letter.open(), parts, folder)


def _header(letter: SpooledMessage) -> Header:
    return letter.entry.header or decode_header(letter.open().read(MAX_HEADER_BYTES))


def _tell(saved: Iterable[Saved]) -> None:
    for one in saved:
        print(printable_line(str(one.path)))
        for warning in one.warnings:
            _warn(one.path.name, warning)


def _warn(name: str, sentence: str) -> None:
    say(f"poptui: {printable_line(name)}: {sentence}")


EXAMPLES = """\
examples:
  poptui save work latest .
  poptui save work 12 ~/Downloads --attachments

No file is ever written over; the names of attachments are cleaned, the files that
were written are printed.
"""


def _options(parser: ArgumentParser) -> None:
    options.target(parser)
    which(parser)
    parser.add_argument(
        "folder", metavar="DIR", type=Path, help="the folder; made if there is none"
    )
    parser.add_argument(
        "--attachments",
        action="store_true",
        help="the attachments, each as a file, instead of the message as .eml",
    )
    options.connection(parser)


COMMAND = CliCommand(
    "poptui save",
    "Save one message byte for byte, or its attachments, as new files.",
    _options,
    save_message,
    f"{EXAMPLES}\n{TARGETS}",
)
