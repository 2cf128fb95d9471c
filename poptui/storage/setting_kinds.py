"""The kinds of values that settings can have: a description in words, and the check.

``SettingKind.read`` converts a value from TOML. It raises ValueError if the value is not
``allowed``, or InvalidPartsError if parts of a list or table are wrong.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

from poptui.errors import UsageError, quoted
from poptui.net.login_methods import METHODS
from poptui.net.proxy import DIRECT, FORMS, parse_proxy
from poptui.net.server import is_loopback, parse_pin
from poptui.patterns import lazy_pattern

T = TypeVar("T")

MAX_SECONDS = 3600
MAX_MINUTES = 1440
MAX_RATE = 1_000_000
MAX_DAYS = 3650
MAX_POINTS = 100

_SIZE = lazy_pattern(r"([1-9][0-9]{0,5}) ?([kMG])B?")
_UNITS = {"k": 10**3, "M": 10**6, "G": 10**9}


class InvalidPartsError(ValueError):
    """Parts of a value are wrong: the keys that lead to each, and a problem."""

    def __init__(self, parts: list[tuple[tuple[str, ...], str]], rest: Any = None) -> None:
        """``rest``: the value without the wrong parts, to be checked further; None if unknown."""
        super().__init__()
        self.parts, self.rest = parts, rest


class SettingKind(NamedTuple, Generic[T]):
    """A kind of value."""

    allowed: str
    """The allowed values; the rest of a sentence that begins with ``must be``."""
    read: Callable[[Any], T]
    unit: str = ""
    """The unit of a number, such as ``seconds``."""
    choices: tuple[str, ...] = ()
    """The words that are allowed, if it is one of a few."""


class RuleText(NamedTuple):
    """One of ``[[rules]]``, its filter not yet parsed."""

    match: str
    action: str
    name: str = ""
    score: float | None = None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value


def _minutes(value: Any) -> float:
    if not _is_number(value) or not (value == 0 or 1 <= value <= MAX_MINUTES):
        raise ValueError
    return float(value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _rate(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_RATE:
        raise ValueError
    return value


def _command(value: Any) -> str:
    text = _text(value)
    if not shlex.split(text):
        raise ValueError
    return text


def _pin(value: Any) -> str:
    try:
        return parse_pin(_text(value))
    except UsageError:
        raise ValueError from None


def _login_method(value: Any) -> str:
    if value == ANY_METHOD:
        return ANY_METHOD
    name = _text(value).upper().removeprefix("+")
    if name not in LOGIN_METHODS:
        raise ValueError
    return name


def _endpoint(value: Any) -> str:
    parts = urlsplit(_text(value))
    _ = parts.port  # raises ValueError if it is no number
    host, plain = parts.hostname or "", parts.scheme == "http"
    secure = parts.scheme == "https" or (plain and is_loopback(host))
    if not secure or not host or "@" in parts.netloc or not re.fullmatch("[!-~]+", value):
        raise ValueError
    return str(value)


def _proxy(value: Any) -> str:
    text = _text(value).strip()
    try:
        if text != DIRECT:
            parse_proxy(text)
    except UsageError:
        raise ValueError from None
    return text


def _size(value: Any) -> int:
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError
    return int(found[1]) * _UNITS[found[2]]


def _size_or_off(value: Any) -> int:
    return 0 if value == "off" else _size(value)


def _days(value: Any) -> int:
    if not isinstance(value, int) or not _is_number(value) or not 1 <= value <= MAX_DAYS:
        raise ValueError
    return value


def _number(low: float, high: float, *, low_is_allowed: bool) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if not _is_number(value) or not low <= value <= high:
            raise ValueError
        if value == low and not low_is_allowed:
            raise ValueError
        return float(value)

    return read


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError
    return tuple(value)


MAX_KEYS = 12
"""The most keys that one action may have."""


def _keys(value: Any) -> tuple[str, ...]:
    texts = _texts([value] if isinstance(value, str) else value)
    if len(texts) > MAX_KEYS:
        raise ValueError
    return texts


def choice(*choices: str) -> SettingKind[str]:
    """Return the kind of a setting that is one of a few words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError
        return value

    quoted = [f'"{word}"' for word in choices]
    return SettingKind(f"{', '.join(quoted[:-1])} or {quoted[-1]}", read, choices=choices)


def table_of(kind: SettingKind[T], allowed: str) -> SettingKind[dict[str, T]]:
    """Return the kind of a table with values of one kind, by name."""

    def read(value: Any) -> dict[str, T]:
        found, wrong = dict[str, T](), list[tuple[tuple[str, ...], str]]()
        for name, item in _table(value).items():
            try:
                found[name] = kind.read(item)
            except ValueError:
                wrong.append(((name,), f"must be {kind.allowed}"))
        if wrong:
            raise InvalidPartsError(wrong, found)
        return found

    return SettingKind(allowed, read)


ANY_METHOD = "auto"
"""Choose the login method among those that the server offers."""
LOGIN_METHODS = tuple(method.name for method in METHODS)

TABLE = SettingKind("a table, such as [accounts.work]", _table)
TEXT = SettingKind("a string in quotes, not empty", _text)
SWITCH = SettingKind("true or false", _switch)
COMMAND = SettingKind("a command with balanced quotes", _command)
PIN = SettingKind("a SHA-256 fingerprint: 64 hex digits, colons allowed", _pin)
LOGIN_METHOD = SettingKind(
    f'"{ANY_METHOD}" or one of {", ".join(LOGIN_METHODS)}',
    _login_method,
    choices=(ANY_METHOD, *LOGIN_METHODS),
)
ENDPOINT = SettingKind("an address that begins with https://", _endpoint)
PROXY = SettingKind(f'"{DIRECT}" or a URL: {FORMS}', _proxy)
SIZE = SettingKind('a size, such as "200 MB"', _size, "bytes")
SIZE_OR_OFF = SettingKind(
    '"off" or a size, such as "200 MB"',
    _size_or_off,
    "bytes",
)
DAYS = SettingKind(f"a number of days from 1 to {MAX_DAYS}", _days, "days")
SECONDS = SettingKind(
    f"a number of seconds above 0, up to {MAX_SECONDS}",
    _number(0, MAX_SECONDS, low_is_allowed=False),
    "seconds",
)
SECONDS_OR_NEVER = SettingKind(
    f"a number of seconds above 0, up to {MAX_SECONDS}, or 0 for never",
    _number(0, MAX_SECONDS, low_is_allowed=True),
    "seconds",
)
MINUTES_OR_NEVER = SettingKind(
    f"a number of minutes from 1 to {MAX_MINUTES}, or 0 for never", _minutes, "minutes"
)
RATE = SettingKind(
    f"a whole number of bytes a second up to {MAX_RATE}, or 0 for any",
    _rate,
    "bytes a second",
)
THRESHOLD = SettingKind(
    "a number above 0, up to 10", _number(0, 10, low_is_allowed=False), "points"
)
POINTS = SettingKind("a number from -10 to 10", _number(-10, 10, low_is_allowed=True), "points")
WEIGHT = SettingKind(
    f"a number from -{MAX_POINTS} to {MAX_POINTS}",
    _number(-MAX_POINTS, MAX_POINTS, low_is_allowed=True),
    "points",
)
KEYS = SettingKind(f'a list of up to {MAX_KEYS} keys, such as ["d", "ctrl+d"], or []', _keys)
SENDERS = SettingKind('a list of strings, such as ["ann@example.com", "@example.org"]', _texts)

_RULE: dict[str, SettingKind[Any]] = {
    "match": TEXT,
    "action": choice("mark", "tag", "protect", "score"),
    "name": TEXT,
    "score": POINTS,
}


def _rules(value: Any) -> tuple[RuleText, ...]:
    if not isinstance(value, list):
        raise ValueError
    found, wrong = list[RuleText](), list[tuple[tuple[str, ...], str]]()
    for number, table in enumerate(value, 1):
        problems = list(_complaints_about_rule(table))
        wrong += [((str(number), *keys), problem) for keys, problem in problems]
        if not problems:
            found.append(RuleText(**{key: _RULE[key].read(item) for key, item in table.items()}))
    if wrong:
        raise InvalidPartsError(wrong)
    return tuple(found)


def _complaints_about_rule(table: Any) -> list[tuple[tuple[str, ...], str]]:
    if not isinstance(table, dict):
        return [((), "must be a table under [[rules]]")]
    wrong = list[tuple[tuple[str, ...], str]]()
    for key, item in table.items():
        kind = _RULE.get(key)
        if kind is None:
            wrong.append(((key,), unknown_key(key, _RULE)))
            continue
        try:
            kind.read(item)
        except ValueError:
            wrong.append(((key,), refused(item, kind)))
    wrong += [((), f"has no {key}") for key in ("match", "action") if key not in table]
    if (table.get("action") == "score") != ("score" in table):
        wrong.append(((), 'must have a score if its action is "score", and only then'))
    return wrong


RULES = SettingKind("tables under [[rules]], with match and action", _rules)


def refused(value: Any, kind: SettingKind[Any]) -> str:
    """Return the problem about a value that ``kind`` doesn't allow, without the value itself."""
    hint = nearest(value, kind.choices) if isinstance(value, str) else ""
    return f"must be {kind.allowed}{hint}"


def unknown_key(name: str, known: Any) -> str:
    """Return the problem about a key that isn't in ``known``."""
    return "is an unknown key" + (nearest(name, known) or "; known are " + ", ".join(known))


def nearest(name: str, known: Any) -> str:
    """Return `` (did you mean …?)`` if one of ``known`` is spelt like ``name``, else ``""``."""
    from difflib import get_close_matches

    matches = get_close_matches(name, known, n=1)
    return f" (did you mean {quoted(matches[0])}?)" if matches else ""
