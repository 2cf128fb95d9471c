"""``poptui list``: the messages as a table, or as JSON."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from poptui.cli import options
from poptui.cli.choosing import Chooser
from poptui.cli.command import TARGETS, Command
from poptui.cli.leaving import leaving
from poptui.cli.rows import header_of, plain, print_json, print_table
from poptui.cli.session import batch_maildrop
from poptui.faults import ExitCode
from poptui.maildrop.entry import Entry
from poptui.maildrop.maildrop import Maildrop
from poptui.storage.config import load_config
from poptui.triage.filter import Filter
from poptui.triage.filter_help import FILTER_HELP

_DAWN = datetime.min.replace(tzinfo=UTC)


async def list_messages(given: Namespace) -> int:
    """Print the listing. Raises Fault."""
    config = load_config()
    chooser = Chooser(config)
    filter_ = chooser.filter(given.filter)
    maildrop = await batch_maildrop(given, config)
    async with leaving(maildrop):
        entries = await _wanted(maildrop, chooser, filter_, given.sort, given.limit)
    return _print(entries, chooser, options.form_of(given), filter_)


async def print_listing(maildrop: Maildrop) -> int:
    """Print a table of what a connected maildrop holds, and end the session. Raises Fault."""
    chooser = Chooser(load_config())
    async with leaving(maildrop):
        entries = await _wanted(maildrop, chooser)
    return _print(entries, chooser)


async def _wanted(
    maildrop: Maildrop,
    chooser: Chooser,
    filter_: Filter | None = None,
    sort: str = "number",
    limit: int | None = None,
) -> Sequence[Entry]:
    """The entries to print; headers are fetched for those alone, where the order allows it."""
    entries = await chooser.chosen(maildrop, filter_)
    early = sort in ("number", "size")
    if early:
        entries = sorted(entries, key=_ORDERS[sort])[:limit]
    await chooser.load(maildrop, entries)
    return entries if early else sorted(entries, key=_ORDERS[sort])[:limit]


def _print(
    entries: Sequence[Entry], chooser: Chooser, form: str = "table", filter_: Filter | None = None
) -> int:
    if form == "table":
        print_table(entries)
    else:
        print_json([plain(entry, chooser.policy) for entry in entries], one_array=form == "json")
    sys.stdout.flush()
    if entries:
        return ExitCode.DONE
    nothing = "The maildrop is empty." if filter_ is None else "No message matches."
    print(nothing, file=sys.stderr)
    return ExitCode.DONE if filter_ is None else ExitCode.NO


_ORDERS: dict[str, Callable[[Entry], Any]] = {
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
  poptui list work --jsonl | jq -r .subject
"""


def _options(parser: ArgumentParser) -> None:
    options.target(parser)
    parser.add_argument("--filter", metavar="EXPR", help="print what matches this filter")
    options.form(parser)
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


COMMAND = Command(
    "poptui list",
    "Print the messages of a maildrop, newest first.",
    _options,
    list_messages,
    f"{EXAMPLES}\n{FILTER_HELP}\n{TARGETS}",
)
