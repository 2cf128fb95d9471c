"""Turn plain text into lines: flowed paragraphs (RFC 3676), quotes, signature and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from poptui.mail.lines import Line, LineKind, Span, SpanRole, line_text
from poptui.mail.link import MAX_LINKS, Link, hosts_named, link
from poptui.mail.parsed_message import Body, first_lines
from poptui.patterns import lazy_pattern

_QUOTE = lazy_pattern(r"(?:> ?)+")
_MAX_MARK_CHARACTERS = 24
"""Maximum number of quote marks that continued lines repeat."""
_ADDRESS = lazy_pattern(
    r"(?:https?://|ftp://|mailto:|\bwww\.(?=[\w-]+\.\w))[^\s<>\"\x00-\x1f]{1,4000}", re.IGNORECASE
)
_OPEN_ADDRESS = lazy_pattern(r"<(?:URL:)?(?:https?|ftp)://[^\s<>]{1,2000}$", re.IGNORECASE)
_REST_OF_ADDRESS = lazy_pattern(r" {0,8}[^\s<>]{1,2000}(?:(>)|$)")
_MAX_BROKEN_LINES = 8
"""Maximum number of lines over which an address in ``<…>`` may be split."""
_BEHIND = ".,;:!?'*_»”’"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_MAX_BEFORE_CHARACTERS = 300
"""Maximum characters before an address that are compared with it."""
_MAX_PARAGRAPH_CHARACTERS = 100_000
"""Maximum length of a joined paragraph."""


def plain_body(text: str, first: int = 1, *, flowed: bool = False, delsp: bool = False) -> Body:
    """Lay out ``text``; its addresses become links, numbered from ``first``."""
    texts, remarks = first_lines(text)
    lines = flowed_lines(texts, delsp=delsp) if flowed else fixed_lines(texts)
    return replace(linked(signed(lines), first), remarks=remarks)


def fixed_lines(texts: Iterable[str]) -> Iterator[Line]:
    """Yield every line unchanged, with its quote depth."""
    for text_line in texts:
        marks = _QUOTE.match(text_line)
        yield (
            Line(line_text(text_line)) if marks is None else _quoted(line_text(text_line), marks[0])
        )


def _quoted(text: str, marks: str) -> Line:
    return Line(text, LineKind.TEXT, marks.count(">"), marks.rstrip()[:_MAX_MARK_CHARACTERS] + " ")


def flowed_lines(texts: Iterable[str], *, delsp: bool) -> Iterator[Line]:
    """Join lines that end with a space into paragraphs (RFC 3676 section 4)."""
    pieces: list[str] = []
    depth = length = 0
    for text_line in texts:
        level = len(text_line) - len(text_line.lstrip(">"))
        content = text_line[level:].removeprefix(" ")
        signature = content == "-- "
        if pieces and (level != depth or signature or length > _MAX_PARAGRAPH_CHARACTERS):
            yield _paragraph(pieces, depth)
            pieces, length = [], 0
        depth = level
        flows = content.endswith(" ") and not signature
        pieces.append(content[:-1] if flows and delsp else content)
        length += len(content)
        if not flows:
            yield _paragraph(pieces, depth)
            pieces, length = [], 0
    if pieces:
        yield _paragraph(pieces, depth)


def _paragraph(pieces: list[str], depth: int) -> Line:
    text = "".join(pieces)
    text = text if text == "-- " else text.rstrip(" ")
    if not depth:
        return Line(line_text(text))
    marks = ("> " * min(depth, _MAX_MARK_CHARACTERS // 2)).rstrip()
    return _quoted(line_text(f"{marks} {text}".rstrip()), marks)._replace(quote=depth)


def signed(lines: Iterable[Line]) -> Iterator[Line]:
    """Mark the lines of signatures, from ``-- `` to the next quote."""
    within = False
    for line in lines:
        within = not line.quote and (within or line.text in ("-- ", "--"))
        yield line._replace(kind=LineKind.SIGNATURE) if within else line


def linked(lines: Iterable[Line], first: int = 1) -> Body:
    """Make a body of ``lines`` with their addresses as links, numbered from ``first``."""
    numbers: dict[Link, int] = {}
    found = tuple(_linked(line, numbers, first) for line in _joined(lines))
    return Body(found, False, tuple(numbers))


def _joined(lines: Iterable[Line]) -> Iterator[Line]:
    """Join an address in ``<…>`` that is split over several lines (RFC 3986 appendix C)."""
    open_: Line | None = None
    waiting: list[Line] = []
    for line in lines:
        if open_ is None:
            if _OPEN_ADDRESS.search(line.text):
                open_, waiting = line, [line]
            else:
                yield line
            continue
        waiting.append(line)
        text = line.text.removeprefix(line.next) if line.quote else line.text
        rest = _REST_OF_ADDRESS.match(text)
        if rest is None or line.quote != open_.quote or len(waiting) > _MAX_BROKEN_LINES:
            yield from waiting
            open_ = None
        else:
            open_ = open_._replace(text=open_.text + text.strip(" "))
            if rest[1]:
                yield open_
                open_ = None
    if open_ is not None:
        yield from waiting


def _linked(line: Line, numbers: dict[Link, int], first: int) -> Line:
    text = line.text
    if ":" not in text and "ww." not in text.lower():
        return line
    spans = []
    for match in _ADDRESS.finditer(text):
        address = _without_ending(match[0])
        target = f"http://{address}" if address[:4].lower() == "www." else address
        one = _judged(
            address, target, text[max(0, match.start() - _MAX_BEFORE_CHARACTERS) : match.start()]
        )
        if one not in numbers and len(numbers) >= MAX_LINKS:
            break
        number = numbers.setdefault(one, len(numbers) + first)
        spans.append(Span(match.start(), match.start() + len(address), SpanRole.LINK, number))
    return line._replace(spans=tuple(spans)) if spans else line


def _judged(address: str, target: str, before: str) -> Link:
    """Make the link of ``address``, compared with the text ``before`` it if that is its label."""
    one = link(address, target)
    text = _shown_instead(before)
    if one.warning or not text or next(hosts_named(text), None) is None:
        return one
    return replace(one, warning=link(text, target).warning)


def _shown_instead(before: str) -> str:
    """Return the label in ``[text](address)`` or ``text <address>``."""
    if before.endswith("]("):
        return before[:-2].rpartition("[")[2]
    return before[:-1].rstrip(" \t").rpartition(" ")[2] if before.endswith("<") else ""


def _without_ending(address: str) -> str:
    """Strip punctuation and brackets that belong to the sentence around the address."""
    while address:
        last = address[-1]
        opening = _PAIRS.get(last)
        if last not in _BEHIND and not (opening and address.count(last) > address.count(opening)):
            break
        address = address[:-1]
    return address
