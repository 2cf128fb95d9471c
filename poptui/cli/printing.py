"""One message on standard output: as text, as it is, or its header alone."""

from __future__ import annotations

import shutil
import sys
from typing import BinaryIO

from poptui.cli.streams import say
from poptui.errors import ExitCode
from poptui.mail.charsets import decode_octets
from poptui.mailbox.messages.spool import SpooledMessage
from poptui.printable import printable


def print_text(octets: bytes) -> None:
    """As text that cannot act on a terminal."""
    text = printable(decode_octets(octets)).rstrip("\n")
    if sys.stdout.isatty():
        from poptui.text.cells import steady

        text = steady(text)
    print(text)


def print_raw(message: BinaryIO) -> None:
    """Byte for byte; on a terminal as text."""
    if sys.stdout.isatty():
        print_text(message.read())
    else:
        shutil.copyfileobj(message, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def tell_incomplete(message: SpooledMessage) -> ExitCode:
    """Say on stderr if this is not the whole message; the exit code."""
    if not message.incomplete:
        return ExitCode.DONE
    say(f"poptui: Message {message.entry.number} is incomplete: {message.incomplete}.")
    return ExitCode.NO


async def print_reading(message: BinaryIO, *, complete: bool) -> None:
    """As it reads: the short header, what is to be said of it, the text, links, attachments."""
    from poptui.cli.rendering import PageWriter, rendered
    from poptui.mail.headers.view import short_fields
    from poptui.mail.reader.reader import read_letter
    from poptui.pop3.limits import MAX_HEADER_BYTES

    reading = await read_letter(message, complete=complete)
    message.seek(0)
    for row in rendered(
        reading, short_fields(message.read(MAX_HEADER_BYTES)), PageWriter.of(sys.stdout)
    ):
        print(row)
