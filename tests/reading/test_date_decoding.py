"""Date headers in the forms that senders write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui.mail.headers import mailparse
from poptui.mail.headers.dates import decode_date
from poptui.mail.headers.decode import decode_header


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
        ("17 Dec 49 18:18:12 +0000", "2049-12-17T18:18:12+00:00"),
        ("17 Dec 50 18:18:12 +0000", "1950-12-17T18:18:12+00:00"),
        ("17 Dec 109 18:18:12 +0000", "2009-12-17T18:18:12+00:00"),
        ("Thu Dec 17 18:18:12 2009", "2009-12-17T18:18:12+00:00"),
        ("December 17, 2009 at 6:18:12 PM PST", "2009-12-17T18:18:12-08:00"),
        ("2009-12-17T18:18:12+03:00", "2009-12-17T18:18:12+03:00"),
        ("2009-12-17 18:18:12", "2009-12-17T18:18:12+00:00"),
        ("31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59+00:00"),
        ("17 Dec 2009 18:18:12 +9900", "2009-12-17T18:18:12+00:00"),
        ("17 Dec 2009 18.18.12 +0300", "2009-12-17T18:18:12+03:00"),
    ],
)
def test_valid_and_common_wrong_dates(value: str, iso: str) -> None:
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
def test_invalid_dates_give_none(value: str) -> None:
    assert decode_date(value) is None


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1)),
    st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_a_valid_date_keeps_its_time_zone_and_equals_mail_parsers(
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
def test_any_text_gives_a_datetime_or_none(value: str) -> None:
    moment = decode_date(value)
    assert moment is None or moment.astimezone(UTC) == moment


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("Nov 26, 2026 10:00:05 +0100", "2026-11-26T10:00:05+01:00"),
        ("November 26 2026 10:00", "2026-11-26T10:00:00+00:00"),
        ("Thu Nov 26 10:00:05 2026", "2026-11-26T10:00:05+00:00"),
        ("Thu, Nov 26 10:00:05 EST 2026", "2026-11-26T10:00:05-05:00"),
        ("Thu Nov 26 10:00:05 2026 +0100", "2026-11-26T10:00:05+01:00"),
        ("Thursday, November 26, 2026 10:00 PM", "2026-11-26T22:00:00+00:00"),
        ("Nov 26, 2026 12:05 AM", "2026-11-26T00:05:00+00:00"),
        ("26 Nov 2026 10:00 PM", "2026-11-26T22:00:00+00:00"),
        ("Nov 26, 2026", "2026-11-26T00:00:00+00:00"),
        ("26 Nov 26 10:00:00", "2026-11-26T10:00:00+00:00"),
        ("26 Nov 99 10:00:00", "1999-11-26T10:00:00+00:00"),
        ("26 Nov 126 10:00:00", "2026-11-26T10:00:00+00:00"),
        ("2026/11/26 10:00:00", "2026-11-26T10:00:00+00:00"),
    ],
)
def test_dates_with_parts_in_another_order(value: str, iso: str) -> None:
    found = decode_date(value)
    assert found is not None
    assert found.isoformat() == iso


HOP = "Received: from a.example by mx.example; Thu, 26 Nov 2026 10:00:02 +0000\r\n"
OLDER_HOP = "Received: by a.example; Wed, 25 Nov 2026 10:00:02 +0000\r\n"
ARRIVED = "2026-11-26T10:00:02+00:00"


@pytest.mark.parametrize(
    ("date", "shown", "by_server", "sent"),
    [
        ("", ARRIVED, True, None),
        ("Date: 11-09-2023\r\n", ARRIVED, True, None),
        ("Date: soon\r\n", ARRIVED, True, None),
        ("Date: 1 Jan 1970 00:00:00 +0000\r\n", ARRIVED, True, "1970-01-01T00:00:00+00:00"),
        ("Date: 1 Jan 2099 00:00:00 +0000\r\n", ARRIVED, True, "2099-01-01T00:00:00+00:00"),
        ("Date: 27 Nov 2026 09:00:00 +0000\r\n", "2026-11-27T09:00:00+00:00", False, None),
        ("Date: 1 Jan 1999 00:00:00 +0000\r\n", "1999-01-01T00:00:00+00:00", False, None),
    ],
)
def test_a_missing_or_impossible_date_is_replaced_by_received(
    date: str, shown: str, by_server: bool, sent: str | None
) -> None:
    header = decode_header(f"{HOP}{OLDER_HOP}{date}Subject: x\r\n".encode())
    assert header.date is not None
    assert (header.date.isoformat(), header.dated_by_server) == (shown, by_server)
    if by_server:
        assert (header.sent.isoformat() if header.sent else None) == sent


def test_an_impossible_date_without_received_is_kept() -> None:
    header = decode_header(b"Date: 1 Jan 2099 00:00:00 +0000\r\n")
    assert header.date is not None
    assert (header.date.year, header.dated_by_server) == (2099, False)
    assert decode_header(b"Received: by a; never\r\nSubject: x\r\n").date is None


def test_the_fingerprint_uses_the_senders_date() -> None:
    """Marks use it to find their message, whichever Received fields servers add."""
    for date in ("", "Date: 1 Jan 1970 00:00:00 +0000\r\n"):
        with_hop, without = f"{HOP}{date}Subject: x\r\n", f"{date}Subject: x\r\n"
        one, other = decode_header(with_hop.encode()), decode_header(without.encode())
        assert one.fingerprint() == other.fingerprint()
