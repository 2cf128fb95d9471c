"""The command line: which command it gives, and the help that teaches them all."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module

from poptui import __version__
from poptui.cli.command import TARGETS, CliCommand, CommandParser

OVERVIEW = """\
Works on a POP3 mailbox where it lies: lists it from headers alone, reads what you
open, marks what should go. The server changes only when you confirm on the way out.

  poptui TARGET              open the mailbox in the terminal
  poptui demo                the same on a built-in server with sample letters
  poptui list TARGET         print the messages, newest first
  poptui show TARGET WHICH   print one message: a number, uid:UID, or latest
  poptui save TARGET WHICH DIR
                             save it byte for byte, or with --attachments what is attached
  poptui triage TARGET --filter EXPR [--delete]
                             tell what a filter would delete, and delete it
  poptui rescue list | show | export
                             what was deleted, where safety copies are kept
  poptui friends | blocklist list | add | remove | import
                             whose mail is never, or always, spam
  poptui learned show | reset TARGET
                             tell, or forget, what your deletions have taught
  poptui cache [clear]       tell which headers are kept here, or clear them

Without TARGET, the one account of the configuration file is opened.
"""

COMMANDS = {
    "": "interactive:COMMAND",
    "cache": "cache:COMMAND",
    "blocklist": "senders:BLOCKLIST",
    "demo": "demo:COMMAND",
    "friends": "senders:FRIENDS",
    "learned": "learned:COMMAND",
    "list": "listing:COMMAND",
    "rescue": "rescue:COMMAND",
    "save": "save:COMMAND",
    "show": "show:COMMAND",
    "triage": "triage:COMMAND",
}
"""The commands by their word: the module in ``poptui.cli`` and the name that each has there."""


def parse(words: Sequence[str]) -> Namespace:
    """The options of the command that is given, with its ``run``.

    Raises UsageError; exits for ``--help`` and ``--version``.
    """
    first, *rest = words or [""]
    if first in ("-h", "--help", "--version"):
        _overview().parse_args([first])
    if first in COMMANDS:
        return _command(first).parse(rest)
    return _command("").parse(list(words))


def _command(word: str) -> CliCommand:
    module, _, name = COMMANDS[word].partition(":")
    command = getattr(import_module(f"poptui.cli.{module}"), name)
    assert isinstance(command, CliCommand)
    return command


def _overview() -> CommandParser:
    parser = CommandParser(
        prog="poptui",
        usage="poptui [TARGET] | COMMAND ...   [options]",
        description=OVERVIEW,
        epilog=f"{TARGETS}\npoptui COMMAND --help tells the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"poptui {__version__}")
    return parser
