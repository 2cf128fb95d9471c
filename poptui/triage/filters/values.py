"""Parse sizes, numbers, dates and ages of filters into tests of a value.

A value covers all that rounds down to it: ``2024-03`` is all of March, and ``1.5M`` is 1.5 up to
1.6 MB. All ranges are half-open. Invalid values raise ValueError with the expected form.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf, nextafter
from typing import Protocol, Self, TypeVar

from poptui.patterns import lazy_pattern

Check = Callable[[float], bool]
DateCheck = Callable[[datetime], bool]

_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3}
_SIZE = lazy_pattern(r"(\d{1,15})(?:\.(\d{1,6}))?([kmg]?)b?", re.IGNORECASE | re.ASCII)
_NUMBER = lazy_pattern(r"(-?\d{1,6})(?:\.(\d{1,6}))?", re.ASCII)
_DAY = lazy_pattern(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_AGE = lazy_pattern(r"(\d{1,5})(min|h|d|w|m|y)", re.ASCII | re.IGNORECASE)
_MINUTES = {"min": 1, "h": 60, "d": 1440, "w": 10080, "m": 43200, "y": 525600}
_COMPARED = lazy_pattern(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)

SIZE = "a size such as >1M, <=200k or 1M..5M"
NUMBER = "a number such as >=5 or 3..7"
DATE = "a date such as 2024-01-31, 2024-01..2024-03, >=2024 or today"
AGE = "a time such as 30d, 2h, 6w, 3m (months) or 1y"


class _Ordered(Protocol):
    def __lt__(self, other: Self, /) -> bool: ...


V = TypeVar("V", bound=_Ordered)
Span = tuple[V, V]
"""From the first value up to, but not including, the second."""


def size(text: str) -> Check:
    """Parse a size in bytes; k, M and G are powers of 1000."""
    return _parse_condition(text, lambda value: _parse_number(_SIZE, value, SIZE), _point, SIZE)


def number(text: str) -> Check:
    """Parse a number, such as a score."""
    return _parse_condition(
        text, lambda value: _parse_number(_NUMBER, value, NUMBER), _point, NUMBER
    )


def date(text: str, now: datetime) -> DateCheck:
    """Parse a day, month or year in the local time zone, ``today`` or ``yesterday``."""
    return _parse_condition(text, lambda value: _days(value, now), lambda days: days, DATE)


def age(text: str) -> timedelta:
    """Parse an age; a month is 30 days, a year 365."""
    match = _AGE.fullmatch(text)
    if match is None:
        raise ValueError(AGE)
    return timedelta(minutes=int(match[1]) * _MINUTES[match[2].lower()])


def _parse_condition(
    text: str, read: Callable[[str], Span[V]], exact: Callable[[Span[V]], Span[V]], expected: str
) -> Callable[[V], bool]:
    """Parse a comparison, a range or a value; ``exact`` gives the bounds in the first two."""
    first, dots, last = text.partition("..")
    if dots:
        return _between(
            exact(read(first))[0] if first else None,
            exact(read(last))[1] if last else None,
            expected,
        )
    match = _COMPARED.fullmatch(text)
    assert match is not None
    if match[1] in (None, "="):
        return _between(*read(match[2]), expected)
    start, end = exact(read(match[2]))
    bounds = {">": (end, None), ">=": (start, None), "<": (None, start), "<=": (None, end)}
    return _between(*bounds[match[1]], expected)


def _between(low: V | None, high: V | None, expected: str) -> Callable[[V], bool]:
    if low is not None and high is not None:
        if not low < high:
            raise ValueError(f"{expected}, the lower bound first")
        return lambda value: not value < low and value < high
    if low is not None:
        return lambda value: not value < low
    if high is not None:
        return lambda value: value < high
    raise ValueError(expected)


def _parse_number(form: re.Pattern[str], text: str, expected: str) -> Span[float]:
    """Return the value, and the next one with as many decimals."""
    match = form.fullmatch(text)
    if match is None:
        raise ValueError(expected)
    whole, decimals, *unit = match.groups(default="")
    value = float(f"{whole}.{decimals or 0}")
    scale = _UNITS[unit[0].lower()] if unit else 1
    return value * scale, (value + 10.0 ** -len(decimals)) * scale


def _point(span: Span[float]) -> Span[float]:
    return span[0], nextafter(span[0], inf)


def _days(text: str, now: datetime) -> Span[datetime]:
    try:
        first, after = _named_day(text.lower(), now) or _written_day(text)
        return first.astimezone(), after.astimezone()
    except (ValueError, OverflowError):
        raise ValueError(DATE) from None


def _named_day(name: str, now: datetime) -> Span[datetime] | None:
    if name not in ("today", "yesterday"):
        return None
    day = datetime(now.year, now.month, now.day) - timedelta(days=name == "yesterday")
    return day, day + timedelta(days=1)


def _written_day(text: str) -> Span[datetime]:
    """Parse a day, month or year. Raises ValueError or OverflowError if there is no such day."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(DATE)
    year, month, day = match.groups()
    first = datetime(int(year), int(month or 1), int(day or 1))
    if day:
        return first, first + timedelta(days=1)
    if month:
        return first, (first + timedelta(days=31)).replace(day=1)
    return first, first.replace(year=first.year + 1)
