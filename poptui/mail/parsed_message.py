"""The parsed message that the viewer shows: its text in one or two forms, attachments, remarks.

The message itself stays in its file. A :class:`Part` knows its position there, and
``transfer_decoding.contents`` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from poptui.mail.headers.header import Header
from poptui.mail.lines import Line, line_text
from poptui.mail.link import Link

MAX_TEXT_CHARACTERS = 2_000_000
"""Maximum size of a text; the rest isn't shown."""
MAX_LINES = 100_000
"""Maximum number of lines; even an empty line takes memory."""


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
"""Types that are detected by content and can be shown as text."""


class Severity(StrEnum):
    """The severity of a remark."""

    NOTE = "note"
    """Information: signed but not verified; pictures that are not fetched."""
    BROKEN = "broken"
    """The message is damaged, or not all of it is shown."""
    WARNING = "warning"
    """It may be meant to deceive or harm."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A printable sentence about the message."""

    sentence: str
    severity: Severity = Severity.BROKEN


CUT = Remark(
    f"The text is cut to its first {MAX_TEXT_CHARACTERS:,} characters or {MAX_LINES:,} lines."
)


@dataclass(frozen=True, slots=True)
class PartLocation:
    """The position of a part's encoded content in the message."""

    start: int
    end: int
    encoding: str = ""
    """The Content-Transfer-Encoding, in lower case."""


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment. Its name comes from the sender and must be sanitized before use."""

    name: str
    """The file name the sender gave, or the subject of an enclosed message; may be empty."""
    declared: str
    """The declared content type, in lower case."""
    octets: int
    """Its size when decoded."""
    actual: str = ""
    """The type judged by its first bytes, ``""`` if unknown."""
    warnings: tuple[str, ...] = ()
    """Printable sentences, such as on programs, wrong types and deceptive names."""
    inline: bool = False
    """Shown within the text, or a picture that the HTML refers to."""
    location: PartLocation = field(default=PartLocation(0, 0))

    charset: str = ""
    """The charset that a text declares."""
    pixels: str = ""
    """The size of a picture, such as ``640×480``."""

    @property
    def reachable(self) -> bool:
        """Whether its content can be read from the message; not if it lies in decoded data."""
        return self.location.end > self.location.start or not self.octets

    @property
    def is_message(self) -> bool:
        """Whether it is an enclosed message."""
        return self.declared in ("message/rfc822", "message/global")

    @property
    def is_text(self) -> bool:
        """Whether it is a text that can be shown."""
        ending = self.name.lower().rpartition(".")[2] if "." in self.name else ""
        by_name = ending in _TEXT_ENDINGS and (self.declared in _VAGUE or not self.declared)
        declared = self.declared.startswith("text/") or self.declared in _TEXT_TYPES
        return (declared or by_name) and (not self.actual or self.actual in _READABLE)

    @property
    def opens(self) -> bool:
        """Whether it can be opened in the viewer."""
        return self.reachable and (self.is_message or self.is_text)


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a message in one form."""

    lines: tuple[Line, ...] = ()
    html: bool = False
    """Made from HTML: links are numbered in the text, ``[1]``, and listed by the viewer.
    In plain text, the addresses themselves are the links, found by their spans."""
    links: tuple[Link, ...] = ()
    remarks: tuple[Remark, ...] = ()
    """Remarks on problems of this form, or on content left out of it."""

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
    """The form to show first, then the other form if there is one; never empty."""
    attachments: tuple[Part, ...] = ()
    remarks: tuple[Remark, ...] = ()
    """Remarks that apply to every form."""
    complete: bool = True
    """Whether all of the message was available."""

    @property
    def body(self) -> Body:
        """The form to show first."""
        return self.bodies[0]

    @property
    def is_empty(self) -> bool:
        """Whether there is no header, no text and no remark."""
        is_filled = self.header != Header() or self.attachments or self.remarks
        return not is_filled and not any(body.text.strip() or body.remarks for body in self.bodies)


def body_of(text: str) -> Body:
    """Return ``text`` as a body, line by line."""
    lines, remarks = first_lines(text)
    return Body(tuple(Line(line_text(line)) for line in lines), remarks=remarks)


def first_lines(text: str) -> tuple[list[str], tuple[Remark, ...]]:
    """Return at most ``MAX_LINES`` lines, and a remark if there are more."""
    lines = text.split("\n", MAX_LINES)
    return lines[:MAX_LINES], (CUT,) if len(lines) > MAX_LINES else ()
