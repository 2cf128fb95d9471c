"""Safety copies on standard output: a line for people each, or what JSON has of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from poptui.cli.rows import WIDE
from poptui.errors import UsageError
from poptui.mail.headers.decode import decode_header
from poptui.mail.headers.header import Header
from poptui.pop3.limits import MAX_HEADER_BYTES
from poptui.printable import printable_line
from poptui.storage.config import load_config
from poptui.storage.safety_copy_index import SafetyCopy

ID_SHOWN = 8
"""Letters of an id on a line; no two of some thousands are likely to share them."""


def kept_days() -> Callable[[str], int | None]:
    """For how many days an account's copies are kept; None if the configuration is invalid."""
    try:
        config = load_config()
        named = [config.for_target(name) for name in config.accounts]
    except UsageError:
        return lambda account: None
    days = {settings.server.account: settings.safety_copy_days for settings in named}
    return lambda account: days.get(account, config.settings.safety_copy_days)


def header_of(copy: SafetyCopy) -> Header:
    """Its header; an empty one where it cannot be read."""
    with suppress(OSError), copy.open() as file:
        return decode_header(file.read(MAX_HEADER_BYTES))
    return Header()


def matches(copy: SafetyCopy, text: str) -> bool:
    """Whether ``text`` is in its sender or subject, upper and lower case alike."""
    if not text:
        return True
    header = header_of(copy)
    fields = (header.from_.name, header.from_.address, header.subject)
    return any(text.casefold() in field.casefold() for field in fields)


def told(copy: SafetyCopy, days: int | None) -> dict[str, Any]:
    """A copy that is kept for so many days as JSON has it; what is absent is None."""
    header = header_of(copy)
    from_ = {"name": header.from_.name or None, "address": header.from_.address or None}
    until = copy.deleted + timedelta(days=days) if days else None
    return {
        "id": copy.id,
        "account": copy.account,
        "deleted": copy.deleted.isoformat(timespec="seconds"),
        "kept_until": until.isoformat(timespec="seconds") if until else None,
        "size": copy.octets,
        "whole": copy.whole,
        "from": from_ if header.from_.shown else None,
        "to": header.to or None,
        "subject": header.subject or None,
        "date": header.date.isoformat() if header.date else None,
        "file": os.fsencode(copy.path).decode("utf-8", "replace"),
    }


def print_copies(copies: Sequence[SafetyCopy]) -> None:
    """A line each: id, when it was deleted, size, account if there are several, sender, subject."""
    from shutil import get_terminal_size

    from poptui.text.format import clock_date, cut, fit, size

    width = get_terminal_size().columns if sys.stdout.isatty() else WIDE
    now = datetime.now().astimezone()
    several = len({copy.account for copy in copies}) > 1
    for copy in copies:
        header = header_of(copy)
        account = f"  {fit(printable_line(copy.account), 24)}" if several else ""
        octets = size(copy.octets) if copy.whole else "header"
        line = (
            f"{copy.id[:ID_SHOWN]}  {clock_date(copy.deleted, now):16}  {octets:>7}{account}"
            f"  {fit(printable_line(header.from_.shown), 24)}  {printable_line(header.subject)}"
        )
        print(cut(line, width).rstrip())
