"""Read Date headers: RFC 5322 section 3.3, the obsolete forms of 4.3, and common wrong ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from poptui.patterns import lazy_pattern

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = {name: number for number, name in enumerate(_MONTHS, 1)}
_HOURS = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_DATE = lazy_pattern(
    r"(?:[a-z]{3,9}[ ,.]+)?"
    r"(\d{1,2})[ -]+([a-z]{3})[a-z]{0,6}[ -]+(\d{2,4})[ ,]+"
    r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?:\.\d{1,9})?"
    r"(?: ?([+-]\d{4}|[a-z]{1,5})\b.*)?",
    re.IGNORECASE | re.ASCII,
)
_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?(?: ?(?P<half>[ap])m)?"
_MONTH_FIRST = lazy_pattern(
    r"(?:[a-z]{3,9}[ ,.]+)?(?P<month>[a-z]{3})[a-z]{0,6}[ .-]+(?P<day>\d{1,2})[ ,-]+"
    rf"(?:(?P<before>\d{{4}})(?:[ ,]+(?:at )?{_CLOCK}(?: (?P<zone>[+-]\d{{4}}|[a-z]{{1,5}}))?)?"
    rf"|{_CLOCK.replace('P<', 'P<late_')}(?: (?P<late_zone>[a-z]{{1,5}}|[+-]\d{{4}}))?"
    r" (?P<behind>\d{4})(?: (?P<last>[+-]\d{4}|[a-z]{1,5}))?)",
    re.IGNORECASE | re.ASCII,
)
_SLASHES = lazy_pattern(r"^(\d{4})/(\d\d)/(\d\d)", re.ASCII)
_COMMENT = lazy_pattern(r"\([^()]*\)")
_MAX_DATE_CHARS = 200
"""Maximum number of characters to read. A real date takes under 80."""
_FIRST_YEAR, _LAST_YEAR = 1900, 9998
"""RFC 5322 allows no earlier year. The last one leaves room to convert to any time zone."""


def decode_date(value: str) -> datetime | None:
    """Return the date and time in ``value``, in the time zone it was written in.

    A missing or unknown time zone means UTC. Returns None if there is no readable date, or if
    it is out of range.
    """
    value = _uncommented(value[:_MAX_DATE_CHARS])
    match = _DATE.fullmatch(value)
    if match is None:
        return _month_first(value) or _parse_leniently(value)
    day, month, year, hour, minute, second, zone = match.groups()
    number = _MONTH.get(month.lower())
    if number is None:
        return None
    hours = _to_24_hours(int(hour), zone) if zone and zone.lower() in ("am", "pm") else int(hour)
    return _moment(
        (_full_year(year), number, int(day), hours, int(minute), int(second or 0)),
        _zone(zone or ""),
    )


def _month_first(value: str) -> datetime | None:
    """Read ``November 26, 2026 10:00:00``, and C's ``Thu Nov 26 10:00:00 2026``."""
    match = _MONTH_FIRST.fullmatch(value)
    if match is None or (month := _MONTH.get(match["month"].lower())) is None:
        return None
    late = "late_" if match["behind"] else ""
    hour, minute, second = (int(match[late + part] or 0) for part in ("hour", "minute", "second"))
    if half := match[f"{late}half"]:
        hour = _to_24_hours(hour, half)
    zone = _zone(match[f"{late}zone"] or match["last"] or "")
    year = _full_year(match["before"] or match["behind"])
    return _moment((year, month, int(match["day"]), hour, minute, second), zone)


def _to_24_hours(hour: int, half: str) -> int:
    """Convert an hour of the 12-hour clock to the 24-hour clock."""
    return hour % 12 + 12 * (half[:1].lower() == "p")


def _uncommented(value: str) -> str:
    """Return ``value`` without comments, which may nest, and with single spaces."""
    while "(" in value and (outer := _COMMENT.sub(" ", value)) != value:
        value = outer
    return " ".join(value.split())


def _full_year(year: str) -> int:
    """Expand a short year (RFC 5322 section 4.3): 00-49 are 20xx, and three digits add 1900."""
    number = int(year)
    if len(year) == 2:
        return number + (2000 if number < 50 else 1900)
    return number + 1900 if len(year) == 3 else number


@lru_cache(maxsize=256)
def _zone(zone: str) -> tzinfo:
    """Return the time zone of a name or an offset, and UTC if it is unknown or impossible."""
    if zone[:1] not in ("+", "-"):
        return zone_of(_HOURS.get(zone.upper(), 0) * 3600)
    minutes = int(zone[1:3]) * 60 + int(zone[3:])
    if minutes >= 24 * 60:
        return UTC
    return zone_of((-minutes if zone[0] == "-" else minutes) * 60)


@lru_cache(maxsize=256)
def zone_of(seconds: int) -> timezone:
    """Return the time zone ``seconds`` east of UTC. All dates in it share one object."""
    return timezone(timedelta(seconds=seconds))


def _moment(fields: tuple[int, int, int, int, int, int], zone: tzinfo) -> datetime | None:
    """Make a datetime. Python has no leap seconds, so :60 becomes :59."""
    year, month, day, hour, minute, second = fields
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return datetime(year, month, day, hour, minute, 59 if second == 60 else second, 0, zone)
    except ValueError:
        return None


def _parse_leniently(value: str) -> datetime | None:
    """Try the lenient parsers of the standard library, which also read ISO 8601."""
    from email.utils import parsedate_tz

    try:
        found = parsedate_tz(value)
        if found is not None:
            return _moment(found[:6], zone_of(found[9] or 0))
        moment = datetime.fromisoformat(_SLASHES.sub(r"\1-\2-\3", value))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
