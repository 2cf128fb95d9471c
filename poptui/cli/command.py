"""A command of the command line: its name, its help, its options and the function that runs it."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Coroutine, Iterator
from typing import NamedTuple, NoReturn

from poptui.errors import UsageError

TARGETS = """\
TARGET is the name of an account in the configuration file, or a URL:
  pops://user@host           TLS from the first byte, port 995
  pop://user@host            STLS on port 110; unencrypted only to this machine, or with
                             --allow-plaintext
  ...:PORT  ...;auth=+APOP   another port; a login method (+APOP, PLAIN, LOGIN, USER)

The password comes from the first of these that has one: --password-stdin,
POPTUI_PASSWORD, the account's password_command, the keyring (service poptui, user
user@host:port), a prompt.

Exit codes: 0 done, 1 nothing matched or not everything was deleted, 2 usage, 3 cannot
connect, 4 login refused, 5 protocol or server error, 6 mailbox locked, 130 interrupted.
"""


class CommandParser(ArgumentParser):
    """A parser that raises UsageError with a sentence instead of printing and exiting."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError. argparse calls this for whatever it cannot parse."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help")


class CliCommand(NamedTuple):
    """One command. Its module is imported only if the command is given."""

    prog: str
    """What to type, such as ``poptui list``."""
    summary: str
    """What it does, for its help."""
    options: Callable[[ArgumentParser], None]
    """Adds its arguments and options to a parser."""
    run: Callable[[Namespace], Coroutine[None, None, int]]
    """Runs it and returns the exit code. Raises PoptuiError."""
    notes: str = ""
    """What its help ends with, such as examples."""

    def parse(self, words: list[str]) -> Namespace:
        """Parse the options, with ``run`` among them. Raises UsageError; exits for ``--help``."""
        parser = CommandParser(
            prog=self.prog,
            description=self.summary,
            epilog=self.notes,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        parser.set_defaults(run=self.run)
        self.options(parser)
        return parser.parse_args(list(_joined(words)))


def _joined(words: list[str]) -> Iterator[str]:
    """Join ``--filter`` and its value to one word: a filter may begin with a minus."""
    rest = iter(words)
    for word in rest:
        value = next(rest, None) if word == "--filter" else None
        yield word if value is None else f"{word}={value}"
