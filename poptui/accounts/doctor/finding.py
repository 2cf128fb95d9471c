"""One line of the report of ``poptui doctor``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from poptui.errors import PoptuiError


class Status(Enum):
    """The severity of a finding; the value is its word in JSON."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


class Finding(NamedTuple):
    """One line of the report; text and advice are printable."""

    check: str
    status: Status
    text: str
    advice: str = ""
    data: Mapping[str, Any] = {}


def milliseconds(seconds: float) -> str:
    """Return seconds as ``3.2 ms`` or ``112 ms``."""
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


def rounded_ms(seconds: float) -> float:
    """Return seconds as a number of milliseconds for JSON."""
    return round(seconds * 1000, 1)


def broken(check: str, error: PoptuiError) -> Finding:
    """Return the finding for an error that prevents further checks."""
    return Finding(check, Status.PROBLEM, sentence(error), "", {"error": type(error).__name__})


def sentence(error: PoptuiError) -> str:
    """Return what ``error`` says."""
    return " ".join(error.sentences)
