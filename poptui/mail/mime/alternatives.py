"""Combine the texts of a message, each in one or two forms, into its bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from poptui.mail.html.to_text import strip_tags
from poptui.mail.lines import Line
from poptui.mail.link import MAX_LINKS
from poptui.mail.parsed_message import CUT, MAX_LINES, MAX_TEXT_CHARACTERS, Body
from poptui.patterns import lazy_pattern

BodyMaker = Callable[[int], Body]
"""Makes a body; its links are numbered from the argument on."""

_NO_HTML = lazy_pattern(
    r"(?=.*\bhtml\b)(?=.*\b(?:support|display|view|show|read|render|enabled?|capable|version|"
    r"client|browser|reader|format|anzeigen|darstellen|afficher|lire)\w*\b)",
    re.IGNORECASE | re.DOTALL,
)
_MAX_APOLOGY_CHARACTERS = 600
"""A plain text up to this length may just say that there is an HTML text."""
_MUCH_TEXT_CHARACTERS = 1000
"""A longer plain text is worth showing, whatever the HTML says."""
_TIMES = 6
"""If the HTML is this many times longer, the plain text is only a notice, in any language."""
_WHITE = lazy_pattern(r"\s+")
_ADDRESS = lazy_pattern(r"https?://\S+", re.IGNORECASE)
_MARKUP = lazy_pattern(r"\s*<(?:!doctype|html|head|body|table|div|style)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Segment:
    """One text of the message; if it has both forms, they should say the same."""

    plain: BodyMaker | None = None
    html: BodyMaker | None = None
    useless: bool = False
    """The plain form lacks what the HTML form says."""
    source: str = ""
    """The text before layout."""
    card: bool = False
    """Made by poptui from a part that isn't text."""
    usual: bool = False
    """Declared as plain text, not as a kind of text that is meant for other programs."""


def is_empty_beside(plain: str, html: str) -> bool:
    """Whether the plain text is empty, is HTML itself, or just points to the HTML."""
    text = plain.strip()
    if not text or _MARKUP.match(text):
        return True
    if len(text) <= _MAX_APOLOGY_CHARACTERS and _NO_HTML.search(text):
        return True
    plain_chars = len(_WHITE.sub("", _ADDRESS.sub("", text)))
    if plain_chars > _MUCH_TEXT_CHARACTERS:
        return False
    return plain_chars * _TIMES <= len(_WHITE.sub("", _ADDRESS.sub("", strip_tags(html))))


def make_bodies(segments: list[Segment]) -> tuple[Body, ...]:
    """Return the form to show first, and the other one if there is one."""
    plain = joined(segment.plain or segment.html for segment in segments)
    if not any(segment.plain and segment.html for segment in segments):
        return (plain,)
    html = joined(segment.html or segment.plain for segment in segments)
    useless = any(segment.useless for segment in segments)
    return (html, plain) if useless else (plain, html)


def joined(forms: Iterable[BodyMaker | None], first: int = 1) -> Body:
    """Join the forms with blank lines between them; number links from ``first``."""
    lines: list[Line] = []
    body = Body()
    for form in forms:
        if form is None:
            continue
        segment = form(len(body.links) + first)
        content = _trimmed(segment.lines)
        if content and lines:
            lines.append(Line(""))
        lines += content
        links = (*body.links, *segment.links)[:MAX_LINKS]
        body = Body((), body.html or segment.html, links, (*body.remarks, *segment.remarks))
    kept = list(_limited(lines))
    whole = kept == lines
    remarks = body.remarks if whole else (*body.remarks, CUT)
    return Body(tuple(kept), body.html, body.links, tuple(dict.fromkeys(remarks)))


def _trimmed(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Remove blank lines at both ends."""
    filled = [at for at, line in enumerate(lines) if line.text.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else ()


def _limited(lines: list[Line]) -> Iterator[Line]:
    left = MAX_TEXT_CHARACTERS
    for line in lines[:MAX_LINES]:
        if len(line.text) > left:
            yield line._replace(text=line.text[:left], spans=())
            return
        yield line
        left -= len(line.text) + 1
