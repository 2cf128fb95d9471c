"""``poptui save``: save one message, or its attachments, as files in a folder."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from poptui.cli.command import TARGETS, CliCommand, add_common, add_connection, add_target
from poptui.cli.message_page import warn_if_incomplete
from poptui.cli.message_selector import add_which, find_message, parse_which
from poptui.cli.session import batch_mailbox, session_scope
from poptui.cli.streams import say
from poptui.errors import NotFoundError
from poptui.mail.headers.decode import decode_header
from poptui.mail.headers.header import Header
from poptui.mailbox.messages.saving import SavedFile, save_eml, save_parts
from poptui.mailbox.messages.spool import SpooledMessage
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.printable import printable_line


async def save_message(options: Namespace) -> int:
    """Write the files and print where they are. Raises PoptuiError."""
    which = parse_which(options.which)
    mailbox = await batch_mailbox(options)
    async with session_scope(mailbox):
        entry = find_message(mailbox, which)
        with closing(await mailbox.messages.retrieve(entry)) as message:
            if options.attachments:
                _print_paths(await _save_attachments(message, options.folder))
            else:
                _print_paths([save_eml(message, _header(message), options.folder)])
            sys.stdout.flush()
            return warn_if_incomplete(message)


async def _save_attachments(message: SpooledMessage, folder: Path) -> list[SavedFile]:
    from poptui.mail.reader.reader import parse_message

    parsed = await parse_message(message.open(), complete=not message.incomplete)
    parts = [part for part in parsed.attachments if part.reachable]
    for lost in (part for part in parsed.attachments if not part.reachable):
        _warn(lost.name, "it is encoded together with other parts and cannot be saved by itself.")
    if not parts:
        raise NotFoundError(f"Message {message.entry.number} has no attachments to save.")
    return save_parts(message.open(), parts, folder)


def _header(message: SpooledMessage) -> Header:
    return message.entry.header or decode_header(message.open().read(MAX_HEADER_BYTES))


def _print_paths(saved: Iterable[SavedFile]) -> None:
    for file in saved:
        print(printable_line(str(file.path)))
        for warning in file.warnings:
            _warn(file.path.name, warning)


def _warn(name: str, sentence: str) -> None:
    say(f"poptui: {printable_line(name)}: {sentence}")


EXAMPLES = """\
examples:
  poptui save work latest .
  poptui save work 12 ~/Downloads --attachments

Existing files are never overwritten. Names of attachments are cleaned; the
names of the new files are printed.
"""


def _add_arguments(parser: ArgumentParser) -> None:
    add_target(parser)
    add_which(parser)
    parser.add_argument("folder", metavar="DIR", type=Path, help="folder, created if needed")
    parser.add_argument(
        "--attachments", action="store_true", help="save the attachments, not the message"
    )
    add_connection(parser)
    add_common(parser)


COMMAND = CliCommand(
    "poptui save",
    "Save one message byte for byte, or its attachments, as new files.",
    _add_arguments,
    save_message,
    f"{EXAMPLES}\n{TARGETS}",
)
