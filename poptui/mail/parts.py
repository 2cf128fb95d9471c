"""Which parts of a message are its text, and which are attachments."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message

from poptui.mail import mime
from poptui.mail.bodies import body_text, html_source
from poptui.mail.html_text import html_to_text
from poptui.mail.link import Link
from poptui.mail.reading import Part

MAX_PARTS = 1000
MAX_NESTING = 40
"""Multiparts within each other; a real letter with forwards in forwards has about ten."""

_NO_TEXT = frozenset({"calendar", "csv", "vcard", "x-vcard", "directory", "rtf", "x-amp-html"})
"""Kinds of ``text/`` that are files for programs."""


@dataclass(slots=True)
class Gathered:
    """What a part, or all of several, came to."""

    texts: list[str] = field(default_factory=list)
    html: bool = False
    links: list[Link] = field(default_factory=list)
    attachments: list[Part] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def add(self, other: Gathered) -> None:
        self.texts += other.texts
        self.html |= other.html
        self.links += other.links
        self.add_aside(other)

    def add_aside(self, other: Gathered) -> None:
        """All of ``other`` but its text."""
        self.attachments += other.attachments
        self.troubles += other.troubles


class PartWalk:
    """One walk through a tree of parts; it counts them, against messages made of nothing else."""

    def __init__(self) -> None:
        self._left = MAX_PARTS
        self._links = 0

    def gather(self, part: Message, depth: int = 0) -> Gathered:
        """The text of ``part`` and what is attached to it."""
        self._left -= 1
        if depth > MAX_NESTING:
            return Gathered(
                troubles=["The parts are nested too deeply; the innermost are left out."]
            )
        if self._left < 0:
            return Gathered(
                troubles=[f"There are more than {MAX_PARTS} parts; the rest is left out."]
            )
        kind = part.get_content_type()
        children = part.get_payload() if part.is_multipart() else None
        if kind.startswith("message/") or not isinstance(children, list):
            return self._leaf(part, kind)
        inner = [one for one in children if isinstance(one, Message)]
        if kind == "multipart/alternative":
            return self._best(inner, depth + 1)
        return self._all(inner, depth + 1)

    def _all(self, parts: list[Message], depth: int) -> Gathered:
        gathered = Gathered()
        for part in parts:
            gathered.add(self.gather(part, depth))
            if self._left < 0:
                break
        return gathered

    def _best(self, parts: list[Message], depth: int) -> Gathered:
        """Of alternatives the plain text, unless it is empty; files among them are kept."""
        before = self._links
        choices = []
        for part in parts[: max(self._left, 0)]:
            self._links = before
            choices.append(self.gather(part, depth))
        said = [one for one in choices if any(text.strip() for text in one.texts)]
        best = next((one for one in said if not one.html), said[-1] if said else Gathered())
        for other in choices:
            if other is not best:
                best.add_aside(other)
        self._links = before + len(best.links)
        return best

    def _leaf(self, part: Message, kind: str) -> Gathered:
        if not _is_text(part, kind):
            return Gathered(attachments=[_listed(part, kind)])
        gathered = self._text(part, kind)
        if mime.file_name(part):
            gathered.attachments.append(_listed(part, kind))
        return gathered

    def _text(self, part: Message, kind: str) -> Gathered:
        octets = mime.content(part)
        if kind != "text/html":
            return Gathered(texts=[body_text(octets, mime.charset(part))])
        source = html_source(octets, mime.charset(part))
        text, links, troubles = html_to_text(source, self._links + 1)
        self._links += len(links)
        return Gathered([text], True, list(links), troubles=list(troubles))


def _is_text(part: Message, kind: str) -> bool:
    """Shown as text: also a multipart whose boundary never comes, which is one piece of text."""
    main, _, sub = kind.partition("/")
    if mime.disposition(part) == "attachment":
        return False
    return main == "multipart" or (main == "text" and sub not in _NO_TEXT)


def _listed(part: Message, kind: str) -> Part:
    """An attachment as a row: an enclosed letter goes by its subject and its size as a whole."""
    if part.is_multipart():
        inner = part.get_payload(0)
        subject = mime.value(inner, "subject") if isinstance(inner, Message) else ""
        return Part(mime.file_name(part) or subject, kind, mime.octets(part))
    return Part(mime.file_name(part), kind, len(mime.content(part)))
