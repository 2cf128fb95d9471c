"""``poptui triage``: what a filter would delete, told; and deleted, where that is confirmed."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import nullcontext
from functools import partial

from poptui.aside import aside
from poptui.cli import options
from poptui.cli.choosing import Chooser
from poptui.cli.command import TARGETS, Command
from poptui.cli.fate import Fate
from poptui.cli.leaving import leaving
from poptui.cli.progress import CopyProgress
from poptui.cli.rehearsed import action_of, amount, tell, tell_outcome, told
from poptui.cli.rows import print_json, print_table
from poptui.cli.session import server_of, unconnected_maildrop
from poptui.faults import LockedFault, UsageFault
from poptui.maildrop.entry import Entry
from poptui.maildrop.maildrop import Maildrop
from poptui.maildrop.mark_wording import READ_ONLY
from poptui.maildrop.outcome import Outcome
from poptui.maildrop.safety import Company, Decision, Shortfall
from poptui.printable import printable_line
from poptui.storage.config import load_config
from poptui.triage.filter import Filter
from poptui.triage.filter_help import FILTER_HELP
from poptui.triage.rehearsal import Rehearsal, rehearse

AGAIN = 2.0
"""Seconds between two tries at a maildrop that is locked; more where the server says so."""

LONGEST_WAIT = 24 * 3600


async def triage(given: Namespace) -> int:
    """Tell, and delete if that was asked for and confirmed. Raises Fault."""
    config = load_config()
    chooser = Chooser(config)
    filter_ = chooser.filter(given.filter)
    assert filter_ is not None
    if given.delete and not given.yes and not sys.stdin.isatty():
        raise UsageFault("There is no terminal to ask on: with --delete, --yes confirms.")
    if given.delete and server_of(given, config).readonly:
        raise UsageFault(f"{READ_ONLY} Nothing can be deleted in it.")
    maildrop = await unconnected_maildrop(given, config)
    async with leaving(maildrop):
        await _connect(maildrop, given.wait)
        fate = Fate(lambda: maildrop.in_doubt)
        with fate.whatever_happens() if given.delete else nullcontext():
            return await _work(given, maildrop, chooser, filter_, fate)


async def _connect(maildrop: Maildrop, patience: float) -> None:
    """A maildrop that is locked is waited for, so many seconds. Raises Fault."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while True:
        try:
            return await maildrop.connect()
        except LockedFault as fault:
            remaining = until - loop.time()
            if remaining <= 0 or fault.wait > remaining:
                raise
            await asyncio.sleep(min(max(fault.wait, AGAIN), remaining))


async def _work(
    given: Namespace, maildrop: Maildrop, chooser: Chooser, filter_: Filter, fate: Fate
) -> int:
    chosen = await chooser.chosen(maildrop, filter_)
    await chooser.load(maildrop, chosen)
    policy = chooser.policy
    rehearsal = rehearse(chosen, is_friend=policy.is_friend, threshold=policy.weights.threshold)
    form = options.form_of(given)
    if form == "table":
        print_table(chosen, [action_of(entry, rehearsal) for entry in chosen])
        sys.stdout.flush()
    tell(rehearsal, len(chosen), len(maildrop.listing.entries))
    outcome = await _deleted(given, maildrop, rehearsal)
    code = tell_outcome(outcome, rehearsal, wanted=given.delete)
    fate.told = True
    if form != "table":
        rows = [told(entry, rehearsal, policy, outcome) for entry in chosen]
        print_json(rows, one_array=form == "json")
        sys.stdout.flush()
    return code


async def _deleted(
    given: Namespace, maildrop: Maildrop, rehearsal: Rehearsal[Entry]
) -> Outcome | None:
    """What became of it; None where nothing was to be deleted after all."""
    taken = rehearsal.taken
    if not given.delete or not taken:
        return None
    if not given.yes and not await _answer(f"Delete {amount(taken)} from {maildrop.title}? [y/N] "):
        return None
    maildrop.mark(taken)
    company = Company(CopyProgress(), partial(_decide, asks=not given.yes))
    return await maildrop.commit(stay=False, confirmed=taken, company=company)


async def _decide(shortfall: Shortfall, *, asks: bool) -> Decision:
    """Where nobody can be asked, what cannot be copied keeps everything where it is."""
    if not asks or not shortfall.copied:
        return Decision.NOTHING
    question = f"Only {shortfall}. Delete just {amount(shortfall.copied)}? [y/N] "
    return Decision.COPIED if await _answer(question) else Decision.NOTHING


async def _answer(question: str) -> bool:
    """Whether the user says yes; no other word is one, nor is the end of the input."""

    def asked() -> str:
        print(printable_line(question), end="", file=sys.stderr, flush=True)
        said = sys.stdin.readline()
        if not said.endswith("\n"):
            print(file=sys.stderr)
        return said

    return (await aside(asked)).strip().lower() in ("y", "yes")


def _seconds(text: str) -> float:
    number = float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else -1.0
    if not 0 <= number <= LONGEST_WAIT:
        raise ArgumentTypeError(f"{text!r} is no number of seconds up to {LONGEST_WAIT}")
    return number


def _options(parser: ArgumentParser) -> None:
    options.target(parser)
    parser.add_argument("--filter", metavar="EXPR", required=True, help="what to take")
    parser.add_argument("--delete", action="store_true", help="delete it, once confirmed")
    parser.add_argument("--yes", action="store_true", help="confirm beforehand; do not ask")
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=_seconds,
        default=0.0,
        help="how long to wait for a maildrop that is locked (default: not at all)",
    )
    options.form(parser)
    options.connection(parser)


EXAMPLES = """\
Without --delete nothing is changed. With it, poptui asks first; where there is no
terminal it needs --yes. Protected messages are left out, and so are those whose
unique-id stands at several messages. What was deleted is verified and told.

examples:
  poptui triage work --filter is:spam
  poptui triage work --filter "is:spam older:30d" --delete
  poptui triage work --filter is:spam --delete --yes --wait 60     (from cron)
"""

COMMAND = Command(
    "poptui triage",
    "Tell what a filter would delete, and delete it where that is confirmed.",
    _options,
    triage,
    f"{EXAMPLES}\n{FILTER_HELP}\n{TARGETS}",
)
