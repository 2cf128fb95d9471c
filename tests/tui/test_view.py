"""The view: the order of messages, whatever arrives meanwhile."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from poptui.mail.headers.header import Address, Header
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.triage.filters.filter import parse
from poptui.tui.view import View, ViewSpec


def header(random: random.Random) -> Header:
    when = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=random.randint(0, 9))
    return Header(
        from_=Address(random.choice(["Ann", "bob", "Åse", ""]), "x@example.com"),
        subject=random.choice(["Re: spam", "spam", "ham", "Fwd: RE[2]: eggs", ""]),
        date=random.choice([when, None]),
    )


def messages(total: int, seed: int, *, headers: bool = True) -> list[MessageEntry]:
    """Return ``total`` messages, the newest first."""
    rng = random.Random(seed)
    return [
        MessageEntry(number, rng.randint(1, 5), None, str(number),
              header=header(rng) if headers else None)
        for number in range(total, 0, -1)
    ]  # fmt: skip


def made(listing: Sequence[MessageEntry], wish: ViewSpec) -> View:
    view = View()
    for _ in view.make(listing, wish):
        pass
    return view


def numbers(view: View) -> list[int]:
    return [entry.number for entry in view.entries]


def test_as_listed_it_is_the_listing_itself() -> None:
    listing = messages(5, 1)
    assert made(listing, ViewSpec()).entries is listing


def test_it_sorts_by_each_column_and_the_newer_of_equals_comes_first() -> None:
    subjects = {5: "Re: Beta", 4: "alpha", 3: "BETA", 2: "", 1: "Alpha"}
    listing = [
        MessageEntry(number, number % 2, None, str(number), header=Header(subject=subject))
        for number, subject in subjects.items()
    ]
    assert numbers(made(listing, ViewSpec(SortKey.NUMBER, False))) == [1, 2, 3, 4, 5]
    assert numbers(made(listing, ViewSpec(SortKey.SIZE, True))) == [5, 3, 1, 4, 2]
    assert numbers(made(listing, ViewSpec(SortKey.SIZE, False))) == [4, 2, 5, 3, 1]
    assert numbers(made(listing, ViewSpec(SortKey.SUBJECT, False))) == [2, 4, 1, 5, 3]
    assert numbers(made(listing, ViewSpec(SortKey.SUBJECT, True))) == [5, 3, 4, 1, 2]


def test_messages_without_header_sort_last_in_either_direction() -> None:
    listing = messages(4, 1, headers=False)
    listing[2].header = Header(subject="x")
    for descending in (True, False):
        assert numbers(made(listing, ViewSpec(SortKey.FROM, descending))) == [2, 4, 3, 1]


def test_a_filter_narrows_and_tells_how_many_there_are() -> None:
    listing = messages(50, 2)
    view = made(listing, ViewSpec(filter=parse("subject:eggs")))
    assert list(view.entries) == [e for e in listing if e.header and "eggs" in e.header.subject]
    assert 0 < len(view.entries) < view.total == 50


def test_it_stays_as_it_was_until_the_new_one_is_made() -> None:
    listing = messages(2000, 3)
    view = made(listing, ViewSpec())
    steps = view.make(listing, ViewSpec(SortKey.SIZE))
    next(steps)
    assert view.entries is listing
    assert view.spec == ViewSpec()


def test_changes_during_a_rebuild_are_not_lost() -> None:
    listing = messages(2000, 4, headers=False)
    view = View()
    steps = view.make(listing, ViewSpec(SortKey.SUBJECT, False))
    next(steps)
    listing[0].header = Header(subject="aaa")
    view.update([listing[0]])
    for _ in steps:
        pass
    assert view.entries[0] is listing[0]


def test_a_message_that_is_no_longer_listed_is_not_added() -> None:
    listing = messages(10, 5)
    view = made(listing, ViewSpec(SortKey.SIZE))
    assert not view.update(messages(1, 6))
    assert view.total == len(view.entries) == 10


WISHES = st.builds(
    ViewSpec,
    st.sampled_from(SortKey),
    st.booleans(),
    st.sampled_from([None, parse("spam"), parse("-subject:ham"), parse("is:marked")]),
)


@given(WISHES, st.integers(0, 2**32), st.lists(st.integers(0, 39), max_size=60))
@settings(max_examples=80)
def test_headers_that_join_one_by_one_end_where_a_new_view_has_them(
    wish: ViewSpec, seed: int, coming: list[int]
) -> None:
    listing = messages(40, seed, headers=False)
    view, rng = made(listing, wish), random.Random(seed)
    for index in coming:
        before = list(view.entries)
        listing[index].header = header(rng)
        listing[index].score = float(rng.randint(0, 3))
        assert view.update([listing[index]]) or list(view.entries) == before
    assert list(view.entries) == list(made(listing, wish).entries)


def test_fifty_thousand_are_sorted_and_narrowed_in_few_steps() -> None:
    listing = messages(50_000, 7)
    for wish in (
        ViewSpec(SortKey.DATE),
        ViewSpec(SortKey.SUBJECT, False),
        ViewSpec(filter=parse("eggs")),
    ):
        assert sum(1 for _ in View().make(listing, wish)) == 100
