"""Parse the command line: choose the command and read its options; the overview of --help."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module
from textwrap import fill

from poptui import __version__
from poptui.cli.command import TARGETS, CliCommand, CommandParser
from poptui.environment import VARIABLES

OVERVIEW = """\
Browse and clean up a POP3 mailbox without downloading it. Nothing is deleted until
you confirm.

  poptui TARGET              open the mailbox in the terminal
  poptui demo                the same with sample mail on a built-in server
  poptui list TARGET         print the messages, newest first
  poptui show TARGET WHICH   print one message: a number, uid:UID, or latest
  poptui save TARGET WHICH DIR
                             save it as .eml, or with --attachments its attachments
  poptui triage TARGET --filter EXPR [--delete]
                             show the messages that match a filter; delete them
  poptui rescue list | show | export
                             list and restore copies of deleted messages
  poptui friends | blocklist list | add | remove | import
                             manage trusted and blocked senders
  poptui learn spam | ham TARGET [FILE ...] [--filter EXPR]
                             teach what is spam and what is not
  poptui learned show | reset TARGET
                             show or reset the spam filter trained on your deletions
  poptui cache [clear]       show which headers are stored here, or clear them

Without TARGET, poptui opens the only account of the configuration file.
"""

COMMANDS = {
    "": "interactive:COMMAND",
    "cache": "cache:COMMAND",
    "blocklist": "senders:BLOCKLIST",
    "demo": "demo:COMMAND",
    "friends": "senders:FRIENDS",
    "learn": "learn:COMMAND",
    "learned": "learned:COMMAND",
    "list": "listing:COMMAND",
    "rescue": "rescue:COMMAND",
    "save": "save:COMMAND",
    "show": "show:COMMAND",
    "triage": "triage:COMMAND",
}
"""The commands by their word: the module in ``poptui.cli`` and the name that each has there."""


def parse(words: Sequence[str]) -> Namespace:
    """Parse the options of the command; ``run`` among them is what to call.

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


def _environment() -> str:
    """The environment variables, a paragraph each."""
    paragraphs = (
        fill(
            variable.help.replace("`", ""),
            width=88,
            initial_indent=f"  {variable.name:17}",
            subsequent_indent=" " * 19,
        )
        for variable in VARIABLES
    )
    return "\n".join(["Environment:", *paragraphs])


def _overview() -> CommandParser:
    parser = CommandParser(
        prog="poptui",
        usage="poptui [TARGET] | COMMAND ...   [options]",
        description=OVERVIEW,
        epilog=f"{TARGETS}\n{_environment()}\n\nRun 'poptui COMMAND --help' for its options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"poptui {__version__}")
    return parser
