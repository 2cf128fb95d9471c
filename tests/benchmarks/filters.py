"""``python -m tests.benchmarks.filters``: filter, group and count 50,000 messages."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter

from poptui.mail.headers.header import Address, Header
from poptui.mailbox.entry import MessageEntry
from poptui.triage.bulk_preview import preview_marking
from poptui.triage.duplicates import flag_duplicates
from poptui.triage.filters.filter import parse
from poptui.triage.grouping import Group, GroupKey, GroupOrder, Groups
from poptui.triage.policy.saved_filters import DEFAULTS, MatchCounts
from poptui.triage.spam.verdict import Verdict
from tests.benchmarks import machine
from tests.benchmarks.table import Report, at_most

MESSAGES = 50_000
TARGET_MS = 100.0
"""The target for a filter while it is typed, in milliseconds."""

PLAIN = ("invoice", "meeting", "offer", "free", "report", "weekly", "digest", "hello")
WORDS = (*PLAIN, "réunion", "Größe", "привет", "会议")
FILTERS = (
    "invoice",
    "invoice meeting",
    "réunion",
    "from:user12",
    "subject:offer -free",
    "domain:host3.example.com",
    "older:30d",
    "date:2024-01..2024-02",
    "size:>5M",
    "is:spam",
    "is:spam -from:host3 older:2d size:<1M",
    "(invoice OR report) -weekly",
    "/off.*free/",
)


def main() -> None:
    """Measure, and print a table."""
    rows, report = messages(), Report()
    report.say(
        f"{machine.kind()}, {machine.today()}; load {machine.load()}; {MESSAGES:,} messages."
    )
    report.say()
    first = _milliseconds(partial(_filter, "x", rows))
    table = [["the first filter, which folds all texts", _shown(first), ""]]
    for text in FILTERS:
        took = min(_milliseconds(partial(_filter, text, rows)) for _ in range(3))
        table.append([text, _shown(took), str(at_most(took, TARGET_MS, " ms"))])
    table += [[name, _shown(_milliseconds(work)), ""] for name, work in _others(rows).items()]
    report.table(["filter", "took", "target"], table)
    print("\n".join(report.lines))


def _filter(text: str, rows: list[MessageEntry]) -> None:
    parse(text).select(rows)


def messages() -> list[MessageEntry]:
    """Return messages from some hundred senders, some not in ASCII; always the same."""
    rng = random.Random(1939)
    return [_entry(number, rng) for number in range(1, MESSAGES + 1)]


def _entry(number: int, rng: random.Random) -> MessageEntry:
    words = WORDS if number % 4 == 0 else PLAIN
    sender = Address(f"Sender {number % 500}", f"user{number % 500}@host{number % 50}.example.com")
    date = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    header = Header(sender, "me@example.org", " ".join(rng.choices(words, k=6)), date)
    uid = f"uid-{number}"
    entry = MessageEntry(number, rng.randint(500, 9_000_000), uid, uid, header=header)
    entry.verdict, entry.score = Verdict(), rng.random() * 10
    return entry


def _others(rows: list[MessageEntry]) -> dict[str, Callable[[], object]]:
    counts = MatchCounts(parse(text) for text in DEFAULTS.values())
    return {
        "groups by sender": lambda: _grouped(rows, GroupKey.SENDER),
        "groups by subject": lambda: _grouped(rows, GroupKey.SUBJECT),
        "duplicates": lambda: flag_duplicates(rows),
        "counts of the saved filters": lambda: counts.replace(rows),
        "preview of marking all": lambda: preview_marking(rows),
    }


def _grouped(rows: list[MessageEntry], by: GroupKey) -> list[Group[MessageEntry]]:
    groups: Groups[MessageEntry] = Groups(by)
    groups.add(rows)
    return groups.ordered(GroupOrder.COUNT)


def _milliseconds(work: Callable[[], object]) -> float:
    """Return how long a call takes, in milliseconds."""
    started = perf_counter()
    work()
    return (perf_counter() - started) * 1000


def _shown(milliseconds: float) -> str:
    return f"{milliseconds:.1f} ms"


if __name__ == "__main__":
    main()
