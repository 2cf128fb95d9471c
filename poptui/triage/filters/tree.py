"""A filter as a tree: what its nodes are, how they are written, and how they are tested.

Three answers are possible of a row: it matches, it does not, or that is not known yet, because its
header has not come. A term says which; NOT leaves the unknown unknown. A test of a whole tree is
true where the answer is sure, so neither ``from:x`` nor ``-from:x`` matches a row without header.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce

from poptui.errors import UsageError, quoted
from poptui.printable import printable_line
from poptui.triage.row import MessageRow
from poptui.triage.spam.score import THRESHOLD

_MARGIN_CHARS = 30
"""Characters of a long filter that are shown before the place of its fault."""

_MAX_LINE_CHARS = 76
"""Characters of a filter that are shown at all."""


class FilterError(UsageError):
    """A filter that is not understood. ``start`` and ``end`` are places in ``text``."""

    def __init__(self, complaint: str, text: str, start: int, end: int) -> None:
        """``complaint`` is a sentence without its full stop, clean."""
        self.complaint, self.text = complaint, text
        self.start, self.end = start, max(end, start)
        where = f"at {quoted(text[start:end])}" if text[start:end].strip() else "at its end"
        super().__init__(f"Filter, {where}: {complaint}.")

    @property
    def caret(self) -> str:
        """The filter on one line, and below it carets that point at the place."""
        from poptui.text.cells import cell_width

        begin = max(0, self.start - _MARGIN_CHARS) if len(self.text) > _MAX_LINE_CHARS else 0
        before = printable_line(self.text[begin : self.start].replace(" ", "\xa0"))
        rest = printable_line(self.text[self.start : begin + _MAX_LINE_CHARS].replace(" ", "\xa0"))
        width = max(1, cell_width(rest[: self.end - self.start]))
        return f"{before}{rest}\n{' ' * cell_width(before)}{'^' * width}".replace("\xa0", " ")


HEADER, VERDICT, EXTRA, ALL = "header", "verdict", "extra", "all"
"""What a term needs: the row's header, its verdict, further headers, the headers of all rows."""


@dataclass(frozen=True)
class FilterContext:
    """What a filter takes from its surroundings."""

    now: datetime = field(default_factory=lambda: datetime.now().astimezone())
    """Aware; ages count from it."""
    threshold: float = THRESHOLD
    """The score from which a message is spam."""


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
