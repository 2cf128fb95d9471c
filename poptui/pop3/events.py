"""The events of a connection: the greeting, replies and their response codes, challenges."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from poptui.patterns import lazy_pattern
from poptui.pop3.commands import Command

_CODE = lazy_pattern(r"^\s*\[([A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*)\]\s*")


class Code(Enum):
    """A response code: what a refusal is about (RFC 2449 section 8, RFC 3206)."""

    NONE = ""
    IN_USE = "IN-USE"
    """Another session has the mailbox open."""
    LOGIN_DELAY = "LOGIN-DELAY"
    """The last login was too recent."""
    AUTH = "AUTH"
    """The credentials are wrong. Only this code is a reason to ask for the password again."""
    SYS_TEMP = "SYS/TEMP"
    """A temporary failure of the server."""
    SYS_PERM = "SYS/PERM"
    """A failure that needs an operator."""


class Greeting(NamedTuple):
    """The first line of a session (RFC 1939 section 3)."""

    ok: bool
    text: str
    code: Code = Code.NONE


class Reply(NamedTuple):
    """The complete reply to one command."""

    command: Command
    ok: bool
    text: str
    """The text of the status line after the response code, as the server sent it."""
    code: Code = Code.NONE
    body: bytes = b""
    """The body of a multi-line reply, without dot-stuffing; empty if it went to a sink."""
    octets: int = 0
    """The size of the body as received, including what was not kept."""


class Challenge(NamedTuple):
    """A challenge of AUTH (RFC 5034), decoded; as received if it isn't base64."""

    data: bytes


class ClosingReply(NamedTuple):
    """An ``-ERR`` that answers no command: servers announce a time-out so before they hang up."""

    text: str


Event = Greeting | Reply | Challenge | ClosingReply


def split_code(text: str) -> tuple[Code, str]:
    """Split the text of a reply into its response code and the rest.

    An unknown sub-code counts as its known parent (RFC 2449 section 8). An unknown code stays in
    the text.
    """
    if "[" not in text:
        return Code.NONE, text
    match = _CODE.match(text)
    code = _known_code(match.group(1).upper()) if match else Code.NONE
    return code, text[match.end() :] if match and code is not Code.NONE else text


def _known_code(name: str) -> Code:
    while name:
        try:
            return Code(name)
        except ValueError:
            name = name.rpartition("/")[0]
    return Code.NONE
