"""What a command of the command line is: its name, its help, its options and its work."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Coroutine, Iterator
from typing import NamedTuple, NoReturn

from poptui.errors import UsageError

TARGETS = """\
TARGET is the name of an account in the configuration file, or a URL:
  pops://user@host           TLS from the first byte, port 995
  pop://user@host            STLS on port 110; goes on in clear only to this machine,
                             or with --allow-plaintext
  ...:PORT  ...;auth=+APOP   another port, a certain login (+APOP, PLAIN, LOGIN, USER)

The password comes from --password-stdin, POPTUI_PASSWORD, the account's
password_command, the keyring (service poptui, user user@host:port), or a prompt:
the first of these that has one.

Exit codes: 0 done, 1 the answer is no, 2 usage, 3 cannot connect, 4 login refused,
5 protocol or server fault, 6 mailbox locked, 130 interrupted.
"""


class CommandParser(ArgumentParser):
    """A parser whose complaints are sentences of ours."""

    def error(self, message: str) -> NoReturn:
        """Raises UsageError."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


class CliCommand(NamedTuple):
    """One command. Each has a file of its own, which is imported when the command is given."""

    prog: str
    """What is typed, ``poptui list``."""
    tells: str
    """What it does, for its help."""
    options: Callable[[ArgumentParser], None]
    """Adds its arguments and options to a parser."""
    run: Callable[[Namespace], Coroutine[None, None, int]]
    """Does it; the exit code. Raises PoptuiError."""
    notes: str = ""
    """Examples and what else its help ends with."""

    def parse(self, words: list[str]) -> Namespace:
        """The options, and ``run`` beside them. Raises UsageError; exits for ``--help``."""
        parser = CommandParser(
            prog=self.prog,
            description=self.tells,
            epilog=self.notes,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        parser.set_defaults(run=self.run)
        self.options(parser)
        return parser.parse_args(list(_joined(words)))


def _joined(words: list[str]) -> Iterator[str]:
    """``--filter`` and its value as one word, for a filter may begin with a minus."""
    rest = iter(words)
    for word in rest:
        value = next(rest, None) if word == "--filter" else None
        yield word if value is None else f"{word}={value}"
