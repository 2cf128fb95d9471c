"""Figures with their targets, and the Markdown tables that show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

NONE = "–"


@dataclass(frozen=True)
class Target:
    """The target for a figure, and whether it is met."""

    promise: str
    met: bool

    def __str__(self) -> str:
        return f"{self.promise} {'ok' if self.met else 'MISS'}"


def at_most(figure: float, most: float, unit: str) -> Target:
    """Return a target that is met up to ``most``."""
    return Target(f"≤ {most:g}{unit}", figure <= most)


@dataclass
class Report:
    """Tables and remarks in the order of printing."""

    lines: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """What could not be measured, and why."""

    def say(self, line: str = "") -> None:
        """Add a line of text."""
        self.lines.append(line)

    def fail(self, why: str) -> None:
        """Note that something could not be measured; it is printed at the end."""
        self.failures.append(f"Not measured: {why}")

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table, its first column aligned left, the others right."""
        widths = [max(map(cell_len, column)) for column in zip(headings, *rows, strict=True)]
        self.say(_row(headings, widths))
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        self.say(f"| {' | '.join(rule)} |")
        self.lines += [_row(row, widths) for row in rows]
        self.say()


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    gaps = [" " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)]
    first, *others = (cells[0] + gaps[0], *map("".join, zip(gaps[1:], cells[1:], strict=True)))
    return f"| {' | '.join((first, *others))} |"


def seconds(figure: float | None, *, guessed: bool = False) -> str:
    """Format with three digits and the unit; ``~`` means extrapolated."""
    if figure is None:
        return NONE
    digits = f"{figure:.0f}" if figure >= 100 else f"{figure:.3g}"
    return f"{'~' if guessed else ''}{digits} s"
