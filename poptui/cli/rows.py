"""Print messages on standard output: a table for people, or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from poptui.cli.streams import stdout_is_utf8, terminal_columns
from poptui.mail.headers.header import Header
from poptui.mailbox.entry import MessageEntry
from poptui.printable import escaped, printable_line
from poptui.triage.policy.policy import Policy
from poptui.triage.spam.score import explain

MAX_COLUMNS = 1000
"""The width of a table that isn't printed on a terminal: almost nothing is truncated."""


def header_of(entry: MessageEntry) -> Header:
    """Return the entry's header, or an empty one if it has none."""
    return entry.header or Header()


def message_json(entry: MessageEntry, policy: Policy) -> dict[str, Any]:
    """Return a message as its JSON object; absent values are None."""
    header = header_of(entry)
    from_ = {"name": header.from_.name or None, "address": header.from_.address or None}
    return {
        "number": entry.number,
        "uid": entry.uid,
        "size": entry.size,
        "from": from_ if header.from_.shown else None,
        "to": header.to or None,
        "subject": header.subject or None,
        "date": header.date.isoformat() if header.date else None,
        "marked": entry.marked,
        "spam": _spam(entry, policy),
    }


def _spam(entry: MessageEntry, policy: Policy) -> dict[str, Any] | None:
    verdict = policy.verdict(entry)
    if verdict is None:
        return None
    return {
        "score": round(policy.weights.score(verdict), 2),
        "verdict": policy.weights.classify(verdict),
        "signals": [
            {"name": reason.name, "score": round(reason.weight, 2), "why": reason.sentence}
            for reason in explain(verdict, policy.weights)
        ],
    }


def print_json(objects: Sequence[dict[str, Any]], *, one_array: bool) -> None:
    """Print one array, or one object per line; in ASCII unless stdout is UTF-8."""
    encode = json.JSONEncoder(ensure_ascii=not stdout_is_utf8()).encode
    lines = [escaped(encode(each)) for each in objects]
    if one_array:
        print("[" + ",\n ".join(lines) + "]")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)


def print_table(entries: Sequence[MessageEntry], notes: Sequence[str] = ()) -> None:
    """Print one line per message: a note, if any, number, size, date, score, sender, subject."""
    from poptui.text.format import clock_date, cut, fit, size

    tty = sys.stdout.isatty()
    width = terminal_columns() if tty else MAX_COLUMNS
    now = datetime.now().astimezone()
    digits = max((len(str(entry.number)) for entry in entries), default=1)
    room = max(map(len, notes), default=-2) + 2
    for entry, note in zip(entries, notes or [""] * len(entries), strict=True):
        header = header_of(entry)
        subject = header.subject if entry.header else f"({entry.problem or 'no header'})"
        score = "" if entry.score is None else f"{entry.score:.1f}"
        line = (
            f"{note:{room}}{entry.number:>{digits}}  {size(entry.size):>7}"
            f"  {clock_date(header.date, now):16}  {score:>4}"
            f"  {fit(printable_line(header.from_.shown), 24)}  {printable_line(subject)}"
        )
        print(cut(line, width).rstrip())


def print_explained(entries: Sequence[MessageEntry], policy: Policy) -> None:
    """Print a line for each message, and below it the reasons for its spam score."""
    for entry in entries:
        print_table([entry])
        verdict = policy.verdict(entry)
        reasons = () if verdict is None else explain(verdict, policy.weights)
        for reason in reasons:
            print(f"    {reason.weight:+5.1f}  {reason.name}: {reason.sentence}")
        if not reasons:
            print("     No reasons for or against spam." if verdict else "     Not scored.")
