"""Statistics: bars that add up, and filters that find what their bars count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.mail.headers.header import Address, Header
from poptui.mailbox.entry import MessageEntry
from poptui.triage.filters.filter import parse
from poptui.triage.filters.tree import FilterContext
from poptui.triage.spam.verdict import Verdict
from poptui.triage.statistics import Bar, Dimension, Statistics, combined

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
SCOPE = FilterContext(now=NOW, threshold=5.0)
PARTS = (Dimension.SENDER, Dimension.DOMAIN, Dimension.MONTH, Dimension.TYPE)


def message(
    number: int,
    address: str = "ann@example.com",
    *,
    size: int = 1000,
    days: float | None = 0,
    score: float | None = 0.0,
    newsletter: bool = False,
    list_id: str = "",
    attachments: bool = False,
) -> MessageEntry:
    date = None if days is None else NOW - timedelta(days=days)
    header = Header(
        from_=Address(f"Name {number}", address),
        date=date,
        list_id=list_id,
        attachments=attachments,
    )
    verdict = None if score is None else Verdict(newsletter=newsletter)
    uid = str(number)
    return MessageEntry(number, size, uid, uid, header=header, verdict=verdict, score=score)


MESSAGES = [
    message(1, "Ann@Example.com", size=100),
    message(2, "ann@example.com", size=200, days=40),
    message(3, "news@mail.example.com", size=300, newsletter=True, days=500),
    message(4, "bob@other.co.uk", size=400, score=9.0),
    message(5, "x@co.uk", size=450, score=9.0, days=40),
    message(6, "bob@joann@example.com", size=50, list_id="list.example.com"),
    message(7, "root", size=7, attachments=True),
    message(8, "", size=8, days=None),
    message(9, "root@localhost", size=9, score=None),
    message(10, 'odd "quoted\\ name"@example.org', size=10),
    message(11, "jürgen@bücher.example", size=11, days=36500 * 5),
    MessageEntry(12, 5000, "12", "12"),
]


def titles(bars: list[Bar]) -> dict[str, tuple[int, int]]:
    return {bar.title: (bar.count, bar.octets) for bar in bars}


def test_bars_by_each_dimension() -> None:
    found = Statistics(MESSAGES, SCOPE)
    assert titles(found.bars(Dimension.SENDER))["ann@example.com"] == (2, 300)
    assert [bar.octets for bar in found.bars(Dimension.SENDER)] == sorted(
        (bar.octets for bar in found.bars(Dimension.SENDER)), reverse=True
    )
    assert titles(found.bars(Dimension.DOMAIN))["example.com"] == (4, 650)
    assert titles(found.bars(Dimension.TYPE)) == {
        "spam": (2, 850),
        "other messages": (5, 329),
        "newsletters": (1, 300),
        "mailing lists": (1, 50),
        "with attachments": (1, 7),
    }
    months = found.bars(Dimension.MONTH)
    assert months[0].title == "2026-03"
    assert months[-1].title == "(no date)"
    assert found.unknown(Dimension.SENDER).octets == 5000
    assert found.unknown(Dimension.TYPE).count == 2
    spam = {bar.title: bar.spam_share for bar in found.bars(Dimension.SPAM)}
    assert spam["2026-02"] == 0.5
    assert found.total.octets == sum(entry.size for entry in MESSAGES)


@pytest.mark.parametrize("by", PARTS)
def test_the_bars_add_up(by: Dimension) -> None:
    found = Statistics(MESSAGES, SCOPE)
    bars = [*found.bars(by), found.unknown(by)]
    assert sum(bar.count for bar in bars) == found.total.count == len(MESSAGES)
    assert sum(bar.octets for bar in bars) == found.total.octets


@pytest.mark.parametrize("by", Dimension)
def test_a_filter_finds_what_its_bar_counts(by: Dimension) -> None:
    for bar in Statistics(MESSAGES, SCOPE).bars(by):
        if not bar.filter:
            assert bar.title == "(no date)"
            continue
        chosen = parse(bar.filter, scope=SCOPE).select(MESSAGES)
        wanted = bar.spam if by is Dimension.SPAM else bar.count
        assert len(chosen) == wanted, bar
        if by is not Dimension.SPAM:
            assert sum(entry.size for entry in chosen) == bar.octets, bar


def test_the_space_that_a_clean_up_frees() -> None:
    for number, entry in enumerate(MESSAGES):
        assert not entry.marked, number
    bars = titles(Statistics(MESSAGES, SCOPE).bars(Dimension.CLEANUP))
    assert bars["spam"] == (2, 850)
    assert bars["newsletters over a year old"] == (1, 300)
    assert bars["marked now"] == (0, 0)
    assert bars["the 10 largest senders"] == (11, 1545 - 9 + 9)


def test_an_empty_mailbox() -> None:
    found = Statistics([], SCOPE)
    assert found.total.count == 0
    assert all(found.bars(by) == [] for by in PARTS)
    assert all(bar.count == 0 for bar in found.bars(Dimension.CLEANUP))


def test_a_bar_narrows_the_filter_that_is_shown() -> None:
    rows = [message(1, "a@x.example"), message(2, "b@x.example"), message(3, "a@y.example")]
    text = combined("from:a@x OR from:b@x", "from:<b@x.example>")
    assert [row.number for row in parse(text, scope=SCOPE).select(rows)] == [2]
    assert combined("", "is:spam") == "is:spam"


def addresses() -> Iterator[st.SearchStrategy[str]]:
    yield st.text(max_size=8)
    yield st.builds("{}@{}".format, st.text(max_size=5), st.text(max_size=8))
    yield st.sampled_from(["a@b.co.uk", "a@x.b.co.uk", "a@co.uk", "@", "a@.", 'a"@b.c', "a b@c.d"])


@given(st.lists(st.one_of(*addresses()), max_size=8))
def test_any_address_is_counted_once_and_its_filter_can_be_parsed(found: list[str]) -> None:
    rows = [message(number, address) for number, address in enumerate(found, 1)]
    made = Statistics(rows, SCOPE)
    for by in PARTS:
        assert sum(bar.count for bar in made.bars(by)) == len(rows)
        for bar in made.bars(by):
            assert parse(bar.filter, scope=SCOPE)


def test_many_senders_are_shown_as_others() -> None:
    rows = [message(number, f"s{number}@x{number}.example", size=number) for number in range(1500)]
    bars = Statistics(rows, SCOPE).bars(Dimension.SENDER)
    assert [bars[0].octets, bars[-1].title, bars[-1].filter] == [1499, "(500 others)", ""]
    assert sum(bar.octets for bar in bars) == sum(range(1500))
