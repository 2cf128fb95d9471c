"""The classes for commands of the command line, and the arguments that several of them share."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, ArgumentTypeError, HelpFormatter, Namespace
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from importlib import import_module
from textwrap import fill
from typing import NamedTuple, NoReturn

from poptui.cli.streams import terminal_columns
from poptui.errors import UsageError, quoted, quoted_input

TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")

_UNKNOWN_ARGUMENTS = "unrecognized arguments: "
"""The beginning of argparse's message about unknown options and further arguments."""

HELP_COLUMNS = 80
"""The longest line of a help text, however wide the terminal is."""

TARGETS = """\
TARGET is the name of an account in the configuration file, or a URL:
  pops://user@host           TLS from the first byte, port 995
  pop://user@host            STARTTLS on port 110; unencrypted only to this
                             machine, or with --allow-plaintext
  ...:PORT  ...;auth=+APOP   another port; a login method, otherwise the
                             strongest that is offered ('poptui help servers')

The password comes from the first of these that has one: --password-stdin,
POPTUI_PASSWORD, the account's password_command, the keyring (service poptui,
user user@host:port), a prompt.

Exit codes: 0 done, 1 nothing matched or not everything was deleted, 2 usage,
3 cannot connect, 4 login refused, 5 protocol or server error, 6 mailbox locked,
130 interrupted.
"""


class CommandParser(ArgumentParser):
    """A parser that raises UsageError with a sentence instead of printing and exiting."""

    def __init__(
        self, prog: str, description: str = "", epilog: str = "", usage: str | None = None
    ) -> None:
        """``description`` and ``epilog`` are printed as they are; lines must fit HELP_COLUMNS."""
        super().__init__(
            prog=prog,
            usage=usage,
            description=description,
            epilog=epilog,
            formatter_class=_formatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Raise UsageError. argparse calls this if it can't parse an argument."""
        unknown = message.removeprefix(_UNKNOWN_ARGUMENTS)
        if unknown != message and unknown.startswith("-"):
            option = unknown.split()[0].partition("=")[0]
            hint = suggestion(option, self._option_string_actions, prefix="--")
            raise UsageError(
                f"Unknown option {quoted_input(option)}.{hint} See: {self.prog} --help"
            )
        message = message.removeprefix("argument ").replace(": must be", " must be", 1)
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


def _formatter(prog: str) -> HelpFormatter:
    # argparse keeps two columns free at the right.
    width = min(terminal_columns(), HELP_COLUMNS) - 2
    return argparse.RawDescriptionHelpFormatter(prog, width=width)


class CliCommand(NamedTuple):
    """One command. Its module is imported only if the command is given."""

    prog: str
    """The command as typed, such as ``poptui list``."""
    summary: str
    """The first sentence of its help."""
    add_arguments: Callable[[ArgumentParser], None]
    """Adds its arguments and options to a parser."""
    run: Callable[[Namespace], Coroutine[None, None, int]]
    """Runs it and returns the exit code. Raises PoptuiError."""
    notes: str = ""
    """The end of its help, such as examples."""

    def parse(self, words: list[str]) -> Namespace:
        """Parse the options; their ``run`` is set. Raises UsageError; exits for ``--help``."""
        parser = CommandParser(self.prog, self.summary, self.notes)
        parser.set_defaults(run=self.run)
        self.add_arguments(parser)
        return parser.parse_args(list(_with_joined_filter(words)))


class GroupMember(NamedTuple):
    """One command of a group, such as ``poptui account add``."""

    module: str
    """The module in ``poptui.cli`` and the name of the command there: ``account.add:COMMAND``."""
    usage: str
    """Its word and arguments, such as ``add [ADDRESS]``."""
    summary: str
    """A short description, for the help of the group."""


class CommandGroup(NamedTuple):
    """Commands that share their first word. Their modules are imported only when needed."""

    prog: str
    """The group as typed, such as ``poptui account``."""
    summary: str
    members: Mapping[str, GroupMember]
    """The commands by their word."""
    notes: str = ""

    def parse(self, words: list[str]) -> Namespace:
        """Parse the options of one of the commands. Raises UsageError; exits for --help."""
        first, *rest = words or [""]
        if first in self.members:
            return command_at(self.members[first].module).parse(rest)
        if first in ("-h", "--help"):
            usage = f"{self.prog} COMMAND ..."
            CommandParser(self.prog, self._overview(), self.notes, usage).parse_args([first])
        known = ", ".join(self.members)
        raise UsageError(
            f"There is no {quoted_input(f'{self.prog} {first}')}.{suggestion(first, self.members)}"
            f" The commands are {known}. See: {self.prog} --help"
            if first
            else f"{self.prog} needs one of {known}. See: {self.prog} --help"
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add all members as sub-commands, for the man page and the completions."""
        below = parser.add_subparsers(dest="member", metavar=" | ".join(self.members))
        for word, member in self.members.items():
            command_at(member.module).add_arguments(below.add_parser(word, help=member.summary))

    def _overview(self) -> str:
        column = max(len(member.usage) for member in self.members.values()) + len(self.prog) + 5
        rows = (
            fill(
                member.summary,
                width=HELP_COLUMNS,
                initial_indent=f"  {self.prog} {member.usage}".ljust(column),
                subsequent_indent=" " * column,
            )
            for member in self.members.values()
        )
        return "\n".join([self.summary, "", *rows])


def command_at(place: str) -> CliCommand | CommandGroup:
    """Return the command or group that ``module:NAME`` in ``poptui.cli`` names."""
    module, _, name = place.partition(":")
    command = getattr(import_module(f"poptui.cli.{module}"), name)
    assert isinstance(command, CliCommand | CommandGroup)
    return command


def suggestion(word: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Return `` Did you mean …?`` if one of ``known`` is spelt like ``word``, else ``""``.

    ``prefix``: a common beginning, such as ``--``, that is ignored in the comparison.
    """
    from difflib import get_close_matches

    names = [name.removeprefix(prefix) for name in known]
    matches = get_close_matches(word.removeprefix(prefix), names, n=1)
    return f" Did you mean {quoted(prefix + matches[0])}?" if matches else ""


def _with_joined_filter(words: list[str]) -> Iterator[str]:
    """Join ``--filter`` and its value to one word: a filter may begin with a minus."""
    rest = iter(words)
    for word in rest:
        value = next(rest, None) if word == "--filter" else None
        yield word if value is None else f"{word}={value}"


def add_target(parser: ArgumentParser, *, optional: bool = False) -> None:
    """Add TARGET, the mailbox; ``add_connection`` adds how to connect to it."""
    parser.add_argument(
        "target", metavar="TARGET", nargs="?" if optional else None, help="an account or a URL"
    )


def add_output_form(parser: ArgumentParser) -> None:
    """Add --json and --jsonl, for ``output_form``."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help="print one JSON array")
    group.add_argument("--jsonl", action="store_true", help="print one JSON object per line")


def output_form(options: Namespace) -> str:
    """Return ``table``, ``json`` or ``jsonl``."""
    return "json" if options.json else "jsonl" if options.jsonl else "table"


def add_connection(parser: ArgumentParser) -> None:
    """Add the options for connecting and logging in, and --read-only."""
    group = parser.add_argument_group("connection")
    group.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    add_trust(group)
    group.add_argument(
        "--client-cert", metavar="FILE", help="show the server this certificate (PEM)"
    )
    group.add_argument("--client-key", metavar="FILE", help="its key, if in another file")
    group.add_argument(
        "--tls-min", choices=tuple(TLS_VERSIONS), help="the oldest TLS version to accept (1.2)"
    )
    group.add_argument(
        "--proxy", metavar="URL", type=proxy_url, help='connect through it, or "none"'
    )
    add_encryption(group)
    add_read_only(group)


def add_trust(parser: argparse._ActionsContainer) -> None:
    """Add the options that say which certificates to trust."""
    parser.add_argument("--ca-file", metavar="FILE", help="trust the authorities in this PEM file")
    parser.add_argument(
        "--pin", metavar="SHA256", help="trust only the certificate with this fingerprint"
    )


def add_encryption(parser: argparse._ActionsContainer) -> None:
    """Add the options that say whether to insist on encryption."""
    parser.add_argument(
        "--starttls", action="store_true", help="require STARTTLS, even on localhost"
    )
    parser.add_argument(
        "--allow-plaintext",
        action="store_true",
        help="send the password unencrypted if the server has no STARTTLS",
    )


def add_plain(parser: ArgumentParser) -> None:
    """Add ``--plain``."""
    parser.add_argument(
        "--plain", action="store_true", help="line by line, for screen readers: no screen is drawn"
    )


def add_read_only(parser: argparse._ActionsContainer) -> None:
    """Add --read-only."""
    parser.add_argument(
        "--read-only", action="store_true", help="open read-only: nothing can be marked or deleted"
    )


def add_common(parser: ArgumentParser, *, is_batch: bool = True) -> None:
    """Add --config and --debug, which every command has, and --quiet for a batch command."""
    group = parser.add_argument_group("general")
    group.add_argument("--config", metavar="FILE", help="use this configuration file")
    group.add_argument("--debug", metavar="FILE", help="write a debug log to FILE (no passwords)")
    if is_batch:
        group.add_argument(
            "--quiet", action="store_true", help="no progress and summaries, only problems"
        )
    else:
        parser.set_defaults(quiet=False)


def proxy_url(text: str) -> str:
    """Check the URL of a proxy; a password doesn't belong in it. Raises ArgumentTypeError."""
    from poptui.net.proxy import DIRECT, FORMS, parse_proxy

    if text == DIRECT:
        return text
    try:
        has_password = parse_proxy(text).password is not None
    except UsageError:
        raise ArgumentTypeError(f"must be {DIRECT} or a URL: {FORMS}") from None
    if has_password:
        raise ArgumentTypeError(
            "must be without a password, which the process list would show: set ALL_PROXY, or proxy"
            " in the configuration file"
        )
    return text


def positive_number(text: str) -> int:
    """Parse a positive number. Raises ArgumentTypeError."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if number < 1:
        raise ArgumentTypeError(f"must be a positive number, not {text!r}")
    return number
