"""``poptui stats``: number and size of messages by sender, domain, month or type."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from poptui.cli.command import (
    TARGETS,
    CliCommand,
    add_common,
    add_connection,
    add_output_form,
    add_target,
    output_form,
    positive_number,
)
from poptui.cli.message_selector import exit_code_for, selected_messages
from poptui.cli.rows import print_json
from poptui.cli.session import settings_and_scorer
from poptui.cli.streams import note
from poptui.mailbox.chart import Chart
from poptui.text.format import count, size
from poptui.threads import run_detached
from poptui.triage.filters.language import FILTER_HELP
from poptui.triage.statistics import Bar, Dimension, Statistics

MAX_COLUMNS = 100
"""The width of the table if standard output isn't a terminal."""

EXAMPLES = """\
examples:
  poptui stats work
  poptui stats work --by month --filter is:newsletter
  poptui stats work --by clean-up
  poptui stats work --by domain --jsonl | head
"""


async def print_statistics(options: Namespace) -> int:
    """Load the headers, count, and print the bars. Raises PoptuiError."""
    settings, scorer = settings_and_scorer(options)
    async with selected_messages(options, settings, scorer) as entries:
        pass  # counting needs no session
    scope = scorer.policy.scope
    statistics = await run_detached(lambda: Statistics(entries, scope))
    by = Dimension(options.by)
    chart = Chart(statistics, by, by_count=options.count)
    form = output_form(options)
    if form == "table":
        _print_table(statistics, chart, options.limit)
    else:
        unknown = statistics.unknown(by)
        bars = [_json(bar) for bar in chart.bars[: options.limit]]
        bars += [_json(unknown)] if unknown.count and by is not Dimension.CLEANUP else []
        print_json(bars, one_array=form == "json")
    return exit_code_for(entries, filtered=options.filter is not None)


def _print_table(statistics: Statistics, chart: Chart, limit: int | None) -> None:
    from shutil import get_terminal_size

    cells = get_terminal_size().columns if sys.stdout.isatty() else MAX_COLUMNS
    rows = range(len(chart.bars[:limit]))
    sys.stdout.writelines(f"{chart.row(index, cells).rstrip()}\n" for index in rows)
    total, unknown = statistics.total, statistics.unknown(chart.by)
    note(f"{count(total.count)} messages, {size(total.octets)}.")
    if unknown.count and chart.by is not Dimension.CLEANUP:
        note(f"Not counted: {count(unknown.count)} without a header, {size(unknown.octets)}.")


def _json(bar: Bar) -> dict[str, Any]:
    return {
        "title": bar.title,
        "messages": bar.count,
        "size": bar.octets,
        "spam": bar.spam,
        "filter": bar.filter or None,
    }


def _add_arguments(parser: ArgumentParser) -> None:
    add_target(parser)
    parser.add_argument(
        "--by",
        metavar="WHAT",
        choices=[by.value for by in Dimension],
        default=Dimension.SENDER.value,
        help=f"{', '.join(by.value for by in Dimension)} (default: sender); spam is its share in"
        " each month, clean-up is what deleting certain messages would free",
    )
    parser.add_argument("--filter", metavar="EXPR", help="count only messages that match")
    parser.add_argument("--count", action="store_true", help="measure by number, not by size")
    add_output_form(parser)
    parser.add_argument("--limit", metavar="N", type=positive_number, help="print at most N rows")
    add_connection(parser)
    add_common(parser)


COMMAND = CliCommand(
    "poptui stats",
    "Print what takes up space in a mailbox, the largest first.",
    _add_arguments,
    print_statistics,
    f"{EXAMPLES}\n{FILTER_HELP}\n{TARGETS}",
)
