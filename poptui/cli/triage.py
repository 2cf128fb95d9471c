"""``poptui triage``: show what a filter would delete; with ``--delete``, delete it."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

from poptui.cli.all_accounts import (
    AccountError,
    add_accounts,
    is_for_all,
    options_of_accounts,
    print_heading,
    report_errors,
)
from poptui.cli.command import (
    TARGETS,
    CliCommand,
    add_common,
    add_connection,
    add_output_form,
    output_form,
)
from poptui.cli.message_selector import MessageSelector, select_from_one_listing
from poptui.cli.prompts import confirm, require_terminal
from poptui.cli.rows import print_json, print_table
from poptui.cli.session import mailbox_of, session_scope, settings_and_scorer
from poptui.cli.streams import discard_stdout, note, say
from poptui.cli.triage_report import TriageReport
from poptui.errors import ExitCode, MailboxLockedError, PoptuiError, UsageError
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.commit.copier import CopyStatus
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.safety_copies import CommitCallbacks, Decision, IncompleteCopies
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import READ_ONLY, UNKNOWN, amount, check_delayed
from poptui.printable import printable_line
from poptui.triage.bulk_preview import BulkPreview
from poptui.triage.filters.filter import Filter
from poptui.triage.filters.language import FILTER_HELP

LOCK_RETRY_S = 2.0
"""Time between two attempts to open a locked mailbox, unless the server asks for more."""

MAX_WAIT_S = 24 * 3600

Row = dict[str, Any]
"""A message as its JSON object."""

PutRows = Callable[[list[Row], str], None]
"""Takes the rows of a mailbox, and the form of the output."""


async def triage(options: Namespace) -> int:
    """Show what matches; delete it if --delete is given and confirmed. Raises PoptuiError."""
    all_accounts = is_for_all(options)
    if options.delete and not options.yes:
        require_terminal("--yes")
    if all_accounts:
        return await _triage_all(options)
    return await _triage_one(options, _print_rows)


async def _triage_all(options: Namespace) -> int:
    """Triage one account after the other: each may ask what to delete."""
    form, rows = output_form(options), list[Row]()

    async def run(of_account: Namespace) -> int:
        def keep_rows(found: list[Row], _: str) -> None:
            rows.extend({"account": of_account.target, **row} for row in found)

        if form == "table":
            print_heading(of_account.target, first=of_account is accounts[0])
            sys.stdout.flush()
        elif not options.quiet:
            note(f"{printable_line(of_account.target)}:")
        return await _triage_one(of_account, keep_rows)

    accounts = options_of_accounts(options)
    codes, errors = [int(ExitCode.DONE)], list[AccountError]()
    try:
        for of_account in accounts:
            try:
                codes.append(await run(of_account))
            except OutputClosedError:
                raise
            except PoptuiError as error:
                errors.append(AccountError(of_account.target, error))
    finally:
        # Report what was deleted even after a signal.
        _print_rows(rows, form)
    return report_errors(errors, max(codes))


async def _triage_one(options: Namespace, put_rows: PutRows) -> int:
    settings, scorer = settings_and_scorer(options)
    selector = MessageSelector(scorer)
    filter_ = selector.parse_filter(options.filter)
    assert filter_ is not None
    if options.delete and settings.readonly:
        raise UsageError(f"{READ_ONLY} Nothing can be deleted in it.")
    mailbox = await mailbox_of(
        settings,
        stdin=options.password_stdin,
        background=False,
        scorer=scorer,
        one_mailbox=not options.all_accounts,
    )
    async with session_scope(mailbox):
        await _connect(mailbox, options.wait)
        guard = DeletionGuard(lambda: mailbox.commit.in_doubt)
        with guard.reporting() if options.delete else nullcontext():
            return await _run(options, mailbox, selector, filter_, guard, put_rows)


async def _connect(mailbox: Mailbox, wait_s: float) -> None:
    """Connect; if the mailbox is locked, keep trying for ``wait_s``. Raises PoptuiError."""
    loop = asyncio.get_running_loop()
    until = loop.time() + wait_s
    while True:
        try:
            return await mailbox.session.connect()
        except MailboxLockedError as error:
            remaining = until - loop.time()
            if remaining <= 0 or error.wait_s > remaining:
                raise
            await asyncio.sleep(min(max(error.wait_s, LOCK_RETRY_S), remaining))


async def _run(
    options: Namespace,
    mailbox: Mailbox,
    selector: MessageSelector,
    filter_: Filter,
    guard: DeletionGuard,
    put_rows: PutRows,
) -> int:
    async def select() -> Sequence[MessageEntry]:
        matching = await selector.select(mailbox, filter_)
        await selector.load(mailbox, matching)
        return matching

    chosen = await select_from_one_listing(mailbox, select)
    preview = selector.scorer.preview(chosen)
    report = TriageReport(
        chosen,
        preview,
        is_dry_run=not options.delete,
        undecided=len(filter_.undecided(mailbox.listing.entries)),
    )
    form = output_form(options)
    if form == "table":
        print_table(chosen, report.notes())
        sys.stdout.flush()
    report.print_preview(listed=len(mailbox.listing.entries))
    outcome = await _delete(options, mailbox, preview)
    code = report.print_outcome(outcome)
    guard.is_reported = True
    if form != "table":
        put_rows(report.json_rows(selector.policy, outcome), form)
    return code


def _print_rows(rows: list[Row], form: str) -> None:
    """Print the JSON rows, if that is the form of the output."""
    if form != "table":
        print_json(rows, one_array=form == "json")
        sys.stdout.flush()


async def _delete(
    options: Namespace, mailbox: Mailbox, preview: BulkPreview[MessageEntry]
) -> Outcome | None:
    """Ask, then commit; None if nothing was to be deleted, or the answer was no."""
    to_mark = preview.to_mark
    if not options.delete or not to_mark:
        return None
    question = f"Delete {amount(to_mark)} from {mailbox.title}?"
    if not options.yes and not await confirm(question):
        return None
    mailbox.marks.mark(to_mark)
    callbacks = CommitCallbacks(
        CopyProgress(),
        partial(_decide_on_incomplete_copies, asks=not options.yes),
        _report_delay,
        _report_batch,
    )
    return await mailbox.commit.run(stay=False, confirmed=to_mark, callbacks=callbacks)


def _report_delay(seconds: float, error: PoptuiError) -> None:
    """Explain a pause: the check after QUIT has to wait for the server."""
    note(check_delayed(error, f"in {seconds:.0f} s"))


def _report_batch(done: int, total: int) -> None:
    """Report a batch, if the commit takes more than one session."""
    if done < total:
        note(f"{done:,} of {total:,} done; continuing over a new connection.")


async def _decide_on_incomplete_copies(shortfall: IncompleteCopies, *, asks: bool) -> Decision:
    """Decide what to delete if copies are missing: nothing, unless the user can be asked."""
    if not asks or not shortfall.copied:
        return Decision.NOTHING
    question = f"Only {shortfall}. Delete just {amount(shortfall.copied)}?"
    return Decision.COPIED if await confirm(question) else Decision.NOTHING


class CopyProgress:
    """Count safety copies if stderr is a terminal."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._done = -1

    def __call__(self, copying: CopyStatus) -> None:
        if not self._is_shown or copying.done == self._done:
            return
        self._done = copying.done
        copied = f"\rcopied {copying.done - copying.failed:,}/{copying.total:,}"
        note("\r\x1b[K" if copying.done == copying.total else copied, end="")


class OutputClosedError(PoptuiError):
    """The reader of standard output is gone."""

    exit_code = ExitCode.FAILURE
    is_temporary = False


class DeletionGuard:
    """Reports deletions if a command ends before it has printed them."""

    def __init__(self, is_in_doubt: Callable[[], bool]) -> None:
        """``is_in_doubt``: a commit was sent, and its result is not known yet."""
        self._is_in_doubt = is_in_doubt
        self.is_reported = False
        """The command has printed what it deleted."""

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Run a block that deletes; report the deletions unless it ends by a PoptuiError.

        Raises OutputClosedError instead of BrokenPipeError.
        """
        try:
            yield
        except PoptuiError:
            raise
        except BrokenPipeError:
            discard_stdout()
            raise OutputClosedError(f"The output was closed. {self._state}".strip()) from None
        except BaseException:
            if state := self._state:
                say(state)
            raise

    @property
    def _state(self) -> str:
        if self._is_in_doubt():
            return UNKNOWN
        return "" if self.is_reported else "Nothing was deleted."


def _wait_seconds(text: str) -> float:
    number = float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else -1.0
    if not 0 <= number <= MAX_WAIT_S:
        raise ArgumentTypeError(f"must be a number of seconds up to {MAX_WAIT_S:,}, not {text!r}")
    return number


def _add_arguments(parser: ArgumentParser) -> None:
    add_accounts(parser)
    parser.add_argument("--filter", metavar="EXPR", required=True, help="messages to act on")
    parser.add_argument("--delete", action="store_true", help="delete them, after asking")
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=_wait_seconds,
        default=0.0,
        help="how long to wait for a locked mailbox (default: don't wait)",
    )
    add_output_form(parser)
    add_connection(parser)
    add_common(parser)


NOTES = """\
Without --delete this is a dry run. With --delete, poptui asks first; without a
terminal it needs --yes. Protected messages are left out, and so are messages
that share a UID. After deleting, poptui checks with the server and prints the
result. The exit code is 1 if not everything was deleted, and 0 if there was
nothing to delete.

examples:
  poptui triage work --filter is:spam
  poptui triage work --filter "is:spam older:30d" --delete
  poptui triage work --filter is:spam --delete --yes --wait 60     (from cron)
  poptui triage --all-accounts --filter is:spam
"""

COMMAND = CliCommand(
    "poptui triage",
    "Show the messages that match a filter; with --delete, delete them.",
    _add_arguments,
    triage,
    f"{NOTES}\n{FILTER_HELP}\n{TARGETS}",
)
