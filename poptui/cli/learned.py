"""``poptui learned``: show or reset what was learned from the user's deletions."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from poptui.cli import options
from poptui.cli.command import TARGETS, CliCommand
from poptui.errors import ExitCode, PoptuiError
from poptui.printable import printable_line
from poptui.storage.config import load_config
from poptui.storage.learned_words import LearnedWordsFile, learned_path, open_learned
from poptui.triage.spam.bayes import ENOUGH, Counts, probability

SHOWN = 10
"""Tokens of each kind to print."""

SEEN = 3
"""Print only tokens that were seen at least so often."""


class LearnedWordsError(PoptuiError):
    """What was learned cannot be read or forgotten."""

    exit_code = ExitCode.NO


async def learned(given: Namespace) -> int:
    """Show or reset what was learned for TARGET. Raises PoptuiError."""
    account = load_config().for_target(given.target).server.account
    if not learned_path().exists():
        print("Nothing has been learned yet.")
        return ExitCode.DONE
    opened = open_learned(account)
    try:
        opened.reset() if given.action == "reset" else _tell(opened)
        if not opened.on:
            raise LearnedWordsError(opened.trouble)
    finally:
        opened.close()
    return ExitCode.DONE


def _tell(opened: LearnedWordsFile) -> None:
    counts = Counts(*opened.counts())
    print(f"{counts.spam:,} spam, {counts.ham:,} not spam.")
    if not counts.enough:
        print(f"It affects scores once there are {ENOUGH} of each.")
    known = [token for token, seen in counts.tokens.items() if sum(seen) >= SEEN]
    known.sort(key=lambda token: (probability(counts, token), token))
    for title, tokens in (("wanted", known[:SHOWN]), ("unwanted", known[: -SHOWN - 1 : -1])):
        for token in tokens:
            print(f"  {title:8}  {probability(counts, token):.2f}  {printable_line(token)}")


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("show", "reset"), help="show it, or start over")
    options.target(parser)
    options.debug(parser)


NOTES = f"""\
poptui learns only on this machine: messages you delete unread are spam; messages you
open and keep, protect, or get from friends are not. poptui learn and the keys J and H
teach it outright. It adds one signal to the score.

{TARGETS}
examples:
  poptui learned show work     how much it has seen, and which words count most
  poptui learned reset work    start over
"""

COMMAND = CliCommand(
    "poptui learned",
    "Show or reset the spam filter trained on your deletions.",
    _options,
    learned,
    NOTES,
)
