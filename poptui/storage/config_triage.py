"""What the configuration says of triage: senders, rules, saved filters.

::

    friends = ["ann@example.com", "@example.org"]
    blocklist = ["@spam.example"]
    duplicates = "oldest"
    threshold = 6

    [[rules]]
    match = "from:boss@example.com"
    action = "protect"

    [filters]
    "big and old" = "size:>5M older:1y"

    [weights]
    subject-emoji = 0
"""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple

from poptui.errors import words
from poptui.storage.config_checks import a_table, a_text
from poptui.storage.toml_reader import Check, TableReader

ACTIONS = ("mark", "tag", "protect", "score")
MOST_POINTS = 100
KEEP = ("newest", "oldest")


class RuleText(NamedTuple):
    """One of ``[[rules]]``, its filter not yet read."""

    match: str
    action: str
    name: str = ""
    score: float | None = None


def a_list(value: Any) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise ValueError("a list")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """Texts in a list."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError('a list of texts, such as ["ann@example.com", "@example.org"]')
    return tuple(value)


def named_texts(value: Any) -> dict[str, str]:
    """Texts by name."""
    table = a_table(value)
    return {name: a_text(text) for name, text in table.items()}


def numbers(value: Any) -> dict[str, float]:
    """Numbers by name."""
    table = a_table(value)
    for name, number in table.items():
        if not _is_number(number) or abs(number) > MOST_POINTS:
            bounds = f"from -{MOST_POINTS} to {MOST_POINTS}"
            raise ValueError(f"a table of numbers {bounds}, but {words(name)} is none")
    return {name: float(number) for name, number in table.items()}


def a_threshold(value: Any) -> float:
    """A score above 0."""
    if not _is_number(value) or not 0 < value <= 10:
        raise ValueError("a number above 0, up to 10")
    return float(value)


def a_copy(value: Any) -> str:
    """Which of some duplicates is kept."""
    if value not in KEEP:
        raise ValueError(f"one of {', '.join(KEEP)}")
    return str(value)


def _an_action(value: Any) -> str:
    if value not in ACTIONS:
        raise ValueError(f"one of {', '.join(ACTIONS)}")
    return str(value)


def _points(value: Any) -> float:
    if not _is_number(value) or abs(value) > 10:
        raise ValueError("a number from -10 to 10")
    return float(value)


def _is_number(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and isfinite(value)


TRIAGE: dict[str, Check] = {
    "friends": texts,
    "blocklist": texts,
    "duplicates": a_copy,
    "filters": named_texts,
    "rules": a_list,
    "threshold": a_threshold,
    "weights": numbers,
}
_RULE: dict[str, Check] = {
    "match": a_text,
    "action": _an_action,
    "name": a_text,
    "score": _points,
}


def rule_texts(reader: TableReader, values: list[Any]) -> tuple[RuleText, ...]:
    """``[[rules]]``, each checked but for its filter. Raises UsageFault."""
    return tuple(_rule(reader, ("rules", str(at)), value) for at, value in enumerate(values, 1))


def _rule(reader: TableReader, keys: tuple[str, str], value: Any) -> RuleText:
    table = reader.table(keys, reader.value(keys, value, a_table), _RULE)
    for name in ("match", "action"):
        if name not in table:
            raise reader.fault(keys, f"has no {name}")
    if (table["action"] == "score") != ("score" in table):
        raise reader.fault(keys, 'must have a score where its action is "score", and only there')
    return RuleText(**table)
