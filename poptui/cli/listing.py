"""``poptui list``: the messages as a table, or as JSON."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from poptui.cli.all_accounts import (
    add_accounts,
    is_for_all,
    options_of_accounts,
    prepare_each,
    print_heading,
    report_errors,
    run_concurrently,
)
from poptui.cli.command import (
    TARGETS,
    CliCommand,
    add_common,
    add_connection,
    add_output_form,
    output_form,
    positive_number,
)
from poptui.cli.message_selector import MessageSelector, exit_code_for, select_from_one_listing
from poptui.cli.rows import header_of, message_json, print_explained, print_json, print_table
from poptui.cli.session import mailbox_of, session_scope, settings_and_scorer
from poptui.errors import ExitCode
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.entry import MessageEntry
from poptui.triage.filters.language import FILTER_HELP

if TYPE_CHECKING:
    from poptui.triage.filters.filter import Filter

_EARLIEST = datetime.min.replace(tzinfo=UTC)


async def list_messages(options: Namespace) -> int:
    """Print the listing. Raises PoptuiError."""
    form = "explained" if options.explain else output_form(options)
    if is_for_all(options):
        return await _list_all(options, form)
    listing = await _prepare(options)
    return _print(await listing.fetch(), listing.selector, form, listing.filter)


class _PreparedListing(NamedTuple):
    """The listing of one mailbox, before it is fetched."""

    mailbox: Mailbox
    selector: MessageSelector
    filter: Filter | None = None
    sort: str = "number"
    limit: int | None = None

    async def fetch(self) -> Sequence[MessageEntry]:
        """Connect, and return the messages to print. Raises PoptuiError."""
        await self.mailbox.session.connect()
        async with session_scope(self.mailbox):
            return await self.select()

    async def select(self) -> Sequence[MessageEntry]:
        """Return the messages to print; load the headers of no others if the order allows it."""
        return await select_from_one_listing(self.mailbox, self._select_once)

    async def _select_once(self) -> Sequence[MessageEntry]:
        entries = await self.selector.select(self.mailbox, self.filter)
        needs_no_header = self.sort in ("number", "size")
        if needs_no_header:
            entries = sorted(entries, key=_ORDERS[self.sort])[: self.limit]
        await self.selector.load(self.mailbox, entries)
        if needs_no_header:
            return entries
        return sorted(entries, key=_ORDERS[self.sort])[: self.limit]


async def _prepare(options: Namespace) -> _PreparedListing:
    settings, scorer = settings_and_scorer(options)
    selector = MessageSelector(scorer)
    filter_ = selector.parse_filter(options.filter)
    mailbox = await mailbox_of(
        settings,
        stdin=options.password_stdin,
        background=False,
        scorer=scorer,
        one_mailbox=not options.all_accounts,
    )
    return _PreparedListing(mailbox, selector, filter_, options.sort, options.limit)


async def _list_all(options: Namespace, form: str) -> int:
    """Print the listings of all accounts, fetched concurrently."""

    async def fetch(listing: _PreparedListing) -> tuple[_PreparedListing, Sequence[MessageEntry]]:
        return listing, await listing.fetch()

    prepared, unprepared = await prepare_each(options_of_accounts(options), _prepare)
    fetched, failed = await run_concurrently(prepared, fetch)
    rows: list[dict[str, Any]] = []
    code = ExitCode.FAILURE if options.filter is not None else ExitCode.DONE
    for number, (account, (listing, entries)) in enumerate(fetched):
        if form in ("json", "jsonl"):
            rows += (
                {"account": account, **message_json(entry, listing.selector.policy)}
                for entry in entries
            )
            code = ExitCode.DONE if entries else code
            continue
        print_heading(account, first=not number)
        if _print(entries, listing.selector, form, listing.filter) == ExitCode.DONE:
            code = ExitCode.DONE
    if form in ("json", "jsonl"):
        print_json(rows, one_array=form == "json")
        sys.stdout.flush()
    return report_errors([*unprepared, *failed], code)


async def print_listing(mailbox: Mailbox) -> int:
    """Print a table of a connected mailbox, and end the session. Raises PoptuiError."""
    selector = MessageSelector(mailbox.scoring.scorer)
    async with session_scope(mailbox):
        entries = await _PreparedListing(mailbox, selector).select()
    return _print(entries, selector)


def _print(
    entries: Sequence[MessageEntry],
    selector: MessageSelector,
    form: str = "table",
    filter_: Filter | None = None,
) -> int:
    if form == "table":
        print_table(entries)
    elif form == "explained":
        print_explained(entries, selector.policy)
    else:
        rows = [message_json(entry, selector.policy) for entry in entries]
        print_json(rows, one_array=form == "json")
    return exit_code_for(entries, filtered=filter_ is not None)


_ORDERS: dict[str, Callable[[MessageEntry], Any]] = {
    "number": lambda entry: -entry.number,
    "size": lambda entry: -entry.size,
    "date": lambda entry: -((header_of(entry).date or _EARLIEST) - _EARLIEST).total_seconds(),
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
  poptui list --all-accounts --filter newer:1d
"""


def _add_arguments(parser: ArgumentParser) -> None:
    add_accounts(parser)
    parser.add_argument("--filter", metavar="EXPR", help="print only messages that match")
    add_output_form(parser)
    parser.add_argument(
        "--explain", action="store_true", help="print the reasons for each spam score"
    )
    parser.add_argument(
        "--limit", metavar="N", type=positive_number, help="print at most N messages"
    )
    parser.add_argument(
        "--sort",
        metavar="KEY",
        choices=_ORDERS,
        default="number",
        help=f"order by {', '.join(_ORDERS)} (default: number); numbers, sizes, dates and"
        " scores start with the highest",
    )
    add_connection(parser)
    add_common(parser)


COMMAND = CliCommand(
    "poptui list",
    "Print the messages of a mailbox, newest first.",
    _add_arguments,
    list_messages,
    f"{EXAMPLES}\n{FILTER_HELP}\n{TARGETS}",
)
