"""What a session hands to its caller: the greeting, replies, challenges, a last word."""

from __future__ import annotations

from typing import NamedTuple

from poptui.pop3.codes import Code
from poptui.pop3.commands import Command


class Greeting(NamedTuple):
    """The first line of a session (RFC 1939 section 3)."""

    ok: bool
    text: str
    code: Code = Code.NONE


class Reply(NamedTuple):
    """The whole answer to one command."""

    command: Command
    ok: bool
    text: str
    """The words of the status line, foreign."""
    code: Code = Code.NONE
    body: bytes = b""
    """A multi-line body, unstuffed; empty where a sink of the caller's took it."""
    octets: int = 0
    """The length of the body as it came, beyond what was kept too."""


class Challenge(NamedTuple):
    """The server's turn in an AUTH exchange (RFC 5034): decoded, or raw where it is no base64."""

    data: bytes


class ClosingError(NamedTuple):
    """An ``-ERR`` that nobody asked for: servers tell a time-out so before they hang up."""

    text: str


Event = Greeting | Reply | Challenge | ClosingError
