"""What the viewer shows while the cursor is on the heading of a group."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from poptui.mail.lines import Line
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import amount
from poptui.printable import printable_line
from poptui.text.format import long_date
from poptui.triage.grouping import Group, GroupKey
from poptui.tui.reading.document import Lines
from poptui.tui.reading.pages import Page, row

TITLE = "group · Enter opens and closes it · d marks all of it"


def group_page(group: Group[MessageEntry], by: GroupKey, now: datetime) -> Page:
    """How many, how large, how old and how bad."""
    return Page(Lines(list(_rows(group, by, now))))


def _rows(group: Group[MessageEntry], by: GroupKey, now: datetime) -> Iterator[Line]:
    yield row(by.value.capitalize(), printable_line(group.title))
    yield row("In it", amount(group.rows))
    if marked := [entry for entry in group.rows if entry.marked]:
        yield row("Marked", amount(marked))
    dates = [entry.header.date for entry in group.rows if entry.header and entry.header.date]
    if dates:
        yield row("Newest", long_date(max(dates), now, zone=False))
        yield row("Oldest", long_date(min(dates), now, zone=False))
    if group.worst is not None:
        yield row("Spam", f"{group.worst:.1f} of 10 at the worst")
