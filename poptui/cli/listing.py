"""``poptui list``: the messages as a table, or as JSON."""

from __future__ import annotations

import json
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from poptui.cli import options
from poptui.cli.command import TARGETS, Command
from poptui.cli.leaving import leaving
from poptui.cli.session import batch_maildrop
from poptui.faults import ExitCode
from poptui.mail.header import Header
from poptui.maildrop.changes import Change, Loaded, Notice
from poptui.maildrop.entry import Entry
from poptui.maildrop.maildrop import Maildrop
from poptui.printable import escaped, printable_line

WIDE = 1000
"""Columns of output that is not a terminal: nothing is cut there."""

_DAWN = datetime.min.replace(tzinfo=UTC)


async def list_messages(given: Namespace) -> int:
    """Print the listing. Raises Fault."""
    maildrop = await batch_maildrop(given)
    form = "json" if given.json else "jsonl" if given.jsonl else "table"
    return await print_listing(maildrop, form, given.sort, given.limit)


async def print_listing(
    maildrop: Maildrop, form: str = "table", sort: str = "number", limit: int | None = None
) -> int:
    """Print what a connected maildrop holds, and end the session. Raises Fault."""
    async with leaving(maildrop):
        entries = await _wanted(maildrop, sort, limit)
    if form == "table":
        _print_table(entries)
    else:
        _print_json(entries, one_array=form == "json")
    sys.stdout.flush()
    return ExitCode.DONE


async def _wanted(maildrop: Maildrop, sort: str, limit: int | None) -> Sequence[Entry]:
    """The entries to print; headers are fetched for those alone, where the order allows it."""
    entries = maildrop.listing.entries
    early = sort in ("number", "size")
    if early:
        entries = sorted(entries, key=_ORDERS[sort])[:limit]
    maildrop.changed = _Progress(len(entries))
    await maildrop.loaded(entries)
    return entries if early else sorted(entries, key=_ORDERS[sort])[:limit]


class _Progress:
    """Counts headers on stderr, and repeats notices there."""

    def __init__(self, total: int) -> None:
        self._total, self._loaded = total, 0
        self._shown = sys.stderr.isatty()

    def __call__(self, change: Change) -> None:
        if isinstance(change, Notice):
            print(f"poptui: {printable_line(change.text)}", file=sys.stderr)
        elif isinstance(change, Loaded) and self._shown:
            self._loaded += len(change.entries)
            done = self._loaded >= self._total
            line = "\r\x1b[K" if done else f"\rheaders {self._loaded:,}/{self._total:,}"
            print(line, end="", file=sys.stderr, flush=True)


def _header(entry: Entry) -> Header:
    return entry.header or Header()


_ORDERS: dict[str, Callable[[Entry], Any]] = {
    "number": lambda entry: -entry.number,
    "size": lambda entry: -entry.size,
    "date": lambda entry: -((_header(entry).date or _DAWN) - _DAWN).total_seconds(),
    "from": lambda entry: _header(entry).from_.shown.casefold(),
    "subject": lambda entry: _header(entry).subject.casefold(),
}


def _print_json(entries: Sequence[Entry], *, one_array: bool) -> None:
    lines = [escaped(json.dumps(_plain(entry), ensure_ascii=False)) for entry in entries]
    if one_array:
        print("[" + ",\n ".join(lines) + "]")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)


def _plain(entry: Entry) -> dict[str, Any]:
    header = _header(entry)
    from_ = {"name": header.from_.name or None, "address": header.from_.address or None}
    return {
        "number": entry.number,
        "uid": entry.uid,
        "size": entry.size,
        "from": from_ if header.from_.shown else None,
        "to": header.to or None,
        "subject": header.subject or None,
        "date": header.date.isoformat() if header.date else None,
        "marked": False,
        "spam": None,
    }


def _print_table(entries: Sequence[Entry]) -> None:
    from poptui.tui.format import clock_date, cut, fit, size

    tty = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if tty else WIDE
    now = datetime.now().astimezone()
    digits = max((len(str(entry.number)) for entry in entries), default=1)
    if not entries:
        print("The maildrop is empty.", file=sys.stderr)
    for entry in entries:
        header = _header(entry)
        subject = header.subject if entry.header else f"({entry.trouble or 'no header'})"
        line = (
            f"{entry.number:>{digits}}  {size(entry.size):>7}  {clock_date(header.date, now):16}"
            f"  {fit(printable_line(header.from_.shown), 24)}  {printable_line(subject)}"
        )
        print(cut(line, width).rstrip())


EXAMPLES = """\
examples:
  poptui list work --limit 20
  poptui list work --jsonl | jq -r .subject
"""


def _options(parser: ArgumentParser) -> None:
    options.target(parser)
    options.form(parser)
    parser.add_argument(
        "--limit", metavar="N", type=options.a_count, help="print at most N messages"
    )
    parser.add_argument(
        "--sort",
        metavar="KEY",
        choices=_ORDERS,
        default="number",
        help=f"order by {', '.join(_ORDERS)} (default: number); numbers, sizes and dates"
        " start with the highest",
    )
    options.connection(parser)


COMMAND = Command(
    "poptui list",
    "Print the messages of a maildrop, newest first.",
    _options,
    list_messages,
    f"{EXAMPLES}\n{TARGETS}",
)
