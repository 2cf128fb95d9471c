"""Print one message on standard output: as readable text, byte for byte, or its header."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from poptui.cli.streams import say
from poptui.errors import ExitCode
from poptui.mail.encodings.charsets import decode_octets
from poptui.mail.headers.view import Field, short_fields
from poptui.mail.lines import Line, LineKind
from poptui.mail.link import Link
from poptui.mail.parsed_message import Body, ParsedMessage, Part, Severity
from poptui.mailbox.messages.spool import SpooledMessage
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.printable import printable, printable_line, printable_target

_LABEL_COLUMNS = 9
_MAX_VALUE_CHARACTERS = 1000
_MIN_COLUMNS = 20
_FAINT, _BOLD, _WARNING = "2", "1", "33"
_KINDS = {
    LineKind.HEADING: _BOLD,
    LineKind.SIGNATURE: _FAINT,
    LineKind.RULE: _FAINT,
    LineKind.NOTE: _FAINT,
}
_SIGNS = {
    Severity.NOTE: ("-", _FAINT),
    Severity.BROKEN: ("-", _FAINT),
    Severity.WARNING: ("!", _WARNING),
}


def print_text(octets: bytes) -> None:
    """Print bytes as text that cannot act on a terminal."""
    text = printable(decode_octets(octets)).rstrip("\n")
    if sys.stdout.isatty():
        from poptui.text.cells import with_stable_width

        text = with_stable_width(text)
    print(text)


def print_raw(message: BinaryIO) -> None:
    """Copy the message byte for byte; on a terminal print it as text."""
    if sys.stdout.isatty():
        print_text(message.read())
    else:
        shutil.copyfileobj(message, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def warn_if_incomplete(message: SpooledMessage) -> ExitCode:
    """Say on stderr if this is not the whole message; return the exit code."""
    if not message.incomplete:
        return ExitCode.DONE
    say(f"poptui: Message {message.entry.number} is incomplete: {message.incomplete}.")
    return ExitCode.FAILURE


async def print_message(message: BinaryIO, *, complete: bool) -> None:
    """Print the message as readable text: short header, remarks, text, links, attachments."""
    from poptui.mail.reader.reader import parse_message

    parsed = await parse_message(message, complete=complete)
    message.seek(0)
    fields = short_fields(message.read(MAX_HEADER_BYTES))
    for row in message_rows(parsed, fields, PageWriter.for_stream(sys.stdout)):
        print(row)


@dataclass(frozen=True, slots=True)
class PageWriter:
    """Wraps and colours text for a terminal; for a file or pipe it changes nothing."""

    cells: int | None = None
    """The width to wrap at; None: don't wrap."""
    colours: bool = False

    @classmethod
    def for_stream(cls, stream: TextIO) -> PageWriter:
        """Return the writer for a stream; no colours with NO_COLOR or on a dumb terminal."""
        if not stream.isatty():
            return cls()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(max(_MIN_COLUMNS, shutil.get_terminal_size().columns), not plain)

    def rows(self, text: str, style: str = "", following: str = "") -> Iterator[str]:
        """Yield ``text`` in rows that fit; all but the first begin with ``following``."""
        for row in self._wrapped(text, following):
            row = row.rstrip()
            yield f"\x1b[{style}m{row}\x1b[m" if style and self.colours and row else row

    def _wrapped(self, text: str, following: str) -> Iterator[str]:
        if self.cells is None:
            yield text
            return
        from poptui.text.cells import with_stable_width
        from poptui.text.wrapping import wrap

        text = with_stable_width(text)
        following = following if len(following) * 2 < self.cells else ""
        first, *others = wrap(text, self.cells)
        yield first
        if others:
            rest = text[len(first) :].removeprefix(" ")
            yield from (following + row for row in wrap(rest, self.cells - len(following)))


def message_rows(
    message: ParsedMessage, fields: Iterable[Field], page: PageWriter
) -> Iterator[str]:
    """Yield the whole message, row by row."""
    for name, value in fields:
        shown = (
            value if len(value) <= _MAX_VALUE_CHARACTERS else f"{value[:_MAX_VALUE_CHARACTERS]}…"
        )
        yield from page.rows(
            f"{name.ljust(_LABEL_COLUMNS)} {shown}", "", " " * (_LABEL_COLUMNS + 1)
        )
    yield from _remarks(message, page)
    yield ""
    yield from _body(message.body, page)
    if message.body.html:
        yield from _links(message.body.links, page)
    yield from _attachments(message.attachments, page)


def _remarks(message: ParsedMessage, page: PageWriter) -> Iterator[str]:
    for remark in (*message.remarks, *message.body.remarks):
        sign, style = _SIGNS[remark.severity]
        yield from page.rows(f"{sign} {remark.sentence}", style, "  ")


def _body(body: Body, page: PageWriter) -> Iterator[str]:
    if not any(line.text.strip() for line in body.lines):
        yield from page.rows("(no text)", _FAINT)
    for line in body.lines:
        yield from page.rows(line.text, _style(line), line.next)


def _style(line: Line) -> str:
    return _FAINT if line.quote else _KINDS.get(line.kind, "")


def _links(links: Iterable[Link], page: PageWriter) -> Iterator[str]:
    for number, link in enumerate(links, start=1):
        if number == 1:
            yield from ("", *page.rows("Links", _BOLD))
        mark = f"[{number}]".rjust(5) + " "
        yield from page.rows(mark + printable_target(link.target), "", " " * len(mark))
        if link.warning:
            yield from page.rows(f"      ! {printable_line(link.warning)}", _WARNING, " " * 8)


def _attachments(parts: Iterable[Part], page: PageWriter) -> Iterator[str]:
    for number, part in enumerate(parts, start=1):
        if number == 1:
            yield from ("", *page.rows("Attachments", _BOLD))
        name = printable_line(part.name) or "(no name)"
        kind = printable_line(part.declared or part.actual) or "unknown type"
        yield from page.rows(f"{number:>4}  {name}  {kind}  {_octets(part.octets)}", "", " " * 6)
        for warning in part.warnings:
            yield from page.rows(f"      ! {warning}", _WARNING, " " * 8)


def _octets(octets: int) -> str:
    from poptui.text.format import size

    return size(octets)
