"""Response codes in brackets (RFC 2449 section 8, RFC 3206)."""

from __future__ import annotations

import re
from enum import Enum

_CODE = re.compile(r"^\s*\[([A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*)\]\s*")


class Code(Enum):
    """What a refusal is about, where the server says so."""

    NONE = ""
    IN_USE = "IN-USE"
    """Another session holds the mailbox."""
    LOGIN_DELAY = "LOGIN-DELAY"
    """The last login was too short a time ago."""
    AUTH = "AUTH"
    """The credentials are wrong: the one code on which to ask for them again."""
    SYS_TEMP = "SYS/TEMP"
    """A fault that passes."""
    SYS_PERM = "SYS/PERM"
    """A fault that needs somebody's hand."""
    UTF8 = "UTF8"
    """RFC 6856: the message or mailbox needs the UTF8 command."""


def split_code(text: str) -> tuple[Code, str]:
    """The response code at the head of a reply's text, and the words after it.

    An unknown sub-code falls back to its known parent (RFC 2449 section 8); a wholly unknown
    code stays with the words.
    """
    if "[" not in text:
        return Code.NONE, text
    match = _CODE.match(text)
    code = _known(match.group(1).upper()) if match else Code.NONE
    return code, text[match.end() :] if match and code is not Code.NONE else text


def _known(name: str) -> Code:
    while name:
        try:
            return Code(name)
        except ValueError:
            name = name.rpartition("/")[0]
    return Code.NONE
