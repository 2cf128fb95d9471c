"""A header block split into its fields, once for all who read it."""

from __future__ import annotations

import re

MAX_BLOCK = 256 * 1024
"""Octets of a header block that are read; the longest of real spam is 210 kB."""

SplitHeader = list[tuple[bytes, bytes]]
"""The fields in order: the name in lower case, and the value as it stands, folds and all."""

_FIELD = re.compile(rb"\n(?![ \t])")
_FIRST = b"!"
"""What stands before it in ASCII begins no name (RFC 5322 section 3.6.8)."""

_EMPTY_LINES = (b"\n", b"\r\n")


def split_header(block: bytes) -> SplitHeader:
    """The fields of ``block`` up to its first empty line; lines that are none are left out."""
    found = []
    for field in _FIELD.split(block[:MAX_BLOCK]):
        name, colon, value = field.partition(b":")
        if name < _FIRST and _begins_empty(field):
            break
        if colon:
            found.append((name.rstrip().lower(), value))
    return found


def _begins_empty(field: bytes) -> bool:
    """Whether it is an empty line, or one with what seems folded below it."""
    return field in (b"", b"\r") or field.startswith(_EMPTY_LINES)
