"""Show an invitation (RFC 5545, RFC 5546) as a short card: what, when, where and who."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from poptui.mail.lines import Line, LineKind, card_row
from poptui.patterns import lazy_pattern

_METHODS = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled",
    "REPLY": "Reply to an invitation",
    "COUNTER": "Proposal for a new time",
    "REFRESH": "Request for the latest version of an invitation",
    "PUBLISH": "Event",
    "ADD": "Additional date of an event",
    "DECLINECOUNTER": "Declined proposal for a new time",
}
_RESPONSES = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
    "DELEGATED": "delegated",
}
_FOLD = lazy_pattern(r"\n[ \t]")
_NAME = lazy_pattern(r"[\w-]+", re.ASCII)
_PARAMETER = lazy_pattern(r";([\w-]+)=(\"[^\"]*\"|[^;:\"]*)", re.ASCII)
_TIME = lazy_pattern(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
_ESCAPE = lazy_pattern(r"\\([\\;,nN])")
_FREQUENCIES = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_MAX_CHARACTERS = 200_000
_MAX_EVENTS = 5
_MAX_PEOPLE = 8
_MAX_ROW_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    value: str
    parameters: dict[str, str]

    @property
    def text(self) -> str:
        """The unescaped value of a TEXT property (RFC 5545 section 3.3.11)."""
        return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], self.value)

    @property
    def person(self) -> str:
        """The address of a person, with the name if there is one."""
        address = re.sub(r"(?i)^mailto:", "", self.value.strip())
        name = self.parameters.get("CN", "")
        return f"{name} <{address}>" if name and name != address else address


def calendar_card(text: str) -> tuple[Line, ...]:
    """Make a card of a calendar object, or ``()`` if it contains no event."""
    properties = list(_properties(text[:_MAX_CHARACTERS]))
    method = next((prop.value.upper() for prop in properties if prop.name == "METHOD"), "")
    lines: list[Line] = []
    for event in _events(properties)[:_MAX_EVENTS]:
        title = _METHODS.get(method, "Event")
        lines += [Line(title, LineKind.HEADING), *_rows(event), Line("")]
    return tuple(lines[:-1])


def _properties(text: str) -> Iterator[_Property]:
    for line in _FOLD.sub("", text.replace("\r\n", "\n")).split("\n"):
        name = _NAME.match(line)
        if name is None:
            continue
        parameters, position = {}, name.end()
        while (match := _PARAMETER.match(line, position)) is not None:
            parameters[match[1].upper()] = match[2].strip('"')
            position = match.end()
        if line[position : position + 1] == ":":
            yield _Property(name[0].upper(), line[position + 1 :], parameters)


def _events(properties: list[_Property]) -> list[list[_Property]]:
    """Return the properties of each event, without those of alarms and time zones."""
    events: list[list[_Property]] = []
    within: list[str] = []
    for prop in properties:
        if prop.name == "BEGIN":
            within.append(prop.value.strip().upper())
            if within[-1] in ("VEVENT", "VTODO"):
                events.append([])
        elif prop.name == "END":
            within = within[:-1]
        elif within and within[-1] in ("VEVENT", "VTODO"):
            events[-1].append(prop)
    return events


def _rows(event: list[_Property]) -> Iterator[Line]:
    found: dict[str, _Property] = {}
    for prop in event:
        found.setdefault(prop.name, prop)
    for label, value in (
        ("What", _text_of(found, "SUMMARY")),
        ("When", _when(found)),
        ("Repeats", _repeats(_text_of(found, "RRULE"))),
        ("Where", _text_of(found, "LOCATION")),
        ("From", found["ORGANIZER"].person if "ORGANIZER" in found else ""),
        ("To", _people([prop for prop in event if prop.name == "ATTENDEE"])),
        ("Status", _text_of(found, "STATUS").lower()),
        ("Comment", _text_of(found, "COMMENT")),
    ):
        if value.strip():
            yield card_row(label, " ".join(value.split())[:_MAX_ROW_CHARACTERS])


def _text_of(found: dict[str, _Property], name: str) -> str:
    return found[name].text if name in found else ""


def _people(attendees: list[_Property]) -> str:
    named = []
    for attendee in attendees[:_MAX_PEOPLE]:
        response = _RESPONSES.get(attendee.parameters.get("PARTSTAT", "").upper())
        named.append(f"{attendee.person} ({response})" if response else attendee.person)
    more = len(attendees) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _when(found: dict[str, _Property]) -> str:
    start, end = found.get("DTSTART"), found.get("DTEND") or found.get("DUE")
    first = _time(start)
    if first is None or start is None:
        return start.value if start else ""
    last = _time(end)
    zone = "UTC" if start.value.strip().endswith("Z") else start.parameters.get("TZID", "")
    whole_day = "T" not in start.value
    text = _day(first) if whole_day else f"{_day(first)} {first:%H:%M}"
    if last is not None and last != first:
        text += _until(first, last, whole_day)
    if whole_day:
        return f"{text} (all day)"
    return f"{text} ({zone})" if zone else f"{text} (local time)"


def _until(first: datetime, last: datetime, whole_day: bool) -> str:
    """Describe the end. DTEND as a date is the day after the last (RFC 5545 section 3.6.1)."""
    if whole_day:
        days = (last - first).days
        return f", {days} days" if days > 1 else ""
    same = last.date() == first.date()
    return f" to {last:%H:%M}" if same else f" to {_day(last)} {last:%H:%M}"


def _day(moment: datetime) -> str:
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return f"{names[moment.weekday()]} {moment:%Y-%m-%d}"


def _time(prop: _Property | None) -> datetime | None:
    match = _TIME.match(prop.value.strip()) if prop else None
    if match is None:
        return None
    year, month, day, hour, minute = (int(group or 0) for group in match.groups()[:5])
    try:
        return datetime(year, month, day, hour, minute)
    except ValueError:
        return None


def _repeats(rule: str) -> str:
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
    unit = _FREQUENCIES.get(parts.get("FREQ", ""))
    if unit is None:
        return rule.lower()
    every = parts.get("INTERVAL", "1")
    text = f"every {unit}" if every == "1" else f"every {every} {unit}s"
    return f"{text}, {parts['COUNT']} times" if "COUNT" in parts else text
