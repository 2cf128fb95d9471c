"""Numbers, sizes, dates and columns as the screen shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from poptui.printable import printable_line
from poptui.text import format

ZONE = timezone(timedelta(hours=1))
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (275_368, "275 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (56_700_000, "56.7 MB"),
        (99_949_999, "99.9 MB"),
        (99_950_000, "100 MB"),
        (999_499_999, "999 MB"),
        (999_500_000, "1.0 GB"),
        (2_500_000_000_000, "2.5 TB"),
    ],
)
def test_size(octets: int, shown: str) -> None:
    assert format.size(octets) == shown


@given(st.integers(0, 999_499_999_999))
def test_a_size_fits_its_column(octets: int) -> None:
    assert len(format.size(octets)) <= format.SIZE_CELLS


def test_count_groups_thousands() -> None:
    assert format.count(1_234_567) == "1,234,567"


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        (datetime(2026, 11, 24, 0, 5, tzinfo=ZONE), "00:05"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "00:30"),
        (datetime(2026, 11, 23, 22, 30, tzinfo=UTC), "Mon"),
        (datetime(2026, 11, 18, 9, 0, tzinfo=ZONE), "Wed"),
        (datetime(2026, 11, 17, 9, 0, tzinfo=ZONE), "17 Nov"),
        (datetime(2026, 11, 25, 9, 0, tzinfo=ZONE), "25 Nov"),
        (datetime(2026, 1, 7, 9, 0, tzinfo=ZONE), "7 Jan"),
        (datetime(2009, 12, 17, 18, 18, tzinfo=ZONE), "2009"),
        (datetime(2038, 1, 1, tzinfo=ZONE), "2038"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), "0001"),
        (None, ""),
    ],
)
def test_list_date(when: datetime | None, shown: str) -> None:
    assert format.list_date(when, NOW) == shown


def test_a_date_shows_the_senders_time_if_it_differs() -> None:
    sent = datetime(2009, 12, 17, 18, 18, 12, tzinfo=timezone(timedelta(hours=3)))
    assert format.long_date(sent, NOW) == "Thu 17 Dec 2009 16:18  (sent 18:18 +0300)"
    assert format.long_date(sent.astimezone(ZONE), NOW) == "Thu 17 Dec 2009 16:18"
    assert format.clock_date(sent, NOW) == "2009-12-17 16:18"


@given(st.datetimes(timezones=st.timezones()))
def test_dates_fit_their_columns(when: datetime) -> None:
    assert len(format.list_date(when, NOW)) <= format.WHEN_CELLS
    assert len(format.clock_date(when, NOW)) <= len("2009-12-17 16:18")


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("Hello", 5, "Hello"),
        ("Hello", 8, "Hello   "),
        ("Hello", 4, "Hel…"),
        ("Hello", 0, ""),
        ("山田太郎", 8, "山田太郎"),
        ("山田太郎", 7, "山田太…"),
        ("山田太郎", 6, "山田… "),
        ("Центр Миграции", 6, "Центр…"),
        ("e\u0301te\u0301", 3, "e\u0301te\u0301"),
        ("👨\u200d👩\u200d👧", 6, "👨👩👧"),
        ("❤\ufe0f!", 2, "❤!"),
    ],
)
def test_fit(text: str, cells: int, shown: str) -> None:
    assert format.fit(text, cells) == shown


@given(st.text(), st.integers(0, 90))
def test_fit_fills_exactly(text: str, cells: int) -> None:
    assert cell_len(format.fit(printable_line(text), cells)) == cells


def test_excess_combining_marks_are_removed() -> None:
    assert format.fit("Z" + "\u0301" * 5000 + "algo", 6) == "Z\u0301\u0301\u0301algo "


def test_no_column_takes_endless_code_points() -> None:
    assert len(format.fit("a" + "\u0e31" * 5000, 10)) <= 10 * 9
