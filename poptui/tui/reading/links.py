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
"""Schemes that the user's command may open; others act on this machine."""


def numbered(line: Line, links: Sequence[Link]) -> Line:
    """Return ``line`` with the number of each link behind its address."""
    found = [span for span in line.spans if span.role is SpanRole.LINK]
    if not found:
        return line
    text, spans, copied = "", list[Span](), 0
    for span in found:
        text += line.text[copied : span.end]
        spans.append(span._replace(start=len(text) - (span.end - span.start), end=len(text)))
        copied = span.end
        # A closing bracket belongs to the address.
        if line.text[copied : copied + 1] == ">":
            text, copied = f"{text}>", copied + 1
        warned = bool(links[span.link - 1].warning)
        mark = f" [{span.link}]{'!' if warned else ''}"
        role = SpanRole.WARNING if warned else SpanRole.LINK
        spans.append(Span(len(text) + 1, len(text) + len(mark), role, span.link))
        text += mark
    return line._replace(text=text + line.text[copied:], spans=tuple(spans))


def link_of(body: Body, number: str) -> Link:
    """Return the link with the number that the user typed. Raises UsageError."""
    wanted = number.strip().strip("[]")
    if not body.links:
        raise UsageError("This message has no links.")
    if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(body.links)):
        raise UsageError(f"There is no link {printable_line(wanted[:20])}; {_range(body)}.")
    return body.links[int(wanted) - 1]


def _range(body: Body) -> str:
    return (
        "there is only link 1"
        if len(body.links) == 1
        else f"links are numbered 1 to {len(body.links)}"
    )


def target_of(link: Link) -> str:
    """Return the target of a link, printable and in one line."""
    return printable_target(link.target)


def command_for(wanted: str, target: str) -> list[str]:
    """Return the words of the command that opens ``target``, in place of ``%s`` or at the end.

    Raises UsageError for schemes that mail should not be able to open.
    """
    if not target.lower().startswith(SCHEMES):
        raise UsageError("This link is not a web address, so it is not opened. You can copy it.")
    return with_argument(wanted, target)
