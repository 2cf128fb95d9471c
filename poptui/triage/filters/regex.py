"""Regular expressions of filters, with limits on the time and the memory they take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import thread_time
from typing import TYPE_CHECKING, NamedTuple

from poptui.patterns import lazy_pattern
from poptui.triage.filters.error import FilterError

if TYPE_CHECKING:
    from regex import Pattern

_MAX_PATTERN_CHARS = 500
_MAX_REPEATS = 10_000
"""Limit for the product of all counts, such as {3,20}: a compiled pattern's size grows with it."""
_ALLOWANCE_S = 50e-6
"""The part of each search that isn't counted: an ordinary one takes about 6 microseconds."""
_COUNT = lazy_pattern(r"\{(\d*),?(\d*)\}")


class _TimeLimits(NamedTuple):
    search_s: float
    """Time limit for one search, in one message."""
    total_s: float
    """Time limit for all searches of one expression together, beyond their allowance."""


_IN_EVENT_LOOP = _TimeLimits(search_s=0.02, total_s=0.06)
"""Limits that don't delay keys. Ordinary expressions take 2 ms for the longest texts."""
_IN_THREAD = _TimeLimits(search_s=0.1, total_s=1.0)
_limits = ContextVar("limits", default=_IN_EVENT_LOOP)


@contextmanager
def with_longer_limits() -> Iterator[None]:
    """Give expressions more time; only for threads that don't delay the event loop."""
    token = _limits.set(_IN_THREAD)
    try:
        yield
    finally:
        _limits.reset(token)


class BoundedRegex:
    """One expression, searched for without regard to case; ``^`` and ``$`` match at line ends.

    Searching releases the GIL, so that it can run in a thread beside the event loop. An
    expression that took too long is given up: from then on it fails at once. Answers are
    remembered by text, so that searching in a thread first makes the event loop's search free.
    """

    def __init__(self, pattern: str, make_error: Callable[[str], FilterError]) -> None:
        """``make_error`` turns a problem into an error. Raises FilterError."""
        self._make_error = make_error
        self._search = _compiled(pattern, make_error).search
        self._spent_s = 0.0
        self._is_given_up = False
        self._answers: dict[int, bool] = {}
        """Whether the text of each hash matches."""

    def search(self, text: str) -> bool:
        """Whether ``text`` contains a match. Raises FilterError if searching takes too long."""
        key = hash(text)
        if (answer := self._answers.get(key)) is not None:
            return answer
        limits = _limits.get()
        left_s = limits.total_s - self._spent_s
        if self._is_given_up or left_s <= 0:
            raise self._give_up()
        started = thread_time()
        try:
            timeout = min(limits.search_s, left_s)
            answer = self._search(text, timeout=timeout, concurrent=True) is not None
        except TimeoutError:
            raise self._give_up() from None
        self._spent_s = max(0.0, self._spent_s + thread_time() - started - _ALLOWANCE_S)
        if self._spent_s >= limits.total_s:
            raise self._give_up()
        self._answers[key] = answer
        return answer

    def _give_up(self) -> FilterError:
        self._is_given_up = True
        return self._make_error(
            "this expression takes too long, so the search was stopped; avoid repetitions inside"
            " repetitions"
        )


def _compiled(pattern: str, make_error: Callable[[str], FilterError]) -> Pattern[str]:
    import regex

    if len(pattern) > _MAX_PATTERN_CHARS:
        raise make_error(f"an expression can have at most {_MAX_PATTERN_CHARS} characters")
    if _repeats(pattern) > _MAX_REPEATS:
        raise make_error(f"its counts multiply to more than {_MAX_REPEATS:,}")
    try:
        return regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise make_error(f"invalid regular expression: {error}") from None


def _repeats(pattern: str) -> int:
    product = 1
    for low, high in _COUNT.findall(pattern):
        product *= max(1, int((high or low or "1")[:6]), int((low or "1")[:6]))
    return product
