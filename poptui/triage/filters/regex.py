"""Regular expressions of filters, with a limit on the time and the memory that they take."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import thread_time
from typing import TYPE_CHECKING

from poptui.triage.filters.tree import FilterError

if TYPE_CHECKING:
    from regex import Pattern

LONGEST = 500
"""Characters of an expression."""

REPEATED = 10_000
"""What the counts of an expression may multiply to: a compiled one takes memory by it."""

SEARCH_LIMIT_S = 0.1
"""Seconds that one search, in one message, may take; an ordinary one takes some 6 microseconds."""

TOTAL_LIMIT_S = 0.25
"""Seconds that all searches of one expression may take together, beyond their allowance."""

ALLOWANCE_S = 20e-6
"""Seconds of each search that do not count."""

_COUNT = re.compile(r"\{(\d*),?(\d*)\}")


class BoundedRegex:
    """One expression, searched without regard to case; ``^`` and ``$`` are ends of lines.

    A search lets go of the interpreter, so that it can run beside the event loop. An expression
    that took too long is given up for good: it fails at once from then on. Answers are kept, so
    that a text that was searched once costs nothing any more.
    """

    def __init__(self, pattern: str, fault: Callable[[str], FilterError]) -> None:
        """``fault`` makes the error of a complaint. Raises FilterError."""
        self._fault = fault
        self._search = _compiled(pattern, fault).search
        self._left_s = TOTAL_LIMIT_S
        self._answers: dict[int, bool] = {}
        """What was found, by the hash of the text."""

    def search(self, text: str) -> bool:
        """Whether it is found in ``text``. Raises FilterError if that takes too long."""
        key = hash(text)
        if (answer := self._answers.get(key)) is not None:
            return answer
        if self._left_s <= 0:
            raise self._given_up()
        begun = thread_time()
        try:
            limit = min(SEARCH_LIMIT_S, self._left_s)
            answer = self._search(text, timeout=limit, concurrent=True) is not None
        except TimeoutError:
            self._left_s = 0
            raise self._given_up() from None
        spent = thread_time() - begun
        self._left_s = min(TOTAL_LIMIT_S, self._left_s + ALLOWANCE_S - spent)
        if self._left_s <= 0:
            raise self._given_up()
        self._answers[key] = answer
        return answer

    def _given_up(self) -> FilterError:
        return self._fault(
            "this expression takes too long, so the search was stopped; use fewer repetitions"
            " within each other"
        )


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
