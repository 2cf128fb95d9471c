"""``poptui learned``: what was learned from the user's deletions, and forgetting it."""

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
"""Tokens that are told of either kind."""

SEEN = 3
"""How often a token must have been seen to be told."""


class LearnedWordsError(PoptuiError):
    """What was learned cannot be read or forgotten."""

    exit_code = ExitCode.NO


async def learned(given: Namespace) -> int:
    """Tell what was learned for TARGET, or forget it. Raises PoptuiError."""
    account = load_config().for_target(given.target).server.account
    if not learned_path().exists():
        print("Nothing was learned yet.")
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
    print(f"{counts.spam:,} deleted unread, {counts.ham:,} kept.")
    if not counts.enough:
        print(f"An opinion is given from {ENOUGH} of each on.")
    known = [token for token, seen in counts.tokens.items() if sum(seen) >= SEEN]
    known.sort(key=lambda token: (probability(counts, token), token))
    for title, tokens in (("wanted", known[:SHOWN]), ("unwanted", known[: -SHOWN - 1 : -1])):
        for token in tokens:
            print(f"  {title:8}  {probability(counts, token):.2f}  {printable_line(token)}")


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("show", "reset"), help="tell it, or forget it")
    options.target(parser)
    options.debug(parser)


NOTES = f"""\
poptui learns on this machine alone: what you delete unread is spam, what you open
and keep, protect, or get from friends is not. It adds one signal to the score.

{TARGETS}
examples:
  poptui learned show work     how much it has seen, and what counts most
  poptui learned reset work    begin anew
"""

COMMAND = CliCommand(
    "poptui learned", "Tell what was learned from your deletions.", _options, learned, NOTES
)
