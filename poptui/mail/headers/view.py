"""The header views: a few fields, all fields, or the servers that the message passed.

All returned text is decoded and safe to print.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from poptui.mail.encodings.encoded_words import charset_of, decode_text, unfolded
from poptui.mail.headers.dates import decode_date
from poptui.mail.headers.decode import MAX_BLOCK_BYTES
from poptui.patterns import lazy_pattern
from poptui.printable import printable_line

MAX_FIELDS = 1000

_NAME = lazy_pattern(rb"([!-9;-~]{1,200})[ \t]*:")
_SHORT = ("From", "Sender", "Reply-To", "To", "Cc", "Date", "Subject", "List-Id")
_ADDRESS = lazy_pattern(r"(?<![^\s<>@,;:\"])[^\s<>@,;:\"]+@[^\s<>@,;:\"]+")
_COMMENT = lazy_pattern(r"\((?:[^()]|\([^()]*\))*\)")
_CLAUSE = lazy_pattern(r"\b(from|by|via|with|id|for)\s+", re.IGNORECASE)


class Field(NamedTuple):
    """A header field, its value on one line."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Hop:
    """A server that received the message, from its Received field (RFC 5321 section 4.4)."""

    from_: str = ""
    """The sending host: the name it gave, and in parentheses what the server saw."""
    by: str = ""
    protocol: str = ""
    recipient: str = ""
    when: datetime | None = None
    delay: timedelta | None = None
    """Time since the previous hop. Negative if clocks differ, None if a date is missing."""


def all_fields(block: bytes) -> list[Field]:
    """Return all fields of the header in order, at most ``MAX_FIELDS``."""
    fields = _fields(block)
    charset = next(
        (charset_of(value) for name, value in fields if name.lower() == b"content-type"), ""
    )
    return [
        Field(printable_line(name.decode("latin-1")), printable_line(decode_text(value, charset)))
        for name, value in fields
    ]


def short_fields(block: bytes) -> list[Field]:
    """Return the main fields. Sender and Reply-To are left out if they equal From."""
    found: dict[str, str] = {}
    for name, value in all_fields(block):
        found.setdefault(name.lower(), value)
    author = _address(found.get("from", ""))
    shown = []
    for name in _SHORT:
        value = found.get(name.lower(), "")
        if name in ("Sender", "Reply-To") and _address(value) in ("", author):
            continue
        if value:
            shown.append(Field(name, value))
    return shown


def received_chain(block: bytes) -> list[Hop]:
    """Return the servers that the message passed, the first one first."""
    lines = [value for name, value in _fields(block) if name.lower() == b"received"]
    hops: list[Hop] = []
    for line in reversed(lines):
        hop = _hop(printable_line(decode_text(line)))
        before = next((hop.when for hop in reversed(hops) if hop.when), None)
        delay = hop.when - before if hop.when and before else None
        hops.append(Hop(hop.from_, hop.by, hop.protocol, hop.recipient, hop.when, delay))
    return hops


def _fields(block: bytes) -> list[tuple[bytes, bytes]]:
    """Return names and unfolded values up to the first empty line. Other lines are skipped."""
    found: list[tuple[bytes, list[bytes]]] = []
    for line in block[:MAX_BLOCK_BYTES].split(b"\n"):
        if not line.rstrip(b"\r"):
            break
        if line[:1] in b" \t":
            if found:
                found[-1][1].append(line)
        elif (name := _NAME.match(line)) is not None:
            if len(found) >= MAX_FIELDS:
                break
            found.append((name[1], [line[name.end() :]]))
    return [(name, unfolded(lines)) for name, lines in found]


def _address(value: str) -> str:
    found = _ADDRESS.search(value)
    return found[0].lower() if found else ""


def _hop(text: str) -> Hop:
    clauses, semicolon, date = text.rpartition(";")
    words = _clauses(clauses if semicolon else text)
    return Hop(
        words.get("from", "")[:300],
        words.get("by", "").partition(" ")[0][:300],
        words.get("with", "").partition(" ")[0][:40],
        words.get("for", "").partition(" ")[0].strip("<>")[:300],
        decode_date(date.strip()) if semicolon else None,
    )


def _clauses(text: str) -> dict[str, str]:
    """Split a Received value by its keywords. Keywords inside comments don't count."""
    hidden = _COMMENT.sub(lambda comment: "\0" * len(comment[0]), text)
    marks = list(_CLAUSE.finditer(hidden))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    found: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=False):
        found.setdefault(mark[1].lower(), text[mark.end() : end].strip())
    return found
