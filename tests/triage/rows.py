"""Rows to test filters on."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from poptui.mail.headers.header import NO_EXTRA, Address, Header
from poptui.mailbox.entry import MessageEntry
from poptui.triage.filters.filter import Filter, FilterContext, parse

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SCOPE = FilterContext(now=NOW)

_numbers = count(1)


def header(
    sender: str = "a@b.example",
    subject: str = "",
    *,
    name: str = "",
    to: str = "",
    date: datetime | None = None,
    list_id: str = "",
    message_id: str = "",
    attachments: bool = False,
    extra: dict[str, str] | None = None,
) -> Header:
    """Return a decoded header."""
    return Header(
        Address(name, sender),
        to,
        subject,
        date,
        list_id,
        message_id,
        attachments,
        NO_EXTRA if extra is None else extra,
    )


def row(head: Header | None = None, *, size: int = 1000, uid: str | None = None) -> MessageEntry:
    """Return an entry with the next number."""
    number = next(_numbers)
    uid = f"uid-{number}" if uid is None else uid
    return MessageEntry(number=number, size=size, uid=uid, key=uid, header=head)


def written(
    sender: str = "a@b.example", subject: str = "", name: str = "", to: str = ""
) -> MessageEntry:
    """Return a row whose header has these texts."""
    return row(header(sender, subject, name=name, to=to))


def parsed(text: str) -> Filter:
    """Parse a filter in the context of the tests."""
    return parse(text, scope=SCOPE)


def matches(text: str, entry: MessageEntry) -> bool:
    """Whether the filter matches; also check that it doesn't reject the row at the same time."""
    found = parsed(text)
    matched, rejected = found.matches(entry), found.rejects(entry)
    assert not (matched and rejected)
    return matched
