"""What the list does to many messages at once: sort them, filter them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice

from poptui.maildrop.entry import Entry
from poptui.triage.filter import parse
from poptui.tui.orders import Order
from poptui.tui.view import View, Wish
from tests.benchmarks.filters import messages


def list_works(count: int) -> dict[str, Callable[[], None]]:
    """What is measured, over ``count`` messages."""
    rows = list(islice(messages(), count))
    return {
        "sort by date": partial(_show, rows, Wish(Order.DATE)),
        "sort by subject": partial(_show, rows, Wish(Order.SUBJECT, descending=False)),
        "filter is:spam": partial(_show, rows, Wish(filter=parse("is:spam"))),
        "filter invoice": partial(_show, rows, Wish(filter=parse("invoice"))),
    }


def _show(rows: list[Entry], wish: Wish) -> None:
    """All slices of the work one after another."""
    for _ in View().make(rows, wish):
        pass
