"""The Date header in the forms that senders give it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.mail.headers import mailparse
from poptui.mail.headers.dates import decode_date


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("Thu, 17 Dec 2009 18:18:12 +0300", "2009-12-17T18:18:12+03:00"),
        ("Thu, 17 Dec 2009 18:18:12 +0300 (MSK)", "2009-12-17T18:18:12+03:00"),
        ("Thu, 17 Dec 2009 (a (nested) one) 18:18 -0530", "2009-12-17T18:18:00-05:30"),
        ("17 dec 2009 18:18:12 GMT", "2009-12-17T18:18:12+00:00"),
        ("17 Dec 2009 18:18:12 EST", "2009-12-17T18:18:12-05:00"),
        ("17 Dec 2009 18:18:12 PDT", "2009-12-17T18:18:12-07:00"),
        ("17 Dec 2009 18:18:12 XYZ", "2009-12-17T18:18:12+00:00"),
        ("17 Dec 2009 18:18:12", "2009-12-17T18:18:12+00:00"),
        ("Thursday, 17-Dec-09 18:18:12 GMT", "2009-12-17T18:18:12+00:00"),
        ("17 Dec 09 18:18:12 +0000", "2009-12-17T18:18:12+00:00"),
        ("17 Dec 97 18:18:12 +0000", "1997-12-17T18:18:12+00:00"),
        ("17 Dec 109 18:18:12 +0000", "2009-12-17T18:18:12+00:00"),
        ("Thu Dec 17 18:18:12 2009", "2009-12-17T18:18:12+00:00"),
        ("2009-12-17T18:18:12+03:00", "2009-12-17T18:18:12+03:00"),
        ("2009-12-17 18:18:12", "2009-12-17T18:18:12+00:00"),
        ("31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59+00:00"),
        ("17 Dec 2009 18:18:12 +9900", "2009-12-17T18:18:12+00:00"),
        ("17 Dec 2009 18.18.12 +0300", "2009-12-17T18:18:12+03:00"),
    ],
)
def test_what_can_be_read(value: str, iso: str) -> None:
    moment = decode_date(value)
    assert moment is not None
    assert moment.isoformat() == iso


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "32 Dec 2009 18:18:12 +0000",
        "29 Feb 2023 10:00:00 +0000",
        "17 Foo 2009 18:18:12 +0000",
        "17 Dec 2009 25:18:12 +0000",
        "17 Dec 9999 18:18:12 +0000",
        "17 Dec 1066 18:18:12 +0000",
        "99999999999999999999 Jan 2024 10:00",
        "0001-01-01T00:00:00+00:00",
        "17 Dec 2009",
    ],
)
def test_what_is_no_date(value: str) -> None:
    assert decode_date(value) is None


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1)),
    st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_a_proper_date_keeps_its_zone_and_mail_parser_agrees(
    moment: datetime, zone: timezone
) -> None:
    aware = moment.replace(tzinfo=zone, microsecond=0)
    written = format_datetime(aware)
    ours = decode_date(written)
    assert ours == aware
    assert ours is not None
    assert ours.utcoffset() == aware.utcoffset()
    assert mailparse.parse_header(f"Date: {written}\r\n".encode()).date == aware


@given(st.text(max_size=60))
def test_any_text_gives_a_moment_or_none(value: str) -> None:
    moment = decode_date(value)
    assert moment is None or moment.astimezone(UTC) == moment
