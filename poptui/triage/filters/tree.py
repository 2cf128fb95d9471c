"""The tree of a filter: its nodes, how they are written, and how they are compiled to a test.

A term has three answers: True, False, and None as long as the header it needs isn't loaded. NOT
keeps None. The test of a whole tree is true only if the answer is certain, so neither ``from:x``
nor ``-from:x`` matches a message without a header.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import NamedTuple

from poptui.triage.filters.row import MessageRow
from poptui.triage.spam.score import THRESHOLD

HEADER, VERDICT, EXTRA, ALL = "header", "verdict", "extra", "all"
"""The data that a term needs: header, verdict, extra headers, or the headers of all messages."""


@dataclass(frozen=True)
class FilterContext:
    """The time and the threshold for which a filter is parsed."""

    now: datetime = field(default_factory=lambda: datetime.now().astimezone())
    """Aware; ages count from it."""
    threshold: float = THRESHOLD
    """The score from which a message is spam."""


TernaryTest = Callable[[MessageRow], bool | None]
"""Whether a message matches; None if that isn't known yet."""

Test = Callable[[MessageRow], bool]
"""Whether a message certainly matches."""


class Term(NamedTuple):
    """One condition on a message."""

    text: str
    """The condition as it would be typed."""
    ask: TernaryTest
    needs: frozenset[str] = frozenset()
    """The data that must be loaded before ``ask`` can answer."""
    headers: frozenset[str] = frozenset()
    """Names, in lower case, of extra headers that it reads."""
    slow: bool = False
    """A regular expression: run it in a thread for many messages."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Not:
    """Negation."""

    part: Node

    def __str__(self) -> str:
        return f"-{_grouped(self.part)}"


@dataclass(frozen=True)
class And:
    """Conjunction; without parts it matches every message."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(_grouped(part) for part in self.parts)


@dataclass(frozen=True)
class Or:
    """Disjunction."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(_grouped(part) for part in self.parts)


Node = Term | Not | And | Or


def _grouped(node: Node) -> str:
    return f"({node})" if isinstance(node, (And, Or)) else str(node)


def terms(node: Node) -> list[Term]:
    """Return the terms of the tree, from left to right."""
    match node:
        case Term():
            return [node]
        case Not():
            return terms(node.part)
        case And() | Or():
            return [term for part in node.parts for term in terms(part)]


def compiled(node: Node, *, wanted: bool = True) -> Test:
    """Compile the tree into one function; ``wanted=False`` compiles its opposite."""
    match node:
        case Term():
            return _asked(node.ask, wanted)
        case Not():
            return compiled(node.part, wanted=not wanted)
        case And() | Or():
            tests = [compiled(part, wanted=wanted) for part in node.parts]
            is_conjunction = isinstance(node, And) is wanted
            if not tests:
                return lambda row: is_conjunction
            return reduce(_both if is_conjunction else _one_of, tests)


def _asked(ask: TernaryTest, wanted: bool) -> Test:
    return lambda row: ask(row) is wanted


def _both(one: Test, other: Test) -> Test:
    return lambda row: one(row) and other(row)


def _one_of(one: Test, other: Test) -> Test:
    return lambda row: one(row) or other(row)
