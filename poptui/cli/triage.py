"""``poptui triage``: what a filter would delete, told; and deleted, where that is confirmed."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import nullcontext
from functools import partial

from poptui.cli import options
from poptui.cli.command import TARGETS, CliCommand
from poptui.cli.deletion_guard import DeletionGuard
from poptui.cli.message_selector import MessageSelector
from poptui.cli.progress import CopyProgress
from poptui.cli.rows import print_json, print_table
from poptui.cli.session import mailbox_of, session_scope, settings_and_scorer
from poptui.cli.streams import say
from poptui.cli.triage_report import action_of, amount, tell, tell_outcome, told
from poptui.errors import MailboxLockedError, PoptuiError, UsageError
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.safety_copies import CommitCallbacks, Decision, IncompleteCopies
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.mailbox import Mailbox
from poptui.mailbox.marks.messages import READ_ONLY
from poptui.printable import printable_line
from poptui.threads import run_detached
from poptui.triage.bulk_preview import BulkPreview
from poptui.triage.filters.filter import Filter
from poptui.triage.filters.help import FILTER_HELP

AGAIN = 2.0
"""Seconds between two tries at a mailbox that is locked; more where the server says so."""

LONGEST_WAIT = 24 * 3600


async def triage(given: Namespace) -> int:
    """Tell, and delete if that was asked for and confirmed. Raises PoptuiError."""
    settings, scorer = settings_and_scorer(given)
    chooser = MessageSelector(scorer)
    filter_ = chooser.filter(given.filter)
    assert filter_ is not None
    if given.delete and not given.yes and not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask on: with --delete, --yes confirms.")
    if given.delete and settings.readonly:
        raise UsageError(f"{READ_ONLY} Nothing can be deleted in it.")
    mailbox = await mailbox_of(
        settings, stdin=given.password_stdin, background=False, scorer=scorer
    )
    async with session_scope(mailbox):
        await _connect(mailbox, given.wait)
        fate = DeletionGuard(lambda: mailbox.in_doubt)
        with fate.whatever_happens() if given.delete else nullcontext():
            return await _work(given, mailbox, chooser, filter_, fate)


async def _connect(mailbox: Mailbox, patience: float) -> None:
    """A mailbox that is locked is waited for, so many seconds. Raises PoptuiError."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while True:
        try:
            return await mailbox.connect()
        except MailboxLockedError as fault:
            remaining = until - loop.time()
            if remaining <= 0 or fault.wait_s > remaining:
                raise
            await asyncio.sleep(min(max(fault.wait_s, AGAIN), remaining))


async def _work(
    given: Namespace,
    mailbox: Mailbox,
    chooser: MessageSelector,
    filter_: Filter,
    fate: DeletionGuard,
) -> int:
    chosen = await chooser.chosen(mailbox, filter_)
    await chooser.load(mailbox, chosen)
    rehearsal = chooser.scorer.rehearse(chosen)
    form = options.form_of(given)
    if form == "table":
        print_table(chosen, [action_of(entry, rehearsal) for entry in chosen])
        sys.stdout.flush()
    tell(rehearsal, len(chosen), len(mailbox.listing.entries))
    outcome = await _deleted(given, mailbox, rehearsal)
    code = tell_outcome(outcome, rehearsal, wanted=given.delete)
    fate.told = True
    if form != "table":
        rows = [told(entry, rehearsal, chooser.policy, outcome) for entry in chosen]
        print_json(rows, one_array=form == "json")
        sys.stdout.flush()
    return code


async def _deleted(
    given: Namespace, mailbox: Mailbox, rehearsal: BulkPreview[MessageEntry]
) -> Outcome | None:
    """What became of it; None where nothing was to be deleted after all."""
    taken = rehearsal.taken
    if not given.delete or not taken:
        return None
    if not given.yes and not await _answer(f"Delete {amount(taken)} from {mailbox.title}? [y/N] "):
        return None
    mailbox.mark(taken)
    company = CommitCallbacks(
        CopyProgress(), partial(_decide, asks=not given.yes), _waiting, _deleting
    )
    return await mailbox.commit(stay=False, confirmed=taken, company=company)


def _waiting(seconds: float, fault: PoptuiError) -> None:
    """Say why nothing happens: the server lets nobody look at what was deleted."""
    say(
        "The deletion was sent. To check it poptui must log in again, which the server refuses for"
        f" now: {fault} Next try in {seconds:.0f} s."
    )


def _deleting(done: int, total: int) -> None:
    """One session does not take all of it: a batch is through."""
    if done < total:
        say(f"{done:,} of {total:,} done; going on over a new connection.")


async def _decide(shortfall: IncompleteCopies, *, asks: bool) -> Decision:
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

    return (await run_detached(asked)).strip().lower() in ("y", "yes")


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
        help="how long to wait for a mailbox that is locked (default: not at all)",
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

COMMAND = CliCommand(
    "poptui triage",
    "Tell what a filter would delete, and delete it where that is confirmed.",
    _options,
    triage,
    f"{EXAMPLES}\n{FILTER_HELP}\n{TARGETS}",
)
