"""A message as the viewer shows it: its text in one or two forms, attachments, what was broken.

The message itself stays where it is (a spooled file): a :class:`Part` knows its place in it, and
``contents.contents`` reads it from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from poptui.mail.headers.header import Header
from poptui.mail.lines import Line, clean
from poptui.mail.link import Link

MAX_TEXT = 2_000_000
"""Characters of text that are shown."""
MAX_LINES = 100_000
"""Lines of text that are shown; each takes room, even if it is empty."""


_TEXT_ENDINGS = frozenset(
    [
        "txt",
        "log",
        "csv",
        "tsv",
        "ics",
        "vcf",
        "md",
        "json",
        "xml",
        "yaml",
        "yml",
        "ini",
        "diff",
        "patch",
    ]
)
_TEXT_TYPES = frozenset(
    [
        "application/json",
        "application/xml",
        "application/ics",
        "application/calendar",
        "application/csv",
    ]
)
_VAGUE = frozenset({"application/octet-stream", "application/x-download", "application/unknown"})
_READABLE = frozenset(
    [
        "text/html",
        "text/calendar",
        "text/vcard",
        "text/x-shellscript",
        "text/xml",
        "application/pgp-encrypted",
        "image/svg+xml",
    ]
)
"""Types by content that are text all the same."""


class Grade(StrEnum):
    """How much a remark matters."""

    NOTE = "note"
    """Good to know: signed, not verified; pictures that are not fetched."""
    BROKEN = "broken"
    """The message is not as it should be, or is not all shown."""
    WARNING = "warning"
    """It may be meant to deceive or to do harm."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A full sentence on the message, clean."""

    sentence: str
    grade: Grade = Grade.BROKEN


CUT = Remark(f"The text is cut to its first {MAX_TEXT:,} characters or {MAX_LINES:,} lines.")


@dataclass(frozen=True, slots=True)
class PartLocation:
    """Where the contents of a part stand in the message, still encoded."""

    start: int
    end: int
    encoding: str = ""
    """The Content-Transfer-Encoding, in lower case."""


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment, as a row of a list. Its names are foreign: cleaned when shown or saved."""

    name: str
    """The file's name as the sender gave it, or an enclosed letter's subject; may be empty."""
    declared: str
    """The type that the sender declares, in lower case."""
    octets: int
    """Its size when decoded."""
    actual: str = ""
    """The type by its first octets, ``""`` where they say nothing."""
    warnings: tuple[str, ...] = ()
    """Sentences: a program, a type that is not the declared one, a name that deceives. Clean."""
    inline: bool = False
    """Part of the text: shown in it, or a picture that the HTML refers to."""
    place: PartLocation = field(default=PartLocation(0, 0))

    charset: str = ""
    """The charset that a text declares."""
    pixels: str = ""
    """Of a picture its width and height, such as ``640×480``."""

    @property
    def reachable(self) -> bool:
        """Its contents can be read from the message; not so where parts are encoded as a whole."""
        return self.place.end > self.place.start or not self.octets

    @property
    def letter(self) -> bool:
        """A message of its own, to be read as one."""
        return self.declared in ("message/rfc822", "message/global")

    @property
    def is_text(self) -> bool:
        """A text that can be shown."""
        ending = self.name.lower().rpartition(".")[2] if "." in self.name else ""
        by_name = ending in _TEXT_ENDINGS and (self.declared in _VAGUE or not self.declared)
        declared = self.declared.startswith("text/") or self.declared in _TEXT_TYPES
        return (declared or by_name) and (not self.actual or self.actual in _READABLE)

    @property
    def opens(self) -> bool:
        """Whether it can be opened for reading here."""
        return self.reachable and (self.letter or self.is_text)


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a message in one form."""

    lines: tuple[Line, ...] = ()
    html: bool = False
    """Made from HTML; its links are named in it by number, ``[1]``, and listed by the viewer.
    In plain text addresses stand for themselves and are found by their spans."""
    links: tuple[Link, ...] = ()
    remarks: tuple[Remark, ...] = ()
    """What was left out of this form or is odd in it."""

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """One message, decoded."""

    header: Header
    cc: str = ""
    bodies: tuple[Body, ...] = (Body(),)
    """The form to show first, then the other one if there is one; never empty."""
    attachments: tuple[Part, ...] = ()
    remarks: tuple[Remark, ...] = ()
    """What holds for the message whatever its form."""
    complete: bool = True
    """All of the message was there to be read."""

    @property
    def body(self) -> Body:
        """The form to show first."""
        return self.bodies[0]

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a header nor a text, nor a word on why."""
        said = self.header != Header() or self.attachments or self.remarks
        return not said and not any(body.text.strip() or body.remarks for body in self.bodies)


def body_of(text: str) -> Body:
    """``text``, every line of it as it stands."""
    lines, remarks = first_lines(text)
    return Body(tuple(Line(clean(line)) for line in lines), remarks=remarks)


def first_lines(text: str) -> tuple[list[str], tuple[Remark, ...]]:
    """The lines of ``text``, ``MAX_LINES`` at most, and the remark where there are more."""
    lines = text.split("\n", MAX_LINES)
    return lines[:MAX_LINES], (CUT,) if len(lines) > MAX_LINES else ()
