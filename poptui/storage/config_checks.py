"""What the values of the configuration may be: each check returns what a value means.

A check raises ValueError with what the value must be, which stands behind "must be".
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from poptui.net.server import parse_pin

_ROOM = re.compile(r"([1-9][0-9]{0,5}) ?([kMG])B?")
_UNITS = {"k": 10**3, "M": 10**6, "G": 10**9}

LONGEST_TIMEOUT = 3600.0
LONGEST_KEPT = 3650


def a_table(value: Any) -> dict[str, Any]:
    """A table."""
    if not isinstance(value, dict):
        raise ValueError("a table, such as [accounts.work]")
    return value


def a_text(value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError("a text in quotes, not empty")
    return value


def a_command(value: Any) -> str:
    """A command line."""
    text = a_text(value)
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not words:
        raise ValueError("a command, its quotes in pairs")
    return text


def a_room(value: Any) -> int:
    """Octets on the disk; "off" for none."""
    try:
        return 0 if value == "off" else a_limit(value)
    except ValueError as error:
        raise ValueError(f'"off" or {error}') from None


def a_limit(value: Any) -> int:
    """Octets on the disk."""
    found = _ROOM.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a size, such as "200 MB"')
    return int(found[1]) * _UNITS[found[2]]


def days(value: Any) -> int:
    """Whole days."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not 1 <= value <= LONGEST_KEPT:
        raise ValueError(f"a number of days from 1 to {LONGEST_KEPT}")
    return int(value)


def a_copy(value: Any) -> str:
    """What is copied before a deletion."""
    if value not in ("off", "headers", "full"):
        raise ValueError('"off", "headers" or "full"')
    return str(value)


def a_switch(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def seconds(value: Any) -> float:
    """Seconds, above 0."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 < value <= LONGEST_TIMEOUT:
        raise ValueError(f"a number of seconds above 0, up to {LONGEST_TIMEOUT:.0f}")
    return float(value)


def seconds_or_never(value: Any) -> float:
    """Seconds, or 0."""
    if value == 0 and not isinstance(value, bool):
        return 0.0
    try:
        return seconds(value)
    except ValueError as error:
        raise ValueError(f"{error}, or 0 for never") from None


def a_verify(value: Any) -> str:
    """When deletions are looked up."""
    if value not in ("auto", "always", "never"):
        raise ValueError('"auto", "always" or "never"')
    return str(value)


def a_pipelining(value: Any) -> str:
    """Whether commands go out together."""
    if value not in ("auto", "on", "off"):
        raise ValueError('"auto", "on" or "off"')
    return str(value)


def a_pin(value: Any) -> str:
    """The SHA-256 of a certificate."""
    return parse_pin(a_text(value))
