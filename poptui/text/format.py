"""Format numbers, sizes, dates and columns of text.

Nothing here sanitizes text: it must have passed through :mod:`poptui.printable` before.
"""

from __future__ import annotations

from datetime import datetime

ELLIPSIS = "…"
WHEN_CELLS = 6
"""The longest result of ``list_date``."""
SIZE_CELLS = 7
"""The longest result of ``size`` up to 999 GB."""

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_WEEK_DAYS = 7
_CODE_POINTS_PER_CELL = 8


def count(number: int) -> str:
    """Return ``1,234`` for 1234."""
    return f"{number:,}"


def size(octets: int) -> str:
    """Return a size in at most seven cells: ``812 B``, ``275 kB``, ``56.7 MB``, ``120 MB``."""
    if octets < 1000:
        return f"{octets} B"
    if octets < 999_500:
        return f"{(octets + 500) // 1000} kB"
    for unit, name in ((10**6, "MB"), (10**9, "GB")):
        if octets < 99.95 * unit:
            return f"{octets / unit:.1f} {name}"
        if octets < 999.5 * unit:
            return f"{octets / unit:.0f} {name}"
    return f"{octets / 10**12:,.1f} TB"


def age(seconds: float) -> str:
    """Return an age or a duration in at most six cells: ``now``, ``59 min``."""
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min"
    if seconds < 2 * 86_400:
        return f"{seconds // 3600:.0f} h"
    return f"{seconds // 86_400:.0f} d"


def list_date(when: datetime | None, now: datetime) -> str:
    """Return ``21:17`` today, ``Tue`` within a week, ``3 Nov`` this year, else ``2009``.

    All in the zone of ``now``.
    """
    if when is None:
        return ""
    local = _local(when, now)
    days = (now.date() - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if 0 < days < _WEEK_DAYS:
        return _DAYS[local.weekday()]
    if local.year == now.year:
        return f"{local.day} {_MONTHS[local.month - 1]}"
    return f"{local.year:04}"


def clock_date(when: datetime | None, now: datetime) -> str:
    """Return ``2009-12-17 18:18`` in the zone of ``now``."""
    if when is None:
        return ""
    local = _local(when, now)
    return f"{_iso(local)} {local:%H:%M}"


def short_date(when: datetime | None, now: datetime) -> str:
    """Return ``17 Dec 2009 16:18``, and ``Thu 3 Dec 2026 16:18`` if it is of this year."""
    shown = long_date(when, now, zone=False)
    is_recent = when is not None and _local(when, now).year == now.year
    return shown if is_recent else shown.partition(" ")[2]


def long_date(when: datetime | None, now: datetime, *, zone: bool = True) -> str:
    """Return ``Thu 17 Dec 2009 16:18``; with ``zone``, also the sender's time if it differs."""
    if when is None:
        return ""
    local = _local(when, now)
    shown = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local:%Y %H:%M}"
    if not zone or local.utcoffset() == when.utcoffset():
        return shown
    return f"{shown}  (sent {when:%H:%M %z})"


def _iso(when: datetime) -> str:
    return f"{when.year:04}-{when.month:02}-{when.day:02}"


def _local(when: datetime, now: datetime) -> datetime:
    """Convert ``when`` to the zone of ``now``, unless the result would be out of range."""
    try:
        return when.astimezone(now.tzinfo)
    except (OverflowError, ValueError):
        return when


def cut(text: str, cells: int) -> str:
    """Return ``text`` in at most ``cells`` cells, with an ellipsis if it was cut.

    Wide characters are never split, and long sequences of combining marks are cut.
    """
    from poptui.text.cells import cell_width, spans, with_stable_width

    text = with_stable_width(text)[: cells * _CODE_POINTS_PER_CELL]
    if cell_width(text) <= cells:
        return text
    kept, used = 0, 0
    for _, end, wide in spans(text):
        if used + wide > cells - 1:
            break
        kept, used = end, used + wide
    return (text[:kept] + ELLIPSIS)[: None if cells else 0]


def fit(text: str, cells: int) -> str:
    """Cut or pad ``text`` to exactly ``cells`` cells."""
    from poptui.text.cells import cell_width

    shown = cut(text, cells)
    return shown + " " * (cells - cell_width(shown))
