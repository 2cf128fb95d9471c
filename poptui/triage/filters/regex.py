"""Regular expressions of filters, with a bound on the time and the memory that they take.

The ``regex`` module stops a search after a time; a purse of seconds, which every search refills a
little, bounds what all searches of one expression take together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from poptui.triage.filters.error import FilterError

if TYPE_CHECKING:
    from regex import Pattern

LONGEST = 500
"""Characters of an expression."""

REPEATED = 10_000
"""What the counts of an expression may multiply to: a compiled one takes memory by it."""

PURSE = 0.25
"""Seconds that the searches of one expression may take beyond their allowance."""

ALLOWANCE = 20e-6
"""Seconds of each search that are free: some ten times what an ordinary one takes."""

SHORT = 2000
"""Characters within which an expression with one repetition needs no clock of its own."""

_COUNT = re.compile(r"\{(\d*),?(\d*)\}")
_CHOICE = re.compile(r"[*+?{]|\\[1-9]")


class BoundedRegex:
    """One expression, searched without regard to case; ``^`` and ``$`` are ends of lines."""

    def __init__(self, pattern: str, fault: Callable[[str], FilterError]) -> None:
        """``fault`` makes the fault of a complaint. Raises FilterFault."""
        self._fault = fault
        self._search = _compiled(pattern, fault).search
        self._tame = len(_CHOICE.findall(pattern)) <= 1
        self._purse = PURSE

    def search(self, text: str) -> bool:
        """Whether it is found in ``text``. Raises FilterFault where it takes too long."""
        begun = perf_counter()
        try:
            if self._tame and len(text) < SHORT:
                return self._search(text) is not None
            return self._search(text, timeout=max(self._purse, ALLOWANCE)) is not None
        except TimeoutError:
            raise self._exhausted() from None
        finally:
            self._pay(perf_counter() - begun)

    def _pay(self, seconds: float) -> None:
        self._purse = min(PURSE, self._purse + ALLOWANCE - seconds)
        if self._purse < 0:
            raise self._exhausted()

    def _exhausted(self) -> FilterError:
        self._purse = PURSE
        return self._fault("this expression takes too long: repeat less in it")


def _compiled(pattern: str, fault: Callable[[str], FilterError]) -> Pattern[str]:
    import regex

    if len(pattern) > LONGEST:
        raise fault(f"an expression may have at most {LONGEST} characters")
    if _repeated(pattern) > REPEATED:
        raise fault("its counts repeat too much")
    try:
        return regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise fault(f"no regular expression: {error}") from None


def _repeated(pattern: str) -> int:
    product = 1
    for low, high in _COUNT.findall(pattern):
        product *= max(1, int((high or low or "1")[:6]), int((low or "1")[:6]))
    return product
