"""``poptui list``: the messages as a table, or as JSON."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from poptui.cli import options
from poptui.cli.command import TARGETS, CliCommand
from poptui.cli.message_selector import MessageSelector
from poptui.cli.rows import header_of, plain, print_explained, print_json, print_table
from poptui.cli.session import mailbox_of, session_scope, settings_and_scorer
from poptui.cli.streams import say
from poptui.errors import ExitCode
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.mailbox import Mailbox
from poptui.triage.filters.filter import Filter
from poptui.triage.filters.help import FILTER_HELP

_DAWN = datetime.min.replace(tzinfo=UTC)


async def list_messages(given: Namespace) -> int:
    """Print the listing. Raises PoptuiError."""
    settings, scorer = settings_and_scorer(given)
    chooser = MessageSelector(scorer)
    filter_ = chooser.filter(given.filter)
    mailbox = await mailbox_of(
        settings, stdin=given.password_stdin, background=False, scorer=scorer
    )
    await mailbox.connect()
    async with session_scope(mailbox):
        entries = await _wanted(mailbox, chooser, filter_, given.sort, given.limit)
    form = "explained" if given.explain else options.form_of(given)
    return _print(entries, chooser, form, filter_)


async def print_listing(mailbox: Mailbox) -> int:
    """Print a table of what a connected mailbox holds, and end the session. Raises PoptuiError."""
    chooser = MessageSelector(mailbox.appraisal)
    async with session_scope(mailbox):
        entries = await _wanted(mailbox, chooser)
    return _print(entries, chooser)


async def _wanted(
    mailbox: Mailbox,
    chooser: MessageSelector,
    filter_: Filter | None = None,
    sort: str = "number",
    limit: int | None = None,
) -> Sequence[MessageEntry]:
    """The entries to print; headers are fetched for those alone, where the order allows it."""
    entries = await chooser.chosen(mailbox, filter_)
    early = sort in ("number", "size")
    if early:
        entries = sorted(entries, key=_ORDERS[sort])[:limit]
    await chooser.load(mailbox, entries)
    return entries if early else sorted(entries, key=_ORDERS[sort])[:limit]


def _print(
    entries: Sequence[MessageEntry],
    chooser: MessageSelector,
    form: str = "table",
    filter_: Filter | None = None,
) -> int:
    if form == "table":
        print_table(entries)
    elif form == "explained":
        print_explained(entries, chooser.policy)
    else:
        print_json([plain(entry, chooser.policy) for entry in entries], one_array=form == "json")
    sys.stdout.flush()
    if entries:
        return ExitCode.DONE
    nothing = "The mailbox is empty." if filter_ is None else "No message matches."
    say(nothing)
    return ExitCode.DONE if filter_ is None else ExitCode.NO


_ORDERS: dict[str, Callable[[MessageEntry], Any]] = {
    "number": lambda entry: -entry.number,
    "size": lambda entry: -entry.size,
    "date": lambda entry: -((header_of(entry).date or _DAWN) - _DAWN).total_seconds(),
    "from": lambda entry: header_of(entry).from_.shown.casefold(),
    "subject": lambda entry: header_of(entry).subject.casefold(),
    "spam": lambda entry: 1.0 if entry.score is None else -entry.score,
}


EXAMPLES = """\
examples:
  poptui list work --limit 20
  poptui list work --filter "is:spam older:30d" --sort spam
  poptui list work --filter is:spam --explain
  poptui list work --jsonl | jq -r .subject
"""


def _options(parser: ArgumentParser) -> None:
    options.target(parser)
    parser.add_argument("--filter", metavar="EXPR", help="print what matches this filter")
    options.form(parser)
    parser.add_argument("--explain", action="store_true", help="print why each score is what it is")
    parser.add_argument(
        "--limit", metavar="N", type=options.a_count, help="print at most N messages"
    )
    parser.add_argument(
        "--sort",
        metavar="KEY",
        choices=_ORDERS,
        default="number",
        help=f"order by {', '.join(_ORDERS)} (default: number); numbers, sizes, dates and"
        " scores start with the highest",
    )
    options.connection(parser)


COMMAND = CliCommand(
    "poptui list",
    "Print the messages of a mailbox, newest first.",
    _options,
    list_messages,
    f"{EXAMPLES}\n{FILTER_HELP}\n{TARGETS}",
)
