"""Name messages in a sentence: by subject, sender and date, as far as these are known."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.errors import quoted
from poptui.mailbox.entry import MessageEntry
from poptui.printable import printable_line
from poptui.text.format import size

MAX_SUBJECT_CHARACTERS, MAX_SENDER_CHARACTERS = 60, 40
MAX_NAMED = 3
"""How many messages a sentence names one by one."""


def name(entry: MessageEntry) -> str:
    """``“Lunch?” from Ann Example, 2 Nov 2026``; without a header number, size and UID."""
    header = entry.header
    if header is None:
        uid = f", UID {quoted(entry.uid[:MAX_SUBJECT_CHARACTERS])}" if entry.uid else ""
        return f"message {entry.number} ({size(entry.size)}{uid}, header not loaded)"
    subject = quoted(header.subject[:MAX_SUBJECT_CHARACTERS]) if header.subject else "(no subject)"
    sender = printable_line(header.from_.shown[:MAX_SENDER_CHARACTERS]).strip()
    date = f", {header.date.day} {header.date:%b %Y}" if header.date else ""
    return f"{subject}{f' from {sender}' if sender else ''}{date}"


def names(entries: Sequence[MessageEntry]) -> str:
    """The first few by name, and how many more there are."""
    named = "; ".join(map(name, entries[:MAX_NAMED]))
    more = len(entries) - MAX_NAMED
    return f"{named}; and {more:,} more" if more > 0 else named
