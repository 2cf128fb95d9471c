"""Command lines that a person types: which of them may be sent, and what their replies look like.

``parse`` returns the command of the verb, so that a typed line has the same rules as one of
poptui's own. Lines that no class describes become ``TypedCommand``. Guarantees:

* DELE, RSET and QUIT come back as ``Dele``, ``Rset`` and ``Quit``, for the caller to carry out
  through the marks; nothing that merely begins like them is ever sent as it was typed, because old
  servers read only four letters of a verb;
* nothing that holds a password is sent or repeated in an error.
"""

from __future__ import annotations

from typing import NamedTuple

from poptui.pop3.commands import (
    BareTop,
    Capa,
    Command,
    Dele,
    List,
    Noop,
    PreviewTop,
    Quit,
    Retr,
    Rset,
    Stat,
    Top,
    Uidl,
)
from poptui.pop3.errors import LocalError
from poptui.pop3.limits import MAX_COMMAND_BYTES

MAX_TYPED_CHARACTERS = MAX_COMMAND_BYTES - len("\r\n")
_VERB_LETTERS = 4
"""Old servers read only this many letters of a verb."""


class CommandUsage(NamedTuple):
    """The syntax of a verb, and its effect."""

    form: str
    help: str


USAGE: dict[str, CommandUsage] = {
    "CAPA": CommandUsage("CAPA", "list what the server can do"),
    "DELE": CommandUsage("DELE number", "mark for deletion, like d; a commit deletes"),
    "HELP": CommandUsage("HELP", "list commands, on some servers"),
    "LAST": CommandUsage("LAST", "the highest message number that was read, on old servers"),
    "LIST": CommandUsage("LIST [number]", "sizes"),
    "NOOP": CommandUsage("NOOP", "do nothing; the server answers"),
    "QUIT": CommandUsage("QUIT", "quit, like q; asks if anything is marked"),
    "RETR": CommandUsage("RETR number", "download a whole message"),
    "RSET": CommandUsage("RSET", "unmark all messages, like U; asks first"),
    "STAT": CommandUsage("STAT", "number of messages and their size"),
    "TOP": CommandUsage("TOP number [lines]", "the header, and that many lines of the body"),
    "UIDL": CommandUsage("UIDL [number]", "unique identifiers"),
    "XTND": CommandUsage("XTND words", "an extension of old servers"),
}
"""The verbs that are offered for completion."""

_LOGIN = ("USER", "PASS", "APOP", "AUTH", "STLS", "UTF8")
_HARMLESS = ("HELP", "LAST")
"""Verbs of ``TypedCommand`` that change nothing in any server (RFC 1081, RFC 1460)."""
_FREE = (*_HARMLESS, "XTND")
"""Verbs that are sent as they were typed."""
_GUARDED = {verb for verb in (*USAGE, *_LOGIN) if verb not in _FREE}


class TypedCommand(Command):
    """A line that no other class describes. Its reply is taken for a single line."""

    can_pipeline = False

    def __init__(self, line: str) -> None:
        self.line = line

    @property
    def verb(self) -> str:  # type: ignore[override]
        """The first word in capitals."""
        return self.line.split(" ", 1)[0].upper()

    @property
    def is_harmless(self) -> bool:
        """Whether no server can change anything because of it."""
        return self.verb in _HARMLESS

    def arguments(self) -> tuple[str, ...]:
        return tuple(self.line.split(" ")[1:])

    def encode(self) -> bytes:
        """Return the line. Raises LocalError if a server may parse a verb differently."""
        if self.verb[:_VERB_LETTERS] in _GUARDED:
            raise LocalError(f"{self.verb} is not sent as it was typed")
        return super().encode()


def _without_colon(text: str) -> str:
    """Return ``text`` without the colon of the key that opened the field, pressed once more."""
    return text.lstrip(" :")


def holds_secret(text: str) -> bool:
    """Whether a typed line may hold a password: it begins like a command of the login."""
    return _without_colon(text)[:_VERB_LETTERS].upper() in _LOGIN


def parse(text: str) -> Command:
    """Return the command that was typed. Raises LocalError, with a sentence."""
    if any(not " " <= character <= "~" for character in text):
        raise LocalError(
            "A POP3 command has only ASCII letters, digits and signs. Nothing was sent."
        )
    line = " ".join(_without_colon(text).split())
    if not line:
        raise LocalError("Type a command, such as STAT or TOP 1 0.")
    verb, *words = line.split(" ")
    verb = verb.upper()
    start = verb[:_VERB_LETTERS]
    if holds_secret(verb):
        raise LocalError(f"{start} is part of the login, and you are logged in. Nothing was sent.")
    if start != verb and start in _GUARDED:
        raise LocalError(f"Some servers read {verb[:12]} as {start}. Nothing was sent.")
    if len(line) > MAX_TYPED_CHARACTERS:
        raise LocalError(
            f"A command has at most {MAX_TYPED_CHARACTERS} characters (RFC 2449). Nothing was sent."
        )
    if verb in _FREE or verb not in USAGE:
        return TypedCommand(" ".join((verb, *words)))
    try:
        return _known(verb, words)
    except ValueError:
        raise LocalError(f"Type {USAGE[verb].form}. Nothing was sent.") from None


def _known(verb: str, words: list[str]) -> Command:
    """Make the command of a verb. Raises ValueError if the arguments don't fit it."""
    numbers = [_parse_number(word) for word in words]
    match verb, numbers:
        case (("CAPA" | "NOOP" | "STAT" | "RSET" | "QUIT"), []):
            return {"CAPA": Capa, "NOOP": Noop, "STAT": Stat, "RSET": Rset, "QUIT": Quit}[verb]()
        case (("LIST" | "UIDL"), [] | [_]):
            return {"LIST": List, "UIDL": Uidl}[verb](*numbers)
        case "TOP", [number]:
            return _checked(BareTop(number))
        case "TOP", [number, 0]:
            return _checked(Top(number))
        case "TOP", [number, lines]:
            return _checked(PreviewTop(number, lines))
        case "RETR", [number]:
            return _checked(Retr(number))
        case "DELE", [number]:
            return _checked(Dele(number))
    raise ValueError(verb)


def _checked(command: Command) -> Command:
    """Return ``command``. Raises LocalError if it cannot be sent."""
    command.encode()
    return command


def _parse_number(word: str) -> int:
    if not word.isdigit() or len(word) > 10:
        raise ValueError(word)
    return int(word)


def completions(text: str, number: int | None) -> list[str]:
    """Return the completions of ``text``; ``number``: the message number to offer first."""
    verb, space, rest = _without_colon(text).partition(" ")
    verb = verb.upper()
    if not space:
        return [
            known + (" " if " " in USAGE[known].form else "")
            for known in USAGE
            if known.startswith(verb)
        ]
    form = USAGE[verb].form if verb in USAGE else ""
    if not rest.strip():
        return [f"{verb} {number}"] if "number" in form and number is not None else []
    if verb == "TOP" and len(rest.split()) == 1 and rest.endswith(" "):
        return [f"{verb} {rest.strip()} 0"]
    return []
