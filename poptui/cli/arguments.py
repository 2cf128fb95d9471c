"""Parse the command line: choose the command and read its options; the overview of --help."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from textwrap import fill

from poptui import __version__
from poptui.cli.command import (
    HELP_COLUMNS,
    TARGETS,
    CliCommand,
    CommandGroup,
    CommandParser,
    add_common,
    add_connection,
    add_plain,
    command_at,
    suggestion,
)
from poptui.environment import VARIABLES
from poptui.errors import UsageError, quoted_input

OVERVIEW = """\
Browse and clean up a POP3 mailbox without downloading it. Nothing is deleted
until you confirm.

  poptui TARGET              open the mailbox in the terminal
  poptui demo                the same with sample mail on a built-in server
  poptui list TARGET         print the messages, newest first
  poptui show TARGET WHICH   print one message: a number, uid:UID, or latest
  poptui save TARGET WHICH DIR
                             save it as .eml, or its attachments with
                             --attachments
  poptui triage TARGET --filter EXPR [--delete]
                             show the messages that match a filter; delete them
  poptui stats TARGET [--by sender|domain|month|type|spam|clean-up]
                             show what takes up space
  poptui rescue list | show | export
                             list and restore copies of deleted messages
  poptui friends | blocklist list | add | remove | import
                             manage trusted and blocked senders
  poptui learn spam | ham TARGET [FILE ...] [--filter EXPR]
                             teach what is spam and what is not
  poptui learned show | reset TARGET
                             show or reset the spam filter trained on your
                             deletions
  poptui account add [ADDRESS]
                             set up an account: find its server, try the login
  poptui account list | show | test | edit | remove | password | authorize
                             manage the accounts in the configuration file
  poptui doctor TARGET       see how a server behaves, and what poptui does
                             about it
  poptui config path | check | edit
                             find, check and edit the configuration file
  poptui cache [clear]       show which headers are stored here, or clear them
  poptui completion SHELL    print the completions for bash, zsh or fish
  poptui help [TOPIC]        show this, or help on a command or a topic

Without TARGET, poptui opens the only account of the configuration file, or
lets you choose one.
"""

COMMANDS = {
    "": "interactive:COMMAND",
    "account": "account:ACCOUNT",
    "blocklist": "senders:BLOCKLIST",
    "cache": "cache:COMMAND",
    "completion": "completion:COMMAND",
    "config": "config:CONFIG",
    "demo": "interactive:DEMO",
    "doctor": "doctor:COMMAND",
    "friends": "senders:FRIENDS",
    "learn": "learn:LEARN",
    "learned": "learn:LEARNED",
    "list": "listing:COMMAND",
    "rescue": "rescue:COMMAND",
    "save": "save:COMMAND",
    "show": "show:COMMAND",
    "stats": "statistics:COMMAND",
    "triage": "triage:COMMAND",
}
"""The commands by their word: the module in ``poptui.cli`` and the command's name there."""


PROVIDERS = ("163", "fastmail", "gmail", "gmx", "icloud", "mailru", "outlook", "proton", "qq",
    "t-online", "webde", "yahoo", "yandex", "zoho")  # fmt: skip
"""The mail providers that have a page in ``poptui/share/help``."""

SUBJECTS = {
    "safety": "what you can rely on; copies of deleted messages",
    "screen": "what the screen shows; mouse, themes, other programs",
    "keys": "your keys, and how to change them",
    "keymap": "the keys of a keymap, such as vim",
    "filters": "how to find messages",
    "spam": "scores and their reasons, learning, cleaning up",
    "accounts": "set up accounts; where passwords come from",
    "oauth": "sign in to Google and Microsoft",
    "servers": "TLS, proxies, login methods; report a problem",
    "targets": "how to name a mailbox; exit codes",
    "scripts": "commands for scripts, their exit codes and JSON",
    "settings": "the configuration file, all settings and variables",
    "accessibility": "line by line for screen readers; colours",
}
"""The other topics, each with a short description."""

LISTS_TOPICS = " 'poptui help' lists all topics."
TOPICS = (*SUBJECTS, *PROVIDERS)
"""The topics of ``poptui help`` beside the commands."""


def parse(words: Sequence[str]) -> Namespace:
    """Parse the options of the command; their ``run`` is the function to call.

    Raises UsageError; exits for ``--help`` and ``--version``.
    """
    first, *rest = words or [""]
    if first == "help":
        topic = rest[:2]
        first, *rest = [*rest[:2], "--help"]
        if first in TOPICS:
            sys.stdout.write(topic_text(*topic))
            raise SystemExit(0)
        if first not in (*COMMANDS, "--help"):
            raise UsageError(
                f"There is no help on {quoted_input(first)}."
                f"{suggestion(first, [*COMMANDS, *TOPICS]) or LISTS_TOPICS}"
            )
    if first in ("-h", "--help", "--version"):
        _overview().parse_args([first])
    if first in COMMANDS:
        return load_command(first).parse(rest)
    try:
        return load_command("").parse(list(words))
    except UsageError:
        if first.startswith("-"):
            _raise_if_before_command(first, rest)
        # An option of the command that was meant, as in "poptui lsit work --limit 5".
        raise_if_misspelt(first)
        raise


def raise_if_misspelt(word: str) -> None:
    """Raise UsageError if ``word``, which isn't an account, looks like a misspelt command."""
    if hint := suggestion(word, (*COMMANDS, "--version")):
        raise UsageError(f"Unknown command or account {quoted_input(word)}.{hint}") from None


def _raise_if_before_command(option: str, rest: Sequence[str]) -> None:
    """Raise UsageError if a command follows ``option``, as in "poptui --config FILE list work"."""
    if command := next((word for word in rest if word and word in COMMANDS), ""):
        raise UsageError(
            f"Options come after the command: poptui {command} ... {option}."
            f" See: poptui {command} --help"
        ) from None


def load_command(word: str) -> CliCommand | CommandGroup:
    """Import and return the command of ``word``, a key of COMMANDS."""
    return command_at(COMMANDS[word])


def topic_text(topic: str, *names: str) -> str:
    """Return the help text on ``topic``, one of TOPICS; ``names`` may name a keymap."""
    if topic == "targets":
        return TARGETS
    if topic == "filters":
        from poptui.triage.filters.language import FILTER_HELP

        return FILTER_HELP
    if topic in ("keys", "keymap"):
        from poptui.cli.keymap_help import keymap_topic

        return keymap_topic((topic, *names))
    from importlib.resources import files

    return (files("poptui") / "share" / "help" / f"{topic}.txt").read_text("utf-8")


def _topics() -> str:
    """Return the list of topics, one line each."""
    lines = (f"  {topic:15}{about}" for topic, about in SUBJECTS.items())
    providers = fill(
        "  ".join(PROVIDERS),
        width=HELP_COLUMNS,
        initial_indent="  ",
        subsequent_indent="  ",
        break_on_hyphens=False,
    )
    return "\n".join(["Topics ('poptui help TOPIC'):", *lines, "and mail providers:", providers])


def _environment() -> str:
    """Return the list of environment variables, one paragraph each."""
    paragraphs = (
        fill(
            variable.help.replace("`", ""),
            width=HELP_COLUMNS,
            initial_indent=f"  {variable.name:17}",
            subsequent_indent=" " * 19,
        )
        for variable in VARIABLES
    )
    return "\n".join(["Environment:", *paragraphs])


def _overview() -> CommandParser:
    """Return the parser of ``poptui --help``: all commands, and the options without a command."""
    parser = CommandParser(
        "poptui",
        OVERVIEW,
        f"{_topics()}\n\n{TARGETS}\n{_environment()}\n\n"
        "Run 'poptui COMMAND --help' for its options.",
        usage="poptui [TARGET] | COMMAND ...   [options]",
    )
    parser.add_argument("--version", action="version", version=f"poptui {__version__}")
    add_plain(parser)
    add_connection(parser)
    add_common(parser, is_batch=False)
    return parser
