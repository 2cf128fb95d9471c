"""The links of a message: their numbers in its text, and the command that opens one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from poptui.errors import UsageError
from poptui.mail.lines import Line, Span, SpanRole
from poptui.printable import printable_line, printable_target
from poptui.tui.programs import with_argument

if TYPE_CHECKING:
    from poptui.mail.link import Link
    from poptui.mail.parsed_message import Body

SCHEMES = ("http://", "https://", "ftp://", "mailto:")
"""Targets that a command is given; others act on this machine."""


def numbered(line: Line, links: Sequence[Link]) -> Line:
    """``line`` of a plain text, each address followed by the number that keys ask for."""
    found = [span for span in line.spans if span.role is SpanRole.LINK]
    if not found:
        return line
    text, spans, copied = "", list[Span](), 0
    for span in found:
        text += line.text[copied : span.end]
        spans.append(span._replace(start=len(text) - (span.end - span.start), end=len(text)))
        copied = span.end
        # The bracket around an address belongs to it.
        if line.text[copied : copied + 1] == ">":
            text, copied = f"{text}>", copied + 1
        warned = bool(links[span.link - 1].warning)
        mark = f" [{span.link}]{'!' if warned else ''}"
        role = SpanRole.WARNING if warned else SpanRole.LINK
        spans.append(Span(len(text) + 1, len(text) + len(mark), role, span.link))
        text += mark
    return line._replace(text=text + line.text[copied:], spans=tuple(spans))


def link_of(body: Body, number: str) -> Link:
    """The link of a number as the user typed it. Raises UsageError."""
    wanted = number.strip().strip("[]")
    if not body.links:
        raise UsageError("This message has no links.")
    if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(body.links)):
        raise UsageError(f"There is no link {printable_line(wanted[:20])}; {_range(body)}.")
    return body.links[int(wanted) - 1]


def _range(body: Body) -> str:
    return "there is one, 1" if len(body.links) == 1 else f"they go from 1 to {len(body.links)}"


def target_of(link: Link) -> str:
    """Where it leads, clean and in one line."""
    return printable_target(link.target)


def command_for(wanted: str, target: str) -> list[str]:
    """The words of the command that opens ``target``, which stands for ``%s`` or comes last.

    Raises UsageError for a target that a browser would not take from a letter.
    """
    if not target.lower().startswith(SCHEMES):
        raise UsageError("This link is no web address, so it is not opened. You can copy it.")
    return with_argument(wanted, target)
