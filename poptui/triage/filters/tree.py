"""A filter as a tree: what its nodes are, how they are written, and how they are tested.

Three answers are possible of a row: it matches, it does not, or that is not known yet, because its
header has not come. A term says which; NOT leaves the unknown unknown. A test of a whole tree is
true where the answer is sure, so neither ``from:x`` nor ``-from:x`` matches a row without header.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from poptui.triage.row import MessageRow

Ask = Callable[[MessageRow], bool | None]
"""Whether the row is what is asked for; None where that is not known."""

Test = Callable[[MessageRow], bool]
"""Whether the row surely is what is asked for."""


@dataclass(frozen=True)
class Term:
    """One question about a row."""

    text: str
    """As it is written in a filter."""
    ask: Ask
    """Whether the row is so; None where that is not known."""
    needs: frozenset[str] = frozenset()
    """What must be loaded for an answer."""
    headers: frozenset[str] = frozenset()
    """Names (lower case) of the headers that it looks at beyond those of the list."""
    slow: bool = False
    """A regular expression: it may take long, and is best asked beside the event loop."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Not:
    """The opposite."""

    part: Node

    def __str__(self) -> str:
        return f"-{_grouped(self.part)}"


@dataclass(frozen=True)
class And:
    """All of them; of none, every row."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(_grouped(part) for part in self.parts)


@dataclass(frozen=True)
class Or:
    """Any of them."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(_grouped(part) for part in self.parts)


Node = Term | Not | And | Or


def _grouped(node: Node) -> str:
    return f"({node})" if isinstance(node, (And, Or)) else str(node)


def terms(node: Node) -> list[Term]:
    """The terms of the tree, from left to right."""
    match node:
        case Term():
            return [node]
        case Not():
            return terms(node.part)
        case And() | Or():
            return [term for part in node.parts for term in terms(part)]


def compiled(node: Node, *, wanted: bool = True) -> Test:
    """One function for the whole tree; without ``wanted``, for its opposite."""
    match node:
        case Term():
            return _asked(node.ask, wanted)
        case Not():
            return compiled(node.part, wanted=not wanted)
        case And() | Or():
            tests = [compiled(part, wanted=wanted) for part in node.parts]
            together = isinstance(node, And) is wanted
            if not tests:
                return lambda row: together
            return reduce(_both if together else _one_of, tests)


def _asked(ask: Ask, wanted: bool) -> Test:
    return lambda row: ask(row) is wanted


def _both(one: Test, other: Test) -> Test:
    return lambda row: one(row) and other(row)


def _one_of(one: Test, other: Test) -> Test:
    return lambda row: one(row) or other(row)
