"""The texts of a message in their order, each in one form or two, put together to its bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from poptui.mail.html.to_text import strip_tags
from poptui.mail.lines import Line
from poptui.mail.link import MAX_LINKS
from poptui.mail.parsed_message import CUT, MAX_LINES, MAX_TEXT, Body

BodyMaker = Callable[[int], Body]
"""Makes a body whose links are numbered from the argument."""

_NO_HTML = re.compile(
    r"(?=.*\bhtml\b)(?=.*\b(?:support|display|view|show|read|render|enabled?|capable|version|"
    r"client|browser|reader|format|anzeigen|darstellen|afficher|lire)\w*\b)",
    re.IGNORECASE | re.DOTALL,
)
_APOLOGY = 600
"""Characters of a text that only says that there is another."""
_MUCH = 1000
"""Characters of a text that says something, whatever the HTML says beside it."""
_TIMES = 6
"""How many times as much the HTML says where the text says nothing, in whatever language."""
_WHITE = re.compile(r"\s+")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_MARKUP = re.compile(r"\s*<(?:!doctype|html|head|body|table|div|style)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Segment:
    """One text of the message; where it has both forms, they are to say the same."""

    plain: BodyMaker | None = None
    html: BodyMaker | None = None
    useless: bool = False
    """The plain form says nothing of what the HTML one does."""
    source: str = ""
    """What the text was made from."""
    card: bool = False
    """Made by us from a part that is no text."""


def is_empty_beside(plain: str, html: str) -> bool:
    """Whether the plain text is empty, HTML itself, or an excuse for not being HTML."""
    text = plain.strip()
    if not text or _MARKUP.match(text):
        return True
    if len(text) <= _APOLOGY and _NO_HTML.search(text):
        return True
    said = len(_WHITE.sub("", _ADDRESS.sub("", text)))
    if said > _MUCH:
        return False
    return said * _TIMES <= len(_WHITE.sub("", _ADDRESS.sub("", strip_tags(html))))


def make_bodies(segments: list[Segment]) -> tuple[Body, ...]:
    """The form to show first, and the other one where there are two."""
    plain = joined(one.plain or one.html for one in segments)
    if not any(one.plain and one.html for one in segments):
        return (plain,)
    html = joined(one.html or one.plain for one in segments)
    useless = any(one.useless for one in segments)
    return (html, plain) if useless else (plain, html)


def joined(forms: Iterable[BodyMaker | None], first: int = 1) -> Body:
    """The forms one after another, a blank line between them, links numbered from ``first``."""
    lines: list[Line] = []
    body = Body()
    for form in forms:
        if form is None:
            continue
        one = form(len(body.links) + first)
        content = _trimmed(one.lines)
        if content and lines:
            lines.append(Line(""))
        lines += content
        links = (*body.links, *one.links)[:MAX_LINKS]
        body = Body((), body.html or one.html, links, (*body.remarks, *one.remarks))
    kept = list(_limited(lines))
    whole = kept == lines
    remarks = body.remarks if whole else (*body.remarks, CUT)
    return Body(tuple(kept), body.html, body.links, tuple(dict.fromkeys(remarks)))


def _trimmed(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Without blank lines at both ends."""
    filled = [at for at, line in enumerate(lines) if line.text.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else ()


def _limited(lines: list[Line]) -> Iterator[Line]:
    left = MAX_TEXT
    for line in lines[:MAX_LINES]:
        if len(line.text) > left:
            yield line._replace(text=line.text[:left], spans=())
            return
        yield line
        left -= len(line.text) + 1
