"""Sort and filter many messages at once, as the list does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.triage.filters.filter import parse
from poptui.tui.view import View, ViewSpec
from tests.benchmarks.filters import messages


def list_works(count: int) -> dict[str, Callable[[], None]]:
    """Return what to measure, for ``count`` messages."""
    rows = list(islice(messages(), count))
    return {
        "sort by date": partial(_show, rows, ViewSpec(SortKey.DATE)),
        "sort by subject": partial(_show, rows, ViewSpec(SortKey.SUBJECT, descending=False)),
        "filter is:spam": partial(_show, rows, ViewSpec(filter=parse("is:spam"))),
        "filter invoice": partial(_show, rows, ViewSpec(filter=parse("invoice"))),
    }


def _show(rows: list[MessageEntry], wish: ViewSpec) -> None:
    """Run all slices of the work one after another."""
    for _ in View().make(rows, wish):
        pass
